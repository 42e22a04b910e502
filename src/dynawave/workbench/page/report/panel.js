/** Signing the film, and the report as a document and as data. */

import { address, api } from "../base/api.js";
import { ask, field } from "../base/dialog.js";
import { h, icon } from "../base/dom.js";
import { shortcut } from "../base/keys.js";
import { notice, tell } from "../base/notice.js";
import { on, state } from "../base/state.js";
import { language, LANGUAGES, number, t, when } from "../base/texts.js";
import { loadFilm } from "../films/load.js";
import { showRecord } from "../indications/history.js";
import { nameField, signer } from "../people/name.js";
import { archiveButtons } from "./archive.js";
import { headerForm } from "./header.js";
import { qualityPanel } from "./quality.js";
import { saveAs } from "./save.js";

const DOCUMENTS = ["pdf", "html"];
const DATA = ["csv", "coco.json", "json"];
/** Fetch a document and hand it to the browser; what the server says where it has none is shown. */
async function fetchDocument(film, kind, chosen) {
  const blob = await tell(() => api.document(address.report(film.id, kind, chosen)));
  if (!blob) return;
  saveAs(blob, film.name, kind);
}

const MEANINGS = ["inspected", "approved"];
const CONFLICT = 409;

export function reportPanel() {
  shortcut("keys.report", "Shift+s", "sign", () => state.film && sign());
  const signatures = h("div", { class: "signatures" });
  const documents = h("div", { class: "documents" });
  const chosen = h("select", { "aria-label": t("report.language"), on: { change: () => fill() } }, LANGUAGES.map((each) => h("option", { value: each }, t(`language.${each}`))));
  chosen.value = language;
  const signButton = h("button", { class: "plain", on: { click: sign } }, icon("sign"), t("sign"));

  function fill() {
    const { film } = state;
    signatures.replaceChildren();
    documents.replaceChildren();
    signButton.hidden = !film?.signatures.length; // before, signing is the next step at the foot
    if (!film) return;
    signatures.append(...(film.signatures.length ? film.signatures.map(signature) : [h("p", { class: "none" }, t("sign.none"))]));
    documents.append(...DOCUMENTS.concat(DATA).map((kind) => download(film, kind, chosen.value)));
  }
  on(["film"], fill);
  return h("div", { class: "panel-body" },
    h("div", { class: "row" }, h("h2", {}, t("signatures")), h("span", { class: "push" }), h("button", { class: "plain small", on: { click: () => state.film && showRecord() } }, icon("history"), t("history.all"))), h("p", { class: "aid" }, icon("info"), t("sign.aid")), signatures, signButton,
    h("div", { class: "row spaced" }, h("h2", {}, t("header"))), headerForm(),
    h("div", { class: "row spaced" }, h("h2", {}, t("quality"))), qualityPanel(),
    h("div", { class: "row spaced" }, h("h2", {}, t("report")), h("label", { class: "row" }, h("span", { class: "label" }, t("report.language")), chosen)), documents,
    h("div", { class: "row spaced" }, h("h2", {}, t("diconde"))), archiveButtons());
}

function signature({ name, account, meaning, when: moment, revision, sha256, valid }) {
  const stale = !valid;
  return h("div", { class: `signature ${stale ? "stale" : ""}` }, icon(stale ? "warning" : "lock"),
    h("div", {}, h("strong", {}, signer(name, account)), h("span", { class: "meta" }, `${t(`meaning.${meaning}`)} · ${when(moment)}`),
      h("span", { class: "meta" }, t("sign.revision", { revision: number(revision) }), h("code", { title: sha256 }, sha256.slice(0, 12))),
      stale && h("span", { class: "meta warning-text" }, t("sign.stale"))));
}

function download(film, kind, chosen) {
  const content = (picture) => [icon(picture), h("span", {}, h("strong", {}, t(`report.${kind}`)), h("span", { class: "meta" }, t(`report.${kind}.says`)))];
  if (kind === "html") return h("a", { class: "document", href: address.report(film.id, kind, chosen), target: "_blank", rel: "noopener" }, content("eye"));
  return h("button", { class: "document", on: { click: () => fetchDocument(film, kind, chosen) } }, content("download"));
}

export async function sign() {
  const { id, revision } = state.film; // as it is seen now: a change that comes while the dialog is open is another one
  const open = state.indications.filter((each) => each.state === "open").length;
  const { verdict } = state;
  const answers = await ask({
    title: t("sign.title", { name: state.film.name }),
    accept: t("sign.accept"),
    body: [
      h("dl", { class: "summary" },
        h("dt", {}, t("indications")), h("dd", {}, t("sign.counts", { accepted: number(state.film.counts.accepted ?? 0), rejected: number(state.film.counts.rejected ?? 0), open: number(open) })),
        h("dt", {}, t("sign.table")), h("dd", {}, verdict?.outcome ? t(`outcome.${verdict.outcome}`) : t("outcome.no verdict"))),
      open > 0 && h("p", { class: "caution" }, icon("warning"), t("sign.open", { count: number(open) })),
      h("p", { class: "aid" }, icon("info"), t("sign.says")),
    ],
    fields: [
      nameField(),
      field(t("sign.meaning"), h("select", { name: "meaning" }, MEANINGS.map((each) => h("option", { value: each }, t(`meaning.${each}`))))),
    ],
  });
  if (!answers) return;
  const problem = await api.sign(id, { ...answers, revision }).then(() => null, (error) => error);
  await loadFilm(id);
  if (!problem) return notice(t("signed"));
  const changed = problem.status === CONFLICT && state.film?.id === id && state.film.revision !== revision;
  notice(changed ? t("sign.changed") : problem.message, "wrong");
}
