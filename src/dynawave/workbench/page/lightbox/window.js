/** The panel of window and level: histogram, limits as figures, presets. */

import { h } from "../base/dom.js";
import { on, state } from "../base/state.js";
import { t, typedNumber } from "../base/texts.js";
import { histogram } from "./histogram.js";
import { changeView, resetView } from "./view.js";

export function windowPanel() {
  const fields = {};
  const figure = (side) => {
    const input = h("input", { type: "text", inputmode: "numeric", class: "figure", "aria-label": t(`window.${side}`) });
    input.addEventListener("change", () => {
      const value = typedNumber(input.value);
      if (Number.isFinite(value)) changeView({ [side]: value });
      else fill();
    });
    fields[side] = input;
    return input;
  };
  const fill = () => {
    for (const side of ["low", "high"]) fields[side].value = state.film ? Number(state.view[side].toPrecision(6)) : "";
  };
  const preset = (name, limits) =>
    h("button", { class: "plain small", title: t(`window.${name}.title`), on: { click: () => state.film && resetView(limits()) } }, t(`window.${name}`));
  const element = h("section", { class: "pane window-pane", "aria-label": t("window") },
    h("header", {}, h("h2", {}, t("window"))),
    histogram(),
    h("div", { class: "row" }, figure("low"), h("div", { class: "row push" },
      preset("auto", () => state.film.robust), preset("full", () => state.film.limits)), figure("high")));
  on(["view", "film"], fill);
  return element;
}
