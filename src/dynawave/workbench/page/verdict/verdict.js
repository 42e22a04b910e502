/** What the acceptance table says, limit by limit; always shown as an aid to the person who signs. */

import { api } from "../base/api.js";
import { h, icon } from "../base/dom.js";
import { change, on, state } from "../base/state.js";
import { number, t } from "../base/texts.js";
import { classTag, label } from "../indications/shown.js";
import { authoriseTable } from "./tables.js";
import { offerTables, weldForm } from "./weld.js";

const LOOKS = { acceptable: ["good", "check"], "not acceptable": ["bad", "reject"], "no verdict": ["unsure", "warning"] };

export function verdictPanel() {
  offerTables();
  const result = h("div", { class: "verdict", "aria-live": "polite" });
  on("film", load);
  on("verdict", () => result.replaceChildren(...[content()].flat().filter(Boolean)));
  return h("div", { class: "panel-body" }, h("h2", {}, t("weld")), weldForm(), result);
}

async function load() {
  const film = state.film;
  if (!film || film.status === "new") return change({ verdict: null });
  const verdict = await api.verdict(film.id).catch((error) => ({ problem: error.message }));
  if (film === state.film) change({ verdict });
}

function banner(outcome, text) {
  const [look, picture] = LOOKS[outcome];
  return h("div", { class: `banner ${look}` }, icon(picture), h("div", {}, h("strong", {}, t(`outcome.${outcome}`)), text && h("span", {}, text)));
}

const aid = () => h("p", { class: "aid" }, icon("info"), t("verdict.aid"));

function content() {
  const { verdict, film } = state;
  if (!film) return [];
  if (!verdict) return h("p", { class: "none" }, t("verdict.notYet"));
  if (verdict.problem) return [banner("no verdict", verdict.problem), aid()];
  if (verdict.missing.length) {
    const names = verdict.missing.map((name) => t(`weld.${name}`));
    return [banner("no verdict", t("verdict.missing", { names: names.join(", ") })), aid()];
  }
  const { table, authorisation } = verdict;
    return [
    banner(verdict.outcome, [table.standard, table.edition, film.weld.level && t("verdict.level", { level: film.weld.level })].filter(Boolean).join(" · ")),
    aid(),
    film.counts.open > 0 && h("p", { class: "caution" }, icon("warning"), t("verdict.open", { count: number(film.counts.open) })),
    unconfirmed(verdict) && h("div", { class: "unconfirmed" }, h("p", {}, t("verdict.unconfirmed")),
      h("button", { class: "plain small", on: { click: () => authoriseTable(table) } }, icon("sign"), t("table.authorise"))),
    authorisation && h("p", { class: "meta" }, t("verdict.authorised", { name: authorisation.who })),
    rows(verdict),
  ];
}

const judged = (verdict) => verdict.images.flatMap((image) => image.indications);
const grouped = (verdict) => verdict.images.flatMap((image) => image.groups);
const unconfirmed = (verdict) => !verdict.authorisation && [...judged(verdict), ...grouped(verdict)].some((each) => each.reason === "unconfirmed");

function rows(verdict) {
  const singles = judged(verdict);
  if (!singles.length) return h("p", { class: "none" }, t("verdict.nothing"));
  const known = new Map(state.indications.map((each) => [each.number, each]));
  return h("table", { class: "verdict-table" },
    h("thead", {}, h("tr", {}, ["indication.short", "rule", "value", "limit", "outcome"].map((each) => h("th", { scope: "col" }, t(`verdict.${each}`))))),
    h("tbody", {}, singles.map((each) => single(each, known.get(each.indication))), grouped(verdict).map((each) => group(each, known))));
}

function single(verdict, indication) {
  const { check } = verdict;
  const mark = indication ? h("button", { class: "link", on: { click: () => change({ selected: indication.id }) } }, classTag(indication.class, label(indication))) : verdict.indication;
  return line(mark, check, verdict.outcome, verdict.reason, verdict);
}

function group(check, known) {
  const members = check.members.map((each) => known.get(each)).filter(Boolean);
  return line(h("span", { class: "members", title: members.map(label).join(", ") }, `Σ ${members.length}`), check, check.outcome, check.reason);
}

function line(mark, check, outcome, reason, { accepted_as, rejected_as } = {}) {
  const [look, picture] = LOOKS[outcome];
  const figure = (value) => (value === null || value === undefined ? "–" : `${number(value, 2)} ${check.unit ?? ""}`);
  const types = [accepted_as?.length && t("verdict.acceptedAs", { types: accepted_as.join(", ") }), rejected_as?.length && t("verdict.rejectedAs", { types: rejected_as.join(", ") })];
  return [
    h("tr", { class: look }, h("td", {}, mark), h("td", {}, check?.row || t("verdict.noRow"), check?.rule && h("span", { class: "meta" }, check.rule)),
      h("td", { class: "figure-text" }, check ? figure(check.value) : "–"), h("td", { class: "figure-text" }, check ? figure(check.limit) : "–"),
      h("td", {}, h("span", { class: "outcome", title: t(`outcome.${outcome}`), role: "img", "aria-label": t(`outcome.${outcome}`) }, icon(picture)))),
    h("tr", { class: `reason ${look}` }, h("td", {}), h("td", { colspan: 4 }, [t(`reason.${reason}`), ...types].filter(Boolean).join(" · "))),
  ];
}
