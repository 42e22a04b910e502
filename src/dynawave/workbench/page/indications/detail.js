/** The selected indication: its figures, what the model saw, decisions with a reason, depth, comment and history. */

import { h, icon } from "../base/dom.js";
import { keyOf } from "../base/keys.js";
import { change, on, selectedIndication, state } from "../base/state.js";
import { asTyped, number, t, typedNumber } from "../base/texts.js";
import { decide, decideSelected, reclassifySelected } from "./decide.js";
import { showHistory } from "./history.js";
import { uncertaintyText } from "./list.js";
import { className, classTag, label, sizeText, stateMark } from "./shown.js";

const DECISIONS = [["accepted", "accept", "check"], ["rejected", "reject", "reject"], ["open", "reopen", "open"]];

export function indicationDetail(lightbox) {
  const element = h("section", { class: "detail", hidden: true, "aria-label": t("indication") });
  let shown = "";
  function fill() {
    const indication = selectedIndication();
    element.hidden = !indication;
    const now = indication && `${indication.id} ${indication.history_count} ${state.film.revision}`;
    if (now === shown) return; // nothing changed: a comment in the making stays
    shown = now;
    if (!indication) return;
    const focused = element.contains(document.activeElement) ? document.activeElement.dataset.command : null;
    element.replaceChildren(...content(indication, lightbox));
    if (focused) (element.querySelector(`[data-command="${focused}"]`) ?? element.querySelector("button")).focus();
  }
  on(["selected", "indications"], fill);
  return element;
}

function content(indication, lightbox) {
  const why = h("input", { type: "text", placeholder: t("why.optional"), "aria-label": t("why"), maxlength: 500 });
  const command = (text, picture, action, kind = "plain") =>
    h("button", { class: `${kind} small`, data: { command: text }, title: keyOf(text) ? `${t(text)} (${keyOf(text)})` : t(text), on: { click: action } }, icon(picture), t(text));
  return [
    h("header", {}, classTag(indication.class, label(indication)), h("h3", {}, className(indication.class)),
      indication.class.iso6520 && h("span", { class: "iso" }, `ISO 6520-1: ${indication.class.iso6520}`), stateMark(indication.state)),
    figures(indication),
    depth(indication, why),
    h("div", { class: "row" }, DECISIONS.filter(([name]) => name !== indication.state).map(([name, text, picture]) =>
      command(text, picture, () => decideSelected(name, why.value), name === "open" ? "plain" : `plain ${name}`))),
    why,
    h("div", { class: "row" }, command("class.change.short", "tag", () => reclassifySelected(why.value)), command("edit", "polygon", lightbox.startEdit),
      indication.source === "model" && command("explanation", "heat", () => change({ explanation: !state.explanation })), command("history", "history", () => showHistory(indication))),
    comment(indication),
  ];
}

function figures(indication) {
  const { score, source, cnr, area_mm2, class_score } = indication;
  const pairs = [
    [t("size"), sizeText(indication)],
    [t("uncertainty"), uncertaintyText(indication) || "–"],
    [t("area"), area_mm2 ? `${number(area_mm2, 2)} mm²` : "–"],
    [t("score"), source === "person" || score === null ? t("source.person") : number(score, 2)],
    [t("class.score"), class_score === null || class_score === undefined ? "–" : number(class_score, 2)],
    [t("cnr"), cnr === null || cnr === undefined ? "–" : number(cnr, 1)],
  ];
  return h("dl", { class: "figures" }, pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** What a film does not show, so that only a person can state it: depth or height, by which some rows of a table judge. */
function depth(indication, why) {
  const stated = indication.depth_mm ?? null;
  const input = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", name: "depth", value: stated === null ? undefined : asTyped(stated) });
  const save = h("button", { class: "plain small", hidden: true, on: { click: send } }, t("depth.save"));
  const wrong = (typed) => typed !== null && !(typed > 0);
  input.addEventListener("input", () => {
    const typed = typedNumber(input.value);
    save.hidden = typed === stated || wrong(typed);
    input.setAttribute("aria-invalid", String(wrong(typed)));
  });
  input.addEventListener("keydown", (event) => event.key === "Enter" && !save.hidden && send());
  function send() {
    return decide(indication.id, { depth_mm: typedNumber(input.value), why: why.value });
  }
  return h("div", { class: "depth" }, h("label", { title: t("depth.title") }, h("span", { class: "label" }, t("depth")), input), save);
}

function comment(indication) {
  const input = h("textarea", { rows: 2, "aria-label": t("comment"), placeholder: t("comment"), maxlength: 2000 });
  input.value = indication.comment ?? "";
  const save = h("button", { class: "plain small", hidden: true, on: { click: () => decide(indication.id, { comment: input.value }) } }, t("comment.save"));
  input.addEventListener("input", () => (save.hidden = input.value === (indication.comment ?? "")));
  return h("div", { class: "comment" }, input, save);
}
