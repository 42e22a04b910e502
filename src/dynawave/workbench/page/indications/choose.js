/** Choosing a flaw class: by a click, by the arrow keys, or by typing a part of its name, its letter or ISO 6520-1 number. */

import { h } from "../base/dom.js";
import { ask } from "../base/dialog.js";
import { state } from "../base/state.js";
import { t } from "../base/texts.js";
import { className, classTag } from "./shown.js";

export async function chooseClass(title, present) {
  const options = state.classes.map((flaw) => option(flaw, flaw.name === present));
  const search = h("input", { type: "search", placeholder: t("class.search"), "aria-label": t("class.search"), autocomplete: "off", autofocus: true });
  const matching = () => options.filter((each) => !each.hidden);
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const each of options) each.hidden = !matches(each.dataset, wanted);
    const first = matching().find((each) => each.dataset.letter === wanted) ?? matching()[0];
    if (first) check(first);
  });
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const shown = matching();
    const index = shown.findIndex((each) => each.querySelector("input").checked);
    const next = shown[Math.min(shown.length - 1, Math.max(0, index + step))];
    if (next) check(next);
  });
  const list = h("div", { class: "class-list", role: "radiogroup", "aria-label": t("class") }, options);
  list.addEventListener("dblclick", () => list.closest("form").querySelector("[type=submit]").click());
  const answers = await ask({ title, body: search, fields: list, accept: t("class.accept") });
  return answers?.class ?? null;
}

function option(flaw, checked) {
  const name = className(flaw);
  return h("label", { class: "class-option", data: { name: name.toLowerCase(), letter: flaw.letter.toLowerCase(), number: flaw.iso6520 ?? "" } },
    h("input", { type: "radio", name: "class", value: flaw.name, checked, required: true }), classTag(flaw), h("span", {}, name),
    h("span", { class: "iso" }, flaw.iso6520 ?? ""));
}

function matches({ name, letter, number }, wanted) {
  return letter === wanted || name.includes(wanted) || number.startsWith(wanted);
}

function check(option) {
  option.querySelector("input").checked = true;
  option.scrollIntoView({ block: "nearest" });
}
