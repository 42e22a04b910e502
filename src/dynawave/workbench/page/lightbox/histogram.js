/** How often each grey value occurs, with the window's two limits to drag. */

import { api } from "../base/api.js";
import { h, svg } from "../base/dom.js";
import { on, state } from "../base/state.js";
import { t } from "../base/texts.js";
import { changeView, greyStep, greyText } from "./view.js";

const WIDTH = 256;
const HEIGHT = 88;
const STEP = 0.005; // of the range, for one arrow key

export function histogram() {
  const bars = svg("path", { class: "bars" });
  const shade = svg("rect", { class: "shade", y: 0, height: HEIGHT });
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, shade, bars);
  const limits = { low: limit("low"), high: limit("high") };
  const element = h("div", { class: "histogram", role: "group", "aria-label": t("histogram") }, picture, limits.low, limits.high);

  function limit(side) {
    const handle = h("div", { class: `limit ${side}`, role: "slider", tabindex: 0, "aria-label": t(`window.${side}`) });
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      const move = ({ clientX }) => set(side, valueAt(clientX));
      handle.addEventListener("pointermove", move);
      handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", move), { once: true });
    });
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (!step || !state.film) return;
      event.preventDefault();
      set(side, state.view[side] + Math.sign(step) * Math.max(greyStep(state.film.limits), Math.abs(step) * STEP * range()));
    });
    return handle;
  }

  const range = () => state.film.limits[1] - state.film.limits[0] || 1;

  function valueAt(clientX) {
    const { left, width } = element.getBoundingClientRect();
    return state.film.limits[0] + ((clientX - left) / width) * range();
  }

  function set(side, value) {
    const { low, high } = state.view;
    const least = greyStep(state.film.limits);
    changeView(side === "low" ? { low: Math.min(value, high - least) } : { high: Math.max(value, low + least) });
  }

  function drawLimits() {
    if (!state.film) return;
    const part = (value) => (value - state.film.limits[0]) / range();
    const { low, high } = state.view;
    shade.setAttribute("x", part(low) * WIDTH);
    shade.setAttribute("width", Math.max(0, part(high) - part(low)) * WIDTH);
    for (const side of ["low", "high"]) {
      limits[side].style.left = `${100 * part(state.view[side])}%`;
      for (const [name, value] of [["now", state.view[side]], ["min", state.film.limits[0]], ["max", state.film.limits[1]]]) {
        limits[side].setAttribute(`aria-value${name}`, value);
      }
      limits[side].setAttribute("aria-valuetext", greyText(state.view[side]));
    }
  }

  async function load() {
    bars.setAttribute("d", "");
    if (!state.film) return;
    const film = state.film;
    const { counts } = await api.histogram(film.id);
    if (film.id === state.film?.id) bars.setAttribute("d", outline(counts));
  }

  let shown = null;
  on("film", () => {
    if (shown === state.film?.id) return;
    shown = state.film?.id;
    load();
  });
  on(["view", "film"], drawLimits);
  return element;
}

/** The counts as one filled outline; their square root, or a film's bright rim would flatten all the rest. */
export function outline(counts) {
  const highest = Math.sqrt(Math.max(1, ...counts));
  const step = WIDTH / counts.length;
  const tops = counts.map((count, index) => {
    const y = (HEIGHT * (1 - Math.sqrt(count) / highest)).toFixed(2);
    return `L${(index * step).toFixed(2)} ${y}L${((index + 1) * step).toFixed(2)} ${y}`;
  });
  return `M0 ${HEIGHT}${tops.join("")}L${WIDTH} ${HEIGHT}Z`;
}
