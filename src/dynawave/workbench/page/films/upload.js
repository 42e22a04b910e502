/** Bringing films in: by the button, or dropped anywhere on the page; several one after the other. */

import { ApiError, api, uploadFilm } from "../base/api.js";
import { h, icon } from "../base/dom.js";
import { notice, tell } from "../base/notice.js";
import { change, on, state } from "../base/state.js";
import { t } from "../base/texts.js";
import { inspect } from "./events.js";
import { loadFilm, loadFilms } from "./load.js";

const ACCEPTED = ".png,.tif,.tiff,.jpg,.jpeg,.dcm,.dcn,.dicom,.dic";
const picker = h("input", { type: "file", multiple: true, accept: ACCEPTED, hidden: true, "aria-label": t("upload") });
picker.addEventListener("change", () => {
  upload([...picker.files]);
  picker.value = "";
});

export function chooseFiles() {
  picker.click();
}

/** Files on their way: [{name, part}], part 0-1. */
export const sending = [];

export async function upload(files) {
  const queue = files.map((file) => ({ file, name: file.name, part: 0 }));
  sending.push(...queue);
  let first = null;
  for (const entry of queue) {
    const redraw = () => change({ films: state.films });
    redraw();
    try {
      const film = await uploadFilm(state.project.id, entry.file, (part) => { entry.part = part; redraw(); });
      first ??= [].concat(film)[0];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      notice(`${entry.name}: ${error.message}`, "wrong");
    }
    sending.splice(sending.indexOf(entry), 1);
    await loadFilms();
  }
  if (first && !state.film) await loadFilm(first.id);
}

/** The film that comes with the program, inspected at once: what the workbench is for, without a film of one's own. */
async function tryExample({ currentTarget: button }) {
  button.disabled = true;
  const film = await tell(() => api.addExample(state.project.id));
  button.disabled = false;
  if (!film) return;
  await loadFilms();
  await loadFilm(film.id);
  if (film.status === "new") await inspect(film);
}

/** What the light box says while no film lies on it; the example is for a project that is empty. */
export function emptyStage() {
  const example = h("button", { class: "plain", hidden: true, title: t("example.says"), on: { click: tryExample } }, icon("model"), t("example"));
  on(["films", "project"], () => (example.hidden = !state.project || state.films.length > 0));
  return h("div", { class: "empty-stage over-film" }, icon("upload"), h("h1", {}, t("drop")), h("p", {}, t("drop.kinds")),
    h("button", { class: "primary", on: { click: chooseFiles } }, t("upload.choose")), example, picker);
}

/** Files may be dropped anywhere. */
export function acceptDrops() {
  const veil = h("div", { class: "drop-veil", hidden: true }, h("div", {}, icon("upload"), h("p", {}, t("drop.here"))));
  document.body.append(veil);
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  window.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) veil.hidden = true; });
  window.addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (state.project) upload([...event.dataTransfer.files]);
  });
}
