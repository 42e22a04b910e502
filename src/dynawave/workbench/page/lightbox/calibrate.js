/** Calibration by two clicks on a known length. */

import { api } from "../base/api.js";
import { ask, field } from "../base/dialog.js";
import { h } from "../base/dom.js";
import { notice, tell } from "../base/notice.js";
import { state } from "../base/state.js";
import { number, t, typedNumber } from "../base/texts.js";
import { loadFilm } from "../films/load.js";
import { distance } from "./shapes.js";

export async function calibrate(points) {
  const pixels = distance(...points);
  const answers = await ask({
    title: t("calibrate"),
    accept: t("calibrate.accept"),
    body: h("p", {}, t("calibrate.says", { pixels: number(pixels, 1) })),
    fields: [
      field(t("calibrate.length"), h("input", { name: "length", type: "text", inputmode: "decimal", required: true, pattern: "[0-9]+([.,][0-9]+)?", autocomplete: "off" })),
      field(t("why"), h("input", { name: "why", type: "text", required: true, value: t("calibrate.why"), maxlength: 500 })),
    ],
  });
  if (!answers) return;
  const film = await tell(() => api.scale(state.film.id, typedNumber(answers.length) / pixels, answers.why));
  if (!film) return;
  await loadFilm(state.film.id);
  notice(t("calibrate.done", { size: number(state.film.pixel_size_mm, 4) }));
}
