/** The list of indications, and the threshold below which the model's proposals are left out. */

import { address } from "../base/api.js";
import { h, icon } from "../base/dom.js";
import { keyOf, shortcut } from "../base/keys.js";
import { change, on, state } from "../base/state.js";
import { number, t } from "../base/texts.js";
import { decideSelected, reclassifySelected, rejectBelow, stepIndication, undo } from "./decide.js";
import { belowThreshold, className, classTag, label, sizeText, STATES, stateMark, visible } from "./shown.js";

const STEP = 0.05;

export function indicationList(lightbox) {
  listKeys();
  let filter = "all";
  const list = h("ol", { class: "indication-list", role: "listbox", tabindex: 0, "aria-label": t("indications") });
  const filters = h("div", { class: "segments", role: "group", "aria-label": t("filter") });
  const undoButton = h("button", { class: "bare", title: `${t("undo")} (${keyOf("undo")})`, "aria-label": t("undo"), on: { click: undo } }, icon("undo"));
  const element = h("div", { class: "indications" }, h("div", { class: "row bar-row" }, filters, undoButton), threshold(), list);

  function fill() {
    const counts = { all: 0 };
    for (const each of state.indications.filter(visible)) {
      counts.all += 1;
      counts[each.state] = (counts[each.state] ?? 0) + 1;
    }
    filters.replaceChildren(...["all", ...STATES].map((name) => h("button", { "aria-pressed": String(filter === name), title: t(`filter.${name}`), "aria-label": `${t(`filter.${name}`)}: ${counts[name] ?? 0}`, on: { click: () => { filter = name; fill(); } } },
      name === "all" ? t("filter.all") : stateMark(name), h("span", { class: "count" }, number(counts[name] ?? 0)))));
    const shown = state.indications.filter((each) => visible(each) && (filter === "all" || each.state === filter));
    list.replaceChildren(...shown.map(row));
    if (!shown.length) list.append(h("li", { class: "none" }, t(state.film?.status === "inspected" ? "indications.none" : "indications.not")));
    select();
  }

  function select() {
    let chosen = null;
    for (const each of list.querySelectorAll("[role=option]")) {
      const selected = each.dataset.id === state.selected;
      each.setAttribute("aria-selected", selected);
      if (selected) chosen = each;
    }
    list.setAttribute("aria-activedescendant", chosen?.id ?? "");
    chosen?.scrollIntoView({ block: "nearest" });
  }

  function row(indication) {
    const { id, class: flaw, score, state: decided } = indication;
    return h("li", { role: "option", id: `indication-${id}`, data: { id }, class: `indication ${decided}`, on: {
      click: () => { change({ selected: id }); lightbox.show(indication); } } },
    classTag(flaw, label(indication)),
    h("img", { class: "thumbnail", src: `${address.indication(state.film.id, id)}?at=${indication.box.join()}`, alt: "", loading: "lazy", width: 52, height: 36 }),
    h("span", { class: "what" }, h("span", { class: "name" }, className(flaw)), h("span", { class: "meta" }, sizeText(indication))),
    h("span", { class: "numbers" }, h("span", { class: "score", title: t("score") }, score === null ? icon("person") : number(score, 2)),
      h("span", { class: "meta", title: t("uncertainty.title") }, uncertaintyText(indication))),
    stateMark(decided));
  }

  list.addEventListener("keydown", (event) => {
    const places = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!places) return;
    event.preventDefault();
    event.stopPropagation();
    stepIndication(places);
  });
  on(["indications", "threshold", "film"], fill);
  on("selected", () => {
    select();
    const indication = state.indications.find((each) => each.id === state.selected);
    if (indication) lightbox.show(indication);
  });
  return element;
}

export function uncertaintyText({ uncertainty }) {
  if (!uncertainty) return "";
  return uncertainty.mm ? `± ${number(uncertainty.mm, 2)} mm` : `± ${number(uncertainty.px, 1)} px`;
}

function threshold() {
  const input = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: 0, "aria-label": t("threshold") });
  const value = h("output", { class: "figure-text" });
  const hidden = h("span", { class: "meta" });
  const reject = h("button", { class: "plain small", on: { click: rejectBelow } }, icon("reject"), t("threshold.reject"));
  const below = h("div", { class: "row spaced-row" }, hidden, reject);
  input.addEventListener("input", () => change({ threshold: Number(input.value) }));
  const show = () => {
    input.value = state.threshold;
    input.style.setProperty("--part", state.threshold);
    value.textContent = number(state.threshold, 2);
    const count = state.indications.filter(belowThreshold).length;
    below.hidden = count === 0;
    hidden.textContent = t("threshold.hidden", { count: number(count) });
  };
  on(["threshold", "indications"], show);
  show();
  return h("div", { class: "threshold" }, h("label", { class: "row" }, h("span", { class: "label" }, t("threshold")), input, value), below);
}

function listKeys() {
  shortcut("keys.decide", "n", "key.next", () => stepIndication(1));
  shortcut("keys.decide", "Shift+n", "key.previous", () => stepIndication(-1));
  shortcut("keys.decide", "a", "accept", () => decideSelected("accepted"));
  shortcut("keys.decide", "r", "reject", () => decideSelected("rejected"));
  shortcut("keys.decide", "q", "reopen", () => decideSelected("open"));
  shortcut("keys.decide", "c", "class.change.short", () => reclassifySelected());
  shortcut("keys.decide", "Ctrl+z", "undo", undo);
  shortcut("keys.decide", ".", "key.higher", () => change({ threshold: Math.min(1, Math.round((state.threshold + STEP) * 100) / 100) }));
  shortcut("keys.decide", ",", "key.lower", () => change({ threshold: Math.max(0, Math.round((state.threshold - STEP) * 100) / 100) }));
}
