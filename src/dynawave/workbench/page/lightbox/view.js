/** Window and level on the original grey values: arithmetic, and the change of the page's view. */

import { change, state } from "../base/state.js";
import { number } from "../base/texts.js";

const SETTLE_MS = 140; // a drag asks for new tiles when it rests that long
const kept = new Map(); // film id -> its view, for the time of the visit

/** The line that turns a picture drawn with one window into that of another: out = slope x in + intercept, 0-1. */
export function previewTransfer(from, to) {
  const slope = (from.high - from.low) / (to.high - to.low);
  const intercept = (from.low - to.low) / (to.high - to.low);
  const plain = from.invert ? { slope, intercept: 1 - slope - intercept } : { slope, intercept };
  return from.invert === to.invert ? plain : { slope: -plain.slope, intercept: 1 - plain.intercept };
}

export function firstView(film) {
  const [low, high] = film.robust;
  return kept.get(film.id) ?? { low, high, invert: false, clahe: false, detail: false };
}

/** The least difference of grey values that is told apart: 1, or finer on a film whose values are fractions. */
export function greyStep([lowest, highest]) {
  return highest - lowest > 16 ? 1 : (highest - lowest || 1) / 1000;
}

/** A window inside the film's limits, at least one step wide. */
export function within(limits, low, high) {
  const [lowest, highest] = limits;
  const step = greyStep(limits);
  const rounded = (value) => Math.round(value / step) * step;
  const floor = Math.max(lowest, Math.min(rounded(low), highest - step));
  return { low: floor, high: Math.max(Math.min(rounded(high), highest), floor + step) };
}

/** A grey value of the open film as text. */
export function greyText(value) {
  return number(value, greyStep(state.film.limits) < 1 ? 3 : 0);
}

export function changeView(part) {
  if (!state.film) return;
  const wanted = { ...state.view, ...part };
  const view = { ...wanted, ...within(state.film.limits, wanted.low, wanted.high) };
  kept.set(state.film.id, view);
  change({ view });
}

export function resetView(limits) {
  changeView({ low: limits[0], high: limits[1] });
}

/** Turn a drag on the film into window (sideways) and level (up and down), as radiologists do. */
export function windowDrag(size) {
  const { low, high } = state.view;
  const [lowest, highest] = state.film.limits;
  const range = highest - lowest;
  return (right, down) => {
    const width = Math.max(greyStep(state.film.limits), (high - low) * Math.exp((1.5 * right) / size.width));
    const middle = (low + high) / 2 + (range * 0.5 * down) / size.height;
    changeView({ low: middle - width / 2, high: middle + width / 2 });
  };
}

/** Draw each change of the view at once, and exactly when it rests. */
export function drawViews(viewer) {
  let timer = null;
  return () => {
    viewer.preview(state.view);
    clearTimeout(timer);
    timer = setTimeout(() => viewer.draw(state.view), SETTLE_MS);
  };
}
