/** Who is signed in, and, for an administrator, the accounts. */

import { api } from "../base/api.js";
import { ask, field } from "../base/dialog.js";
import { h, icon } from "../base/dom.js";
import { notice, tell } from "../base/notice.js";
import { state } from "../base/state.js";
import { t } from "../base/texts.js";

const ROLES = ["operator", "inspector", "approver", "admin"];

/** The buttons of the person signed in; nothing on a PC of one's own. */
export function personButtons() {
  if (!state.me?.account) return [];
  const leave = async () => { await tell(api.logout); location.reload(); };
  return [
    state.me.role === "admin" && h("button", { class: "plain small", on: { click: showAccounts } }, t("accounts")),
    h("span", { class: "person" }, icon("person"), state.me.name, h("span", { class: "meta" }, t(`role.${state.me.role}`))),
    h("button", { class: "plain small", on: { click: leave } }, t("logout")),
  ];
}

async function showAccounts() {
  const accounts = await tell(api.accounts);
  if (!accounts) return;
  const list = accounts.items ?? accounts;
  const answers = await ask({ title: t("accounts"), accept: t("accounts.add"), wide: true,
    body: h("table", { class: "plain-table" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("name")), h("th", { scope: "col" }, t("role")))),
      h("tbody", {}, list.map((each) => h("tr", {}, h("td", {}, each.name), h("td", {}, t(`role.${each.role}`)))))),
    fields: h("div", { class: "grid-fields" }, field(t("login.name"), h("input", { name: "name", type: "text", required: true, maxlength: 100 })),
      field(t("login.password"), h("input", { name: "password", type: "password", required: true, minlength: 12, autocomplete: "new-password" })),
      field(t("role"), h("select", { name: "role" }, ROLES.map((each) => h("option", { value: each }, t(`role.${each}`)))))) });
  if (!answers || !(await tell(() => api.addAccount(answers)))) return;
  notice(t("accounts.added", { name: answers.name }));
  showAccounts();
}
