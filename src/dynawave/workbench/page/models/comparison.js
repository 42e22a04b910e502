/** A comparison of two models on the same films: how far it is, or its figures with their differences. */

import { h, icon } from "../base/dom.js";
import { number, t, when } from "../base/texts.js";

export function underway({ status }) {
  return status === "queued" || status === "running";
}

/** `model` is shown beside the other one of the comparison, whichever of the two was the active one then. */
export function comparison(row, model) {
  if (underway(row)) {
    return h("div", { class: "progress", role: "progressbar", "aria-valuenow": Math.round(100 * row.progress), "aria-label": t("models.comparing") },
      h("span", { class: "bar", vars: { "--part": row.progress } }), h("span", { class: "meta" }, `${t("models.comparing")} ${number(100 * row.progress)} %`));
  }
  if (row.status === "failed") return h("p", { class: "wrong-text" }, icon("warning"), row.detail ?? t("models.failed"));
  const turned = row.model !== model.id;
  const columns = ["models.measure", "models.activeColumn", "models.thisColumn", "models.difference", "models.outcome"];
  return h("div", { class: "comparison" }, h("p", { class: "meta" }, about(row)),
    h("table", { class: "measures" }, h("thead", {}, h("tr", {}, columns.map((each) => h("th", { scope: "col" }, t(each))))), h("tbody", {}, row.measures.map((each) => line(turned ? turn(each) : each)))));
}

function about({ films, finished, by_class }) {
  const name = films.name ?? t("models.otherProject");
  const part = films.part ? ` · ${t("models.held")}` : "";
  return [`${name}${part}`, t("models.counts", { films: number(films.groups), flaws: number(films.flaws) }), t(by_class ? "models.byClass" : "models.anyClass"), when(finished)].join(" · ");
}

function turn({ measure, active, new: other, difference, low, high }) {
  const negative = (value) => (value === null ? null : -value);
  return { measure, active: other, new: active, difference: negative(difference), low: negative(high), high: negative(low) };
}

function line({ measure, active, new: other, difference, low, high }) {
  const figure = (value) => (value === null ? "–" : number(value, 2));
  const signed = (value) => (Math.abs(value) < 0.005 ? "" : value > 0 ? "+" : "−") + number(Math.abs(value), 2);
  const range = low === null ? "" : ` (${t("models.range", { low: signed(low), high: signed(high) })})`;
  const [look, word] = low === null ? ["", "models.unknown"] : low > 0 ? ["good", "models.better"] : high < 0 ? ["bad", "models.worse"] : ["", "models.noDifference"];
  return h("tr", { class: look }, h("th", { scope: "row" }, t(`models.${measure}`)), h("td", {}, figure(active)), h("td", {}, figure(other)),
    h("td", {}, difference === null ? "–" : signed(difference), h("span", { class: "meta" }, range)), h("td", {}, h("span", { class: "outcome" }, t(word))));
}
