/** What a person manages of their own account: the password, and tokens of programs that post films in their name. */

import { api } from "../base/api.js";
import { ask, field } from "../base/dialog.js";
import { h, icon } from "../base/dom.js";
import { notice, tell } from "../base/notice.js";
import { state } from "../base/state.js";
import { t, when } from "../base/texts.js";
import { passwordField } from "./password.js";

export async function showAccount() {
  const tokens = h("tbody");

  async function fill() {
    const known = (await tell(api.tokens)) ?? [];
    tokens.replaceChildren(...known.map((each) => tokenRow(each, fill)));
    if (!known.length) tokens.append(h("tr", {}, h("td", { colspan: 4, class: "none" }, t("tokens.none"))));
  }

  fill();
  await ask({ title: t("account.of", { name: state.me.name }), accept: null, wide: true, body: [
    h("div", { class: "row" }, h("button", { type: "button", class: "plain small", on: { click: changePassword } }, t("password.change"))),
    h("div", { class: "row" }, h("h3", {}, t("tokens")), h("button", { type: "button", class: "plain small push", on: { click: () => makeToken(fill) } }, icon("plus"), t("tokens.make"))),
    h("p", { class: "meta" }, t("tokens.says")),
    h("table", { class: "plain-table" }, h("thead", {}, h("tr", {}, ["tokens.label", "tokens.created", "tokens.expires", ""].map((each) => h("th", { scope: "col" }, each && t(each))))), tokens),
  ] });
}

async function changePassword() {
  const answers = await ask({ title: t("password.change"), fields: [
    field(t("password.old"), h("input", { name: "old", type: "password", required: true, autocomplete: "current-password" })), passwordField()] });
  if (answers && (await tell(() => api.changePassword(answers.old, answers.password).then(() => true)))) notice(t("password.changed"));
}

async function makeToken(refresh) {
  const answers = await ask({ title: t("tokens.make"), fields: field(t("tokens.label"), h("input", { name: "label", type: "text", required: true, maxlength: 100, autocomplete: "off" }), t("tokens.label.says")) });
  const made = answers && (await tell(() => api.makeToken(answers.label.trim())));
  if (!made) return;
  const shown = h("input", { type: "text", readonly: true, value: made.token, "aria-label": t("tokens.token"), class: "secret", on: { focus: (event) => event.target.select() } });
  await ask({ title: t("tokens.token"), body: [h("p", {}, t("tokens.once")), shown] });
  refresh();
}

function tokenRow({ id, label, created, expires }, refresh) {
  const revoke = async () => {
    const sure = await ask({ title: t("tokens.revoke"), accept: t("tokens.revoke"), body: h("p", {}, t("tokens.revoke.says", { label })) });
    if (sure && (await tell(() => api.revokeToken(id).then(() => true)))) refresh();
  };
  return h("tr", {}, h("td", {}, label), h("td", {}, when(created)), h("td", {}, when(expires)),
    h("td", {}, h("div", { class: "row" }, h("button", { type: "button", class: "plain small push", on: { click: revoke } }, t("tokens.revoke")))));
}
