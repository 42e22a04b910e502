/** The tools over the film. */

import { h, icon } from "../base/dom.js";
import { keyOf } from "../base/keys.js";
import { change, on, state } from "../base/state.js";
import { number, t } from "../base/texts.js";
import { changeView } from "./view.js";

export const TOOLS = ["hand", "window", "distance", "area", "profile", "calibrate", "snr", "duplex", "box", "polygon"];
export const TOGGLES = ["invert", "clahe", "detail"];

export function toolbar(viewer) {
  const named = (name) => {
    const key = keyOf(`tool.${name}`);
    return { "aria-label": t(`tool.${name}`), title: key ? `${t(`tool.${name}`)} (${key})` : t(`tool.${name}`) };
  };
  const tool = (name) => h("button", { class: "tool", data: { tool: name }, ...named(name), on: { click: () => change({ tool: name }) } }, icon(name));
  const toggle = (name) => h("button", { class: "tool", data: { toggle: name }, ...named(name), on: { click: () => changeView({ [name]: !state.view[name] }) } }, icon(name));
  const group = (name, ...buttons) => h("div", { class: "tool-group", role: "group", "aria-label": t(`tools.${name}`) }, buttons);
  const heat = h("button", { class: "tool", ...named("explanation"), on: { click: () => change({ explanation: !state.explanation }) } }, icon("heat"));
  const eye = h("button", { class: "tool", ...named("overlay"), on: { click: () => change({ overlay: !state.overlay }) } }, icon("eye"));
  const zoom = h("output", { class: "zoom", "aria-label": t("zoom") });
  const fit = h("button", { class: "tool", ...named("fit"), on: { click: () => viewer.fit() } }, icon("fit"));
  const oneToOne = h("button", { class: "tool text", ...named("one"), on: { click: () => viewer.zoomTo(1) } }, "1:1");
  const element = h("div", { class: "toolbar over-film", role: "toolbar", "aria-label": t("tools") },
    group("move", tool("hand"), tool("window")),
    group("measure", tool("distance"), tool("area"), tool("profile"), tool("calibrate")),
    group("quality", tool("snr"), tool("duplex")),
    group("draw", tool("box"), tool("polygon")),
    group("picture", TOGGLES.map(toggle)),
    group("overlay", eye, heat),
    h("span", { class: "push" }),
    group("zoom", fit, oneToOne), zoom);

  const press = () => {
    for (const button of element.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", button.dataset.tool === state.tool);
    for (const button of element.querySelectorAll("[data-toggle]")) button.setAttribute("aria-pressed", state.view[button.dataset.toggle]);
    eye.setAttribute("aria-pressed", state.overlay);
    heat.setAttribute("aria-pressed", state.explanation);
    for (const button of element.querySelectorAll("button")) button.disabled = !state.film;
  };
  on(["tool", "view", "overlay", "explanation", "film"], press);
  press();
  return { element, showZoom: () => (zoom.textContent = state.film ? `${number(100 * viewer.zoom)} %` : "") };
}
