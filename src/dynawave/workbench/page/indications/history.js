/** What has happened to an indication, or to the whole film: who, when, what, why. */

import { api } from "../base/api.js";
import { ask } from "../base/dialog.js";
import { h } from "../base/dom.js";
import { tell } from "../base/notice.js";
import { state } from "../base/state.js";
import { asTyped, has, t, when } from "../base/texts.js";
import { label } from "./shown.js";

export function showHistory(indication) {
  return show(t("history.title", { label: label(indication) }), () => api.history(state.film.id, indication.id));
}

export function showRecord() {
  return show(t("history.record", { name: state.film.name }), () => api.record(state.film.id));
}

async function show(title, load) {
  const events = await tell(load);
  if (!events) return;
  const labels = new Map(state.indications.map((each) => [each.id, label(each)]));
  const row = (event) => h("tr", { class: event.undone ? "undone" : "" }, h("td", {}, when(event.when)), h("td", {}, event.who), h("td", {}, labels.get(event.indication) ?? ""),
    h("td", {}, happened(event)), h("td", {}, event.why));
  const columns = ["when", "who", "indication", "what", "why"];
  ask({ title, accept: null, wide: true, body: h("table", { class: "plain-table" },
    h("thead", {}, h("tr", {}, columns.map((each) => h("th", { scope: "col" }, t(`history.${each}`))))), h("tbody", {}, events.map(row))) });
}

function happened({ kind, from, to, undone }) {
  const named = (value) => (has(`class.${value}`) ? t(`class.${value}`) : value);
  const inMm = (value) => (value ? `${asTyped(value)} mm` : "–");
  const details = {
    reclassified: () => `${named(from.class)} → ${named(to.class)}`,
    commented: () => `“${to.comment}”`,
    measured: () => `${inMm(from.depth_mm)} → ${inMm(to.depth_mm)}`,
    scaled: () => `${to.pixel_size_mm} mm`,
    undone: () => `r${to.revision}`,
  };
  const detail = details[kind] ? `: ${details[kind]()}` : "";
  return `${has(`event.${kind}`) ? t(`event.${kind}`) : kind}${detail}${undone ? ` (${t("event.isUndone")})` : ""}`;
}
