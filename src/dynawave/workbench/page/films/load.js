/** Bring a project, a film and its indications from the server onto the page. */

import { api } from "../base/api.js";
import { tell } from "../base/notice.js";
import { change, state } from "../base/state.js";

/** The address names what is open, so that a reload or a bookmark brings it back. */
export function addressed() {
  const [project, film] = location.hash.slice(1).split("/");
  return { project, film };
}

function remember() {
  history.replaceState(null, "", `#${state.project?.id ?? ""}/${state.film?.id ?? ""}`);
}

export async function openProject(id) {
  const project = state.projects.find((each) => each.id === id) ?? state.projects[0];
  change({ project, film: null, indications: [], selected: null, verdict: null });
  remember();
  await loadFilms();
}

export async function loadFilms() {
  const films = await tell(() => api.films(state.project.id));
  if (films) change({ films });
}

let begun = 0;
let shown = 0;

/** Open a film, or read the open one anew after a change; an answer that a later question has overtaken is left out. */
export async function loadFilm(id) {
  const turn = ++begun;
  const [film, indications] = (await tell(() => Promise.all([api.film(id), api.indications(id)]))) ?? [];
  if (!film || turn < shown) return;
  shown = turn;
  const kept = state.film?.id === id ? { selected: indications.some((each) => each.id === state.selected) ? state.selected : null }
    : { selected: null, verdict: null };
  change({ ...kept, film, indications, films: state.films.map((each) => (each.id === id ? film : each)) });
  remember();
}

export async function closeFilm() {
  change({ film: null, indications: [], selected: null, verdict: null });
  remember();
  await loadFilms();
}

/** Open the film so many places further down the list. */
export function stepFilm(places) {
  const index = state.films.findIndex((each) => each.id === state.film?.id);
  const next = state.films[index + places] ?? (index < 0 ? state.films[0] : null);
  if (next) loadFilm(next.id);
}
