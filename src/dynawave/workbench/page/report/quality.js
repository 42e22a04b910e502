/** The film's image quality as the report will have it: what is marked, what was measured there, and how to mark it. */

import { h, icon } from "../base/dom.js";
import { change, on, state } from "../base/state.js";
import { t } from "../base/texts.js";
import { forgetMark, MARKS, marksOf, qualityText } from "../lightbox/quality.js";
import { mayState } from "./stated.js";

export function qualityPanel() {
  const element = h("div", { class: "quality", "aria-live": "polite" });
  const fill = () => element.replaceChildren(...(state.film ? [...Object.keys(MARKS).map(line), problem()].filter(Boolean) : []));
  on(["film", "header", "quality"], fill);
  return element;
}

function line(tool) {
  const marked = marksOf(state.film)[MARKS[tool]];
  const text = !marked ? t("quality.unmarked") : state.quality && !state.quality.problem ? qualityText(tool, state.quality) : "";
  const button = (name, picture, action) => h("button", { class: "bare", disabled: !mayState(), title: name, "aria-label": `${name}: ${t(`tool.${tool}`)}`, on: { click: action } }, icon(picture));
  return h("div", { class: "row" }, h("span", { class: "label" }, t(`tool.${tool}`)), h("span", { class: marked ? "" : "meta" }, text), h("span", { class: "push" }),
    button(t("quality.mark"), tool, () => change({ tool })), marked && button(t("quality.forget"), "trash", () => forgetMark(tool)));
}

const problem = () => state.quality?.problem && h("p", { class: "caution" }, icon("warning"), h("span", {}, state.quality.problem));
