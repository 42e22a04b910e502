/** The models of the server: which is active, how others compare with it on the same films, and who decided. */

import { address, api } from "../base/api.js";
import { ask, field } from "../base/dialog.js";
import { h, icon } from "../base/dom.js";
import { notice, tell } from "../base/notice.js";
import { state } from "../base/state.js";
import { t, when } from "../base/texts.js";
import { nameField } from "../people/name.js";
import { comparison, underway } from "./comparison.js";
import { trainingData } from "./training.js";

const DECIDERS = ["approver", "admin"];

/** The active model's name in the head of the page; opens all of them. */
export function modelButton() {
  const name = h("span", {}, t("models"));
  const fill = async () => {
    const weights = await api.weights().catch(() => null);
    if (weights) name.replaceChildren(named({ name: weights.active, version: weights.version }));
  };
  fill();
  const open = async () => {
    const { element, close } = modelsPanel(fill);
    await ask({ title: t("models"), accept: null, wide: true, body: element });
    close();
  };
  return h("button", { class: "plain small", title: t("models.active"), on: { click: open } }, icon("model"), name);
}

/** The panel, and what ends its listening to the server; `onActive` hears that another model is active. */
export function modelsPanel(onActive = () => {}) {
  const element = h("div", { class: "models" });
  const mayDecide = DECIDERS.includes(state.me?.role);
  const training = state.project ? trainingData() : ""; // an administrator has no project
  let models = null;
  let chosen = null; // on which films to compare

  async function fill() {
    models = (await tell(api.models)) ?? models;
    if (models) show();
  }

  /** News of how far a comparison is; the figures are asked for when it has ended. */
  function heard({ data }) {
    const news = JSON.parse(data);
    const known = models?.items.flatMap((each) => each.comparisons).find((each) => each.id === news.id);
    if (!known || !underway(news)) return fill();
    Object.assign(known, { status: news.status, progress: news.progress });
    show();
  }

  function show() {
    const active = models.items.find((each) => each.active);
    const others = models.items.filter((each) => !each.active);
    element.replaceChildren(
      h("section", { class: "model-card active" }, heading(active), h("p", { class: "meta" }, decided(models.activations[0]))),
      ...others.map((each) => card(each, active)),
      others.length ? "" : h("p", { class: "none" }, t("models.none")),
      mayDecide ? h("div", { class: "row" }, h("button", { type: "button", class: "plain", on: { click: add } }, icon("upload"), t("models.add")), h("span", { class: "meta" }, t("models.add.says"))) : "",
      h("p", { class: "aid" }, icon("info"), t("models.caution")),
      training,
      h("h3", {}, t("models.decisions")), decisions());
  }

  function card(model, active) {
    const [newest] = model.comparisons;
    const done = model.comparisons.find((each) => each.status === "done");
    const rows = [heading(model), h("p", { class: "meta" }, t("models.given", { who: model.who, when: when(model.when), file: model.file }))];
    if (newest && newest !== done) rows.push(comparison(newest, model));
    if (done) rows.push(comparison(done, model));
    if (mayDecide && !(newest && underway(newest))) rows.push(h("div", { class: "row" }, filmsChoice(), h("button", { type: "button", class: "plain", on: { click: () => compare(model) } }, icon("distance"), t("models.compare")),
      done && h("button", { type: "button", class: "primary push", on: { click: () => activate(model, active, done) } }, icon("sign"), t("models.activate"))));
    return h("section", { class: "model-card", "aria-label": plainName(model) }, rows);
  }

  function filmsChoice() {
    const options = [["set", models.validation && t("models.set")], ["validation", state.project && t("models.part", { project: state.project.name })],
      ["all", state.project && t("models.all", { project: state.project.name })]].filter(([, text]) => text);
    if (!options.length) return h("span", { class: "meta" }, t("models.noFilms"));
    const select = h("select", { "aria-label": t("models.films"), on: { change: () => (chosen = select.value) } }, options.map(([value, text]) => h("option", { value }, text)));
    chosen = options.some(([value]) => value === chosen) ? chosen : options[0][0];
    select.value = chosen;
    return select;
  }

  async function compare(model) {
    const films = chosen === "set" || !state.project ? {} : { project: state.project.id, part: chosen };
    if (await tell(() => api.compareModel(model.id, films))) await fill();
  }

  async function activate(model, active, done) {
    const answers = await ask({ title: t("models.activate.title", { name: plainName(model) }), accept: t("models.activate"), wide: true,
      body: [comparison(done, model), h("p", { class: "caution" }, icon("warning"), t("models.activate.says", { former: plainName(active) }))],
      fields: [nameField(), field(t("why"), h("textarea", { name: "reason", required: true, maxlength: 2000 }))] });
    const changed = answers && (await tell(() => api.activateModel(model.id, { comparison: done.id, ...answers })));
    if (!changed) return;
    models = changed;
    show();
    notice(t("models.activated", { name: plainName(model) }));
    onActive();
  }

  async function add() {
    const input = h("input", { type: "file", accept: ".onnx", required: true, name: "file", class: "file" });
    const answers = await ask({ title: t("models.add"), accept: t("models.add.accept"), body: h("p", {}, t("models.add.help")), fields: field(t("table.file"), input) });
    const model = answers && (await tell(() => api.addModel(answers.file)));
    if (!model) return;
    notice(t("models.added", { name: plainName(model) }));
    await fill();
  }

  function decisions() {
    const names = new Map(models.items.map((each) => [each.id, each]));
    const row = (each) => h("tr", {}, h("td", {}, when(each.when)), h("td", {}, each.name), h("td", {}, names.has(each.model) ? plainName(names.get(each.model)) : ""), h("td", {}, each.reason));
    return h("table", { class: "plain-table" }, h("thead", {}, h("tr", {}, ["history.when", "history.who", "models.model", "why"].map((each) => h("th", { scope: "col" }, t(each))))),
      h("tbody", {}, models.activations.map(row)));
  }

  const source = new EventSource(address.modelEvents);
  source.addEventListener("comparison", heard);
  fill();
  return { element, close: () => source.close() };
}

const plainName = ({ name, version }) => `${name} ${version}`;
const named = ({ name, version }) => h("span", {}, name, " ", h("span", { class: "meta" }, version));

function heading(model) {
  return h("header", { class: "row" }, model.active && icon("lock"), h("h2", {}, named(model)), model.active && h("span", { class: "chip" }, t("models.active")),
    h("code", { class: "push", title: model.sha256 }, model.sha256.slice(0, 12)));
}

const decided = (each) => (each ? t("models.decided", { name: each.name, when: when(each.when), reason: each.reason }) : "");
