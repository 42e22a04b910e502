/** What the server reports by itself: the progress of inspections, and films that others have changed. */

import { address, api } from "../base/api.js";
import { notice, tell } from "../base/notice.js";
import { change, on, state } from "../base/state.js";
import { t } from "../base/texts.js";
import { loadFilm, loadFilms } from "./load.js";

let source = null;

export function listenToServer() {
  let project = null;
  on("project", () => {
    if (project === state.project?.id) return;
    project = state.project?.id;
    source?.close();
    if (!project) return;
    source = new EventSource(address.events(project));
    let lost = false; // what happened while the server could not be heard is asked for
    source.addEventListener("error", () => (lost = true));
    source.addEventListener("open", () => { if (lost) catchUp(); lost = false; });
    source.addEventListener("job", (event) => jobChanged(JSON.parse(event.data)));
    source.addEventListener("film", (event) => filmChanged(JSON.parse(event.data)));
  });
}

export function jobChanged(job) {
  const progress = new Map(state.progress);
  const underway = job.status === "queued" || job.status === "running";
  if (underway) progress.set(job.film, job.progress);
  else progress.delete(job.film);
  change({ progress });
  if (underway) return;
  if (job.status === "failed") notice(job.detail ?? t("inspection.failed"), "wrong");
  refresh(job.film);
}

/** Ask for an inspection. */
export async function inspect(film) {
  const job = await tell(() => api.inspect(film.id));
  if (job) jobChanged(job);
}

function filmChanged(film) {
  const known = state.films.find((each) => each.id === film.id);
  if (!known || known.revision !== film.revision || known.status !== film.status) refresh(film.id);
}

function catchUp() {
  change({ progress: new Map() });
  loadFilms();
  if (state.film) loadFilm(state.film.id);
}

async function refresh(film) {
  if (state.film?.id === film) await loadFilm(film);
  else await loadFilms();
}
