/** Which indications are shown, and by which words and signs. */

import { h, icon } from "../base/dom.js";
import { state } from "../base/state.js";
import { has, number, t } from "../base/texts.js";

export const STATES = ["open", "accepted", "rejected"];
const STATE_ICONS = { open: "open", accepted: "check", rejected: "reject" };

/** Below the threshold are only proposals of the model that nobody has decided on. */
export function belowThreshold(indication) {
  return indication.source === "model" && indication.state === "open" && indication.score < state.threshold;
}

export function visible(indication) {
  return !belowThreshold(indication);
}

/** Letter of its class and its number: "A12". */
export function label(indication) {
  return `${indication.class.letter}${indication.number}`;
}

/** A class in the reader's language; one of a plant's own model keeps its name. */
export function className(flaw) {
  return has(`class.${flaw.name}`) ? t(`class.${flaw.name}`) : flaw.name.replaceAll("_", " ");
}

export function classTag(flaw, text) {
  return h("span", { class: "class-tag", vars: { "--class": flaw.colour } }, text ?? flaw.letter);
}

export function stateMark(name) {
  return h("span", { class: `state ${name}`, title: t(`state.${name}`), "aria-label": t(`state.${name}`), role: "img" }, icon(STATE_ICONS[name]));
}

export function sizeText({ length_mm, width_mm, box }) {
  return length_mm === null || length_mm === undefined
    ? `${number(box[2])} × ${number(box[3])} px` : `${number(length_mm, 1)} × ${number(width_mm ?? 0, 1)} mm`;
}
