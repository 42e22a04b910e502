/** The line profile: grey values along a line, as the film has them. */

import { api } from "../base/api.js";
import { h, icon, svg } from "../base/dom.js";
import { tell } from "../base/notice.js";
import { on, state } from "../base/state.js";
import { number, t } from "../base/texts.js";
import { greyText } from "./view.js";

const WIDTH = 1000;
const HEIGHT = 120;
const WIDTHS_PX = [1, 5, 11, 21]; // of the strip that is averaged across the line

export function profilePanel() {
  const chart = h("div", { class: "chart" });
  const reading = h("output", { class: "reading" });
  const width = h("select", { "aria-label": t("profile.width"), on: { change: () => draw() } },
    WIDTHS_PX.map((each) => h("option", { value: each }, t("profile.strip", { width: each }))));
  const element = h("section", { class: "profile over-film", hidden: true, "aria-label": t("profile") },
    h("header", {}, h("h2", {}, t("profile")), reading, h("span", { class: "push" }), width,
      h("button", { class: "bare", "aria-label": t("close"), on: { click: () => panel.close() } }, icon("close"))),
    chart);
  let line = null;

  async function draw() {
    const profile = await tell(() => api.profile(state.film.id, ...line, width.value));
    if (!profile || !line) return;
    element.hidden = false;
    chart.replaceChildren(picture(profile, reading));
  }

  const panel = {
    element,
    onClose: () => {},
    show(points) {
      line = points;
      draw();
    },
    close() {
      line = null;
      element.hidden = true;
      panel.onClose();
    },
  };
  let shown = null;
  on("film", () => {
    if (shown !== state.film?.id) panel.close();
    shown = state.film?.id;
  });
  return panel;
}

function picture({ positions_px, positions_mm, values }, reading) {
  const positions = positions_mm ?? positions_px;
  const unit = positions_mm ? "mm" : "px";
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const length = positions.at(-1) || 1;
  const x = (position) => (WIDTH * position) / length;
  const y = (value) => 4 + (HEIGHT - 8) * (1 - (value - lowest) / (highest - lowest || 1));
  const cursor = svg("line", { class: "cursor", y1: 0, y2: HEIGHT, visibility: "hidden" });
  const show = (index) => {
    cursor.setAttribute("x1", x(positions[index]));
    cursor.setAttribute("x2", x(positions[index]));
    cursor.setAttribute("visibility", "visible");
    reading.textContent = `${number(positions[index], positions_mm ? 2 : 0)} ${unit} · ${greyText(values[index])}`;
  };
  const curve = values.map((value, index) => `${index ? "L" : "M"}${x(positions[index]).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const graph = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": t("profile.says", {
    lowest: greyText(lowest), highest: greyText(highest), length: `${number(length, positions_mm ? 2 : 0)} ${unit}` }) },
  [0.25, 0.5, 0.75].map((part) => svg("line", { class: "grid", x1: 0, x2: WIDTH, y1: part * HEIGHT, y2: part * HEIGHT })), svg("path", { class: "curve", d: curve }), cursor);
  graph.addEventListener("pointermove", ({ clientX }) => {
    const { left, width } = graph.getBoundingClientRect();
    show(Math.min(values.length - 1, Math.max(0, Math.round(((clientX - left) / width) * (values.length - 1)))));
  });
  reading.textContent = "";
  return h("div", { class: "axes" },
    h("div", { class: "scale upright" }, h("span", {}, greyText(highest)), h("span", {}, greyText(lowest))), graph,
    h("div", { class: "scale level" }, h("span", {}, "0"), h("span", {}, `${number(length / 2, positions_mm ? 1 : 0)}`), h("span", {}, `${number(length, positions_mm ? 1 : 0)} ${unit}`)));
}
