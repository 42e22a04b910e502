/** What the acceptance table says, limit by limit; always shown as an aid to the person who signs. */

import { api } from "../base/api.js";
import { h, icon } from "../base/dom.js";
import { change, on, state } from "../base/state.js";
import { number, t } from "../base/texts.js";
import { className, classTag, label } from "../indications/shown.js";
import { authoriseTable } from "./tables.js";
import { offerTables, weldForm } from "./weld.js";

const LOOKS = { acceptable: ["good", "check"], "not acceptable": ["bad", "reject"], "no verdict": ["unsure", "warning"] };

export function verdictPanel() {
  offerTables();
  const result = h("div", { class: "verdict", "aria-live": "polite" });
  on("film", load);
  on("verdict", () => result.replaceChildren(...[content()].flat(2).filter(Boolean)));
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
    film.counts.open > 0 && caution(t("verdict.open", { count: number(film.counts.open) })),
    verdict.images.filter((each) => each.short_of_mm).map(({ short_of_mm: [seen, window] }) => caution(t("verdict.short", { seen: number(seen, 1), window: number(window, 1) }))),
    unconfirmed(verdict) && h("div", { class: "unconfirmed" }, h("p", {}, t("verdict.unconfirmed")),
      h("button", { class: "plain small", on: { click: () => authoriseTable(table) } }, icon("sign"), t("table.authorise"))),
    authorisation && h("p", { class: "meta" }, t("verdict.authorised", { name: authorisation.who })),
    rows(verdict),
  ];
}

const caution = (text) => h("p", { class: "caution" }, icon("warning"), h("span", {}, text));
const judged = (verdict) => verdict.images.flatMap((image) => image.indications);
const grouped = (verdict) => verdict.images.flatMap((image) => image.groups);
const unconfirmed = (verdict) => !verdict.authorisation && [...judged(verdict).flatMap((each) => [each, ...each.checks]), ...grouped(verdict)].some((each) => each.reason === "unconfirmed");

const GRAVEST = ["not acceptable", "no verdict", "acceptable"];

/** One entry a limit that was compared: the gravest first, and indications of which the same is said without a figure together. */
function rows(verdict) {
  const known = new Map(state.indications.map((each) => [each.number, each]));
  const entries = new Map();
  for (const each of judged(verdict)) {
    const { check, outcome, reason, accepted_as, rejected_as } = each;
    const figure = check?.value ?? null;
    const key = JSON.stringify([outcome, reason, check?.row, check?.rule, accepted_as, rejected_as, figure !== null && each.indication]);
    if (!entries.has(key)) entries.set(key, { check, outcome, reason, accepted_as, rejected_as, numbers: [] });
    entries.get(key).numbers.push(each.indication);
  }
  const groups = grouped(verdict).map((check) => ({ check, outcome: check.outcome, reason: check.reason, numbers: check.members, sum: true }));
  const all = [...entries.values(), ...groups].sort((one, other) => GRAVEST.indexOf(one.outcome) - GRAVEST.indexOf(other.outcome));
  if (!all.length) return h("p", { class: "none" }, t("verdict.nothing"));
  return h("table", { class: "verdict-table" },
    h("thead", {}, h("tr", {}, ["rule", "value", "limit", "outcome"].map((each) => h("th", { scope: "col" }, t(`verdict.${each}`))))),
    h("tbody", {}, all.map((each) => entry(each, known))));
}

function entry({ check, outcome, reason, accepted_as, rejected_as, numbers, sum }, known) {
  const [look, picture] = LOOKS[outcome];
  const figure = (value) => (value === null || value === undefined ? "–" : `${number(value, 2)} ${check.unit ?? ""}`);
  const types = [accepted_as?.length && t("verdict.acceptedAs", { types: accepted_as.join(", ") }), rejected_as?.length && t("verdict.rejectedAs", { types: rejected_as.join(", ") })];
  const name = check?.row || t(reason === "type not narrow enough" ? "verdict.severalRows" : "verdict.noRow");
  const tag = (each) => h("button", { class: "link", title: className(each.class), on: { click: () => change({ selected: each.id }) } }, classTag(each.class, label(each)));
  return [
    h("tr", { class: look }, h("td", {}, name, check?.rule && h("span", { class: "meta" }, sum ? `Σ ${check.rule}` : check.rule)), h("td", { class: "figure-text" }, figure(check?.value)),
      h("td", { class: "figure-text" }, figure(check?.limit)),
      h("td", {}, h("span", { class: "outcome", title: t(`outcome.${outcome}`), role: "img", "aria-label": t(`outcome.${outcome}`) }, icon(picture)))),
    h("tr", { class: `reason ${look}` }, h("td", { colspan: 4 }, [t(`reason.${reason}`), ...types].filter(Boolean).join(" · "),
      h("span", { class: "marks" }, numbers.map((each) => known.get(each)).filter(Boolean).map(tag)))),
  ];
}
