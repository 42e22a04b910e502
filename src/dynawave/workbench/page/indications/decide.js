/** What a person decides of an indication; the server records who, when, from, to and why. */

import { api } from "../base/api.js";
import { notice } from "../base/notice.js";
import { change, selectedIndication, state } from "../base/state.js";
import { number, t } from "../base/texts.js";
import { loadFilm } from "../films/load.js";
import { chooseClass } from "./choose.js";
import { belowThreshold, visible } from "./shown.js";

const CONFLICT = 409;

let turn = Promise.resolve();

/** Do one thing after the other, however fast the keys come: each sees what the one before has changed. */
function inTurn(work) {
  turn = turn.then(work, work);
  return turn;
}

/** Send a change and read the film anew; after a conflict, too, so that the person sees what has changed. */
async function carryOut(work) {
  const film = state.film.id;
  let result;
  try {
    result = (await work(film)) ?? null;
  } catch (error) {
    notice(error.message, "wrong");
    if (error.status !== CONFLICT) return undefined;
  }
  await loadFilm(film);
  return result;
}

const patch = (id, part) => carryOut((film) => api.decide(film, id, { ...part, revision: state.film.revision }));

export function decide(id, part) {
  return inTurn(() => patch(id, part));
}

/** Accept, reject or reopen the selected indication, and go on to the next open one. */
export function decideSelected(wanted, why = "") {
  return inTurn(async () => {
    const indication = selectedIndication();
    if (!indication || indication.state === wanted) return;
    const decided = await patch(indication.id, { state: wanted, why });
    if (decided !== undefined && wanted !== "open") selectNextOpen(indication);
  });
}

function selectNextOpen(after) {
  const open = state.indications.filter((each) => each.state === "open" && visible(each));
  const next = open.find((each) => each.number > after.number) ?? open[0];
  if (next) change({ selected: next.id });
}

export async function reclassifySelected(why = "") {
  const indication = selectedIndication();
  if (!indication) return;
  const flaw = await chooseClass(t("class.change", { number: indication.number }), indication.class.name);
  if (flaw && flaw !== indication.class.name) await decide(indication.id, { class: flaw, why });
}

export async function drawIndication(shape) {
  const flaw = await chooseClass(t("class.drawn"), null);
  if (!flaw) return;
  const drawn = await inTurn(() => carryOut((film) => api.draw(film, { class: flaw, ...shape, comment: "" })));
  if (drawn) change({ selected: drawn.id });
}

export function redraw(id, shape) {
  return decide(id, { ...shape, why: "" });
}

export function undo() {
  return inTurn(async () => {
    if (state.film && (await carryOut((film) => api.undo(film))) !== undefined) notice(t("undone"));
  });
}

/** Reject all that the threshold leaves out: one change, which one undo takes back. */
export function rejectBelow() {
  return inTurn(async () => {
    const indications = state.indications.filter(belowThreshold).map((each) => each.id);
    const why = t("threshold.why", { threshold: number(state.threshold, 2) });
    await carryOut((film) => api.decideSeveral(film, { indications, state: "rejected", why, revision: state.film.revision }));
  });
}

/** Select the indication so many places further down the list. */
export function stepIndication(places) {
  const shown = state.indications.filter(visible);
  const index = shown.findIndex((each) => each.id === state.selected);
  const next = index < 0 ? shown.at(places > 0 ? 0 : -1) : shown[Math.min(shown.length - 1, Math.max(0, index + places))];
  if (next) change({ selected: next.id });
}
