/** Distances and areas that were measured on the film on the light box; they stay until the next film. */

import { state } from "../base/state.js";
import { number } from "../base/texts.js";
import { area, distance } from "./shapes.js";

export const measures = [];

export function measure(kind, points) {
  measures.push({ kind, points });
}

/** A length in film pixels as text: in mm where the film's scale is known, else in pixels. */
export function lengthText(pixels) {
  const mm = state.film?.pixel_size_mm;
  return mm ? `${number(pixels * mm, 2)} mm` : `${number(pixels, 1)} px`;
}

export function areaText(pixels) {
  const mm = state.film?.pixel_size_mm;
  return mm ? `${number(pixels * mm * mm, 2)} mm²` : `${number(pixels)} px²`;
}

export function measureText({ kind, points, text }) {
  if (text) return text;
  return kind === "area" ? areaText(area(points)) : lengthText(distance(points[0], points[1]));
}
