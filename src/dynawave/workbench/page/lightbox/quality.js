/** Where the film's image quality is measured: a flat window for the SNR, and both ends of a duplex wire for SRb. Kept in the reports' header. */

import { api } from "../base/api.js";
import { notice, tell } from "../base/notice.js";
import { change, on, state } from "../base/state.js";
import { number, t } from "../base/texts.js";
import { changeHeader, statedNow } from "../report/stated.js";
import { boxOf, corners } from "./shapes.js";

export const MARKS = { snr: "snr_window", duplex: "duplex" };

/** The film's marks in the header. */
export function marksOf(film) {
  return (film && statedNow()?.image_quality?.[film.name]) || {};
}

/** What a tool has drawn as the mark that the header has. */
function markOf(tool, points) {
  const [first, last] = points;
  if (tool === "duplex") return { first, last };
  const [left, top, right, bottom] = [...first.map(Math.round), ...last.map(Math.round)];
  return boxOf([[left, top], [right, bottom]]);
}

/** Measure at a place and, where that can be done, keep it. */
export async function markQuality(tool, points) {
  const { film } = state;
  const part = { [MARKS[tool]]: markOf(tool, points) };
  const found = await tell(() => api.quality(film.id, part));
  if (!found || !(await keep(film, part))) return;
  notice(qualityText(tool, found), tool === "duplex" && found.srb_um === null ? "wrong" : "plain");
}

export function forgetMark(tool) {
  return keep(state.film, { [MARKS[tool]]: null });
}

function keep(film, part) {
  return changeHeader((stated) => {
    const all = { ...stated.image_quality };
    const marks = Object.entries({ ...all[film.name], ...part }).filter(([, mark]) => mark);
    delete all[film.name];
    if (marks.length) all[film.name] = Object.fromEntries(marks);
    return { ...stated, image_quality: all };
  });
}

/** What was measured at a mark. */
export function qualityText(tool, { snr, srb_um, normalised }) {
  if (tool === "snr") return snr === null ? t("quality.snr.none") : t("quality.snr", { snr: number(snr) });
  if (srb_um === null) return t("quality.srb.none");
  return normalised === null ? t("quality.srb", { srb: number(srb_um) }) : t("quality.srb.normalised", { srb: number(srb_um), normalised: number(normalised) });
}

/** The marks as the overlay draws them, beside what is measured. */
export function drawnMarks() {
  const marks = marksOf(state.film);
  const text = (tool) => (state.quality && !state.quality.problem ? qualityText(tool, state.quality) : t(`tool.${tool}`));
  return [
    marks.snr_window && { kind: "snr", points: corners(marks.snr_window), text: text("snr") },
    marks.duplex && { kind: "duplex", points: [marks.duplex.first, marks.duplex.last], text: text("duplex") },
  ].filter(Boolean);
}

/** Measure anew whenever film, scale or marks are others. */
export function followQuality() {
  let measured = "";
  on(["film", "header"], async () => {
    const { film } = state;
    const marks = marksOf(film);
    const now = JSON.stringify([film?.id, film?.pixel_size_mm, marks]);
    if (now === measured) return;
    measured = now;
    change({ quality: null });
    if (!Object.keys(marks).length) return;
    const quality = await api.quality(film.id, marks).catch((error) => ({ problem: error.message }));
    if (now === measured) change({ quality });
  });
}
