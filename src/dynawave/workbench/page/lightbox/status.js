/** The line below the film: where the pointer is, and the grey value that the film has there. */

import { api } from "../base/api.js";
import { h } from "../base/dom.js";
import { on, state } from "../base/state.js";
import { number, t } from "../base/texts.js";
import { greyText } from "./view.js";

const REST_MS = 90;

export function statusLine(viewer) {
  const place = h("span", { class: "figure-text" });
  const value = h("span", { class: "figure-text" });
  const hint = h("span", { class: "hint-text push" });
  const element = h("div", { class: "status-line" }, place, value, hint);
  let timer = null;

  async function readValue([x, y]) {
    const film = state.film;
    const { values } = await api.profile(film.id, [x + 0.5, y + 0.5], [x + 0.5, y + 0.5], 1).catch(() => ({ values: [] }));
    if (film === state.film && values.length) value.textContent = t("status.value", { value: greyText(values[0]) });
  }

  on(["tool", "film"], () => {
    hint.textContent = state.film ? t(`hint.${state.tool}`) : "";
    if (!state.film) place.textContent = value.textContent = "";
  });
  return {
    element,
    point(event) {
      const film = state.film;
      if (!film) return;
      const [x, y] = viewer.toFilm(event).map(Math.floor);
      clearTimeout(timer);
      if (x < 0 || y < 0 || x >= film.width || y >= film.height) return;
      const mm = film.pixel_size_mm;
      place.textContent = `x ${number(x)}  y ${number(y)} px` + (mm ? `   ${number(x * mm, 1)}  ${number(y * mm, 1)} mm` : "");
      timer = setTimeout(() => readValue([x, y]), REST_MS);
    },
  };
}
