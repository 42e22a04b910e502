/** Corrections as training data: the reviewed films to download, and the films to look at next, so that a model learns most. */

import { address, api } from "../base/api.js";
import { h, icon } from "../base/dom.js";
import { state } from "../base/state.js";
import { number, t } from "../base/texts.js";
import { loadFilm } from "../films/load.js";
import { saveAs } from "../report/save.js";

/** Two lines like those of the documents, for the open project; what they bring, or the server's refusal, stands below. */
export function trainingData() {
  const { project } = state;
  const place = h("div", { role: "status" });
  const line = (picture, name, work) => h("button", { type: "button", class: "document", on: { click: ({ currentTarget }) => run(currentTarget, work) } }, icon(picture),
    h("span", {}, h("strong", {}, t(name)), h("span", { class: "meta" }, t(`${name}.says`))));

  async function run(button, work) {
    button.disabled = true;
    try {
      place.replaceChildren((await work()) ?? "");
    } catch (error) {
      place.replaceChildren(h("p", { class: "wrong-text" }, icon("warning"), error.message)); // a notice would lie behind the dialog
    }
    button.disabled = false;
  }

  const download = async () => saveAs(await api.document(address.corrections(project.id)), "corrections", "zip");
  const candidates = async () => list(await api.worthLabelling(project.id));
  return h("section", { class: "training", "aria-label": t("training") }, h("h3", {}, t("training")),
    h("div", { class: "documents" }, state.me?.role !== "operator" && line("download", "training.export", download), line("search", "training.next", candidates)), place);
}

function list(candidates) {
  if (!candidates.length) return h("p", { class: "none" }, t("training.none"));
  return h("ul", { class: "candidates", "aria-label": t("training.next") }, candidates.map(row));
}

function row({ film, uncertainty, novelty }) {
  const percent = (share) => `${number(100 * share)} %`;
  const open = async (event) => {
    event.currentTarget.closest("dialog").close();
    await loadFilm(film.id);
  };
  return h("li", {}, h("button", { type: "button", class: "film", on: { click: open } },
    h("img", { class: "thumbnail", src: address.thumbnail(film.id), alt: "", loading: "lazy", width: 64, height: 44 }),
    h("span", { class: "film-text" }, h("span", { class: "name", title: film.name }, film.name),
      h("span", { class: "meta" }, t("training.reason", { doubt: percent(uncertainty), novelty: percent(novelty) })))));
}
