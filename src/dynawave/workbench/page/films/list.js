/** The films of the project: thumbnail, state, and how many indications are open, accepted and rejected. */

import { address, api } from "../base/api.js";
import { ask, field } from "../base/dialog.js";
import { h, icon } from "../base/dom.js";
import { shortcut } from "../base/keys.js";
import { notice, tell } from "../base/notice.js";
import { change, on, state } from "../base/state.js";
import { number, t } from "../base/texts.js";
import { stateMark, STATES } from "../indications/shown.js";
import { closeFilm, loadFilm, openProject, stepFilm } from "./load.js";
import { chooseFiles, sending } from "./upload.js";

export function filmPane() {
  shortcut("keys.films", "PageDown", "key.nextFilm", () => stepFilm(1));
  shortcut("keys.films", "PageUp", "key.previousFilm", () => stepFilm(-1));
  shortcut("keys.films", "u", "upload", chooseFiles);
  const list = h("ul", { class: "film-list", "aria-label": t("films") });
  const projects = h("select", { class: "project", "aria-label": t("project"), on: { change: projectChosen } });
  const element = h("section", { class: "pane films-pane", "aria-label": t("films") },
    h("header", {}, projects, h("button", { class: "plain small", title: `${t("upload")} (U)`, on: { click: chooseFiles } }, icon("plus"), t("upload.short"))),
    list);

  const fill = () => {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.film : null;
    list.replaceChildren(...state.films.map(row), ...sending.map(arriving));
    if (focused) list.querySelector(`[data-film="${focused}"]`)?.focus();
  };
  on(["films", "film", "progress"], fill);
  on(["projects", "project"], () => {
    projects.replaceChildren(...state.projects.map((each) => h("option", { value: each.id }, each.name)), h("option", { value: "new" }, t("project.new")));
    projects.value = state.project?.id ?? "";
  });
  return element;
}

function row(film) {
  const current = film.id === state.film?.id;
  return h("li", {},
    h("button", { class: "film", data: { film: film.id }, "aria-current": current ? "true" : false, on: { click: () => loadFilm(film.id) } },
      h("img", { class: "thumbnail", src: address.thumbnail(film.id), alt: "", loading: "lazy", width: 64, height: 44 }),
      h("span", { class: "film-text" }, h("span", { class: "name", title: film.name }, film.name), below(film))),
    current && !film.signatures.length && h("button", { class: "bare remove", "aria-label": t("film.remove"), title: t("film.remove"),
      on: { click: () => remove(film) } }, icon("trash")));
}

/** How far the film's inspection is, 0-1, or null where none is under way. */
export function progressOf(film) {
  return state.progress.get(film.id) ?? (["queued", "inspecting"].includes(film.status) ? 0 : null);
}

function below(film) {
  const progress = progressOf(film);
  if (progress !== null) return bar(progress, t("status.inspecting"));
  if (film.signatures.some((each) => each.valid)) return h("span", { class: "meta signed" }, icon("lock"), t("status.signed"));
  if (film.status !== "inspected") return h("span", { class: "meta" }, t(`status.${film.status}`));
  return h("span", { class: "meta counts" }, STATES.map((each) => h("span", { class: "count" }, stateMark(each), number(film.counts[each] ?? 0))));
}

function bar(part, text) {
  return h("span", { class: "progress", role: "progressbar", "aria-valuenow": Math.round(100 * part), "aria-label": text },
    h("span", { class: "bar", vars: { "--part": part } }), h("span", { class: "meta" }, `${text} ${number(100 * part)} %`));
}

function arriving({ name, part }) {
  return h("li", {}, h("div", { class: "film" }, h("span", { class: "thumbnail waiting" }, icon("upload")),
    h("span", { class: "film-text" }, h("span", { class: "name" }, name), bar(part, part < 1 ? t("status.sending") : t("status.reading")))));
}

async function remove(film) {
  const sure = await ask({ title: t("film.remove"), body: h("p", {}, t("film.remove.says", { name: film.name })), accept: t("film.remove.accept") });
  if (!sure) return;
  if ((await tell(() => api.removeFilm(film.id))) === undefined) return;
  notice(t("film.removed", { name: film.name }));
  await closeFilm();
}

async function projectChosen(event) {
  if (event.target.value !== "new") return openProject(event.target.value);
  event.target.value = state.project.id;
  const answers = await ask({ title: t("project.new"), fields: field(t("project.name"), h("input", { name: "name", type: "text", required: true, maxlength: 200 })) });
  const project = answers && (await tell(() => api.addProject(answers.name)));
  if (!project) return;
  change({ projects: [...state.projects, project] });
  await openProject(project.id);
}
