/** Bringing films in: by the button, or dropped anywhere on the page; several one after the other. */

import { ApiError, uploadFilm } from "../base/api.js";
import { h, icon } from "../base/dom.js";
import { notice } from "../base/notice.js";
import { change, state } from "../base/state.js";
import { t } from "../base/texts.js";
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

/** What the light box says while no film lies on it. */
export function emptyStage() {
  return h("div", { class: "empty-stage over-film" }, icon("upload"), h("h1", {}, t("drop")), h("p", {}, t("drop.kinds")),
    h("button", { class: "primary", on: { click: chooseFiles } }, t("upload.choose")), picker);
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
