/** An administrator's page: accounts, and who is a member of which project. */

import { api } from "../base/api.js";
import { ask, field } from "../base/dialog.js";
import { h, icon } from "../base/dom.js";
import { notice, tell } from "../base/notice.js";
import { t } from "../base/texts.js";
import { modelsPanel } from "../models/panel.js";
import { passwordField } from "./password.js";

const ROLES = ["operator", "inspector", "approver", "admin"];

export function adminPage() {
  const accounts = h("tbody");
  const projects = h("tbody");
  const table = (name, columns, body, add) => h("section", {}, h("header", { class: "row" }, h("h1", {}, t(name)), h("span", { class: "push" }), add),
    h("table", { class: "plain-table" }, h("thead", {}, h("tr", {}, columns.map((each) => h("th", { scope: "col" }, each && t(each))))), body));

  async function fill() {
    const [people, all] = (await tell(() => Promise.all([api.accounts(), api.projects()]))) ?? [[], []];
    const members = (await tell(() => Promise.all(all.map((each) => api.members(each.id))))) ?? [];
    accounts.replaceChildren(...people.map((each) => accountRow(each, fill)));
    projects.replaceChildren(...all.map((each, index) => projectRow(each, members[index] ?? [], people, fill)));
  }

  const add = async () => { if (await addAccount()) fill(); };
  fill();
  return h("main", { class: "admin" }, h("p", { class: "aid" }, icon("info"), t("admin.says")),
    table("accounts", ["name", "accounts.fullName", "role", "accounts.state", ""], accounts, h("button", { class: "primary small", on: { click: add } }, icon("plus"), t("accounts.add"))),
    table("projects", ["project", "members", ""], projects),
    h("section", {}, h("header", { class: "row" }, h("h1", {}, t("models"))), modelsPanel().element));
}

function roleChoice(chosen, properties = {}) {
  const select = h("select", { "aria-label": t("role"), name: "role", ...properties }, ROLES.map((each) => h("option", { value: each }, t(`role.${each}`))));
  select.value = chosen;
  return select;
}

function accountRow({ id, name, full_name, role, active }, refresh) {
  const change = async (changed) => {
    if (await tell(() => api.changeAccount(id, changed))) notice(t("accounts.changed", { name }));
    refresh();
  };
  const setPassword = async () => {
    const answers = await ask({ title: `${t("accounts.change")}: ${name}`, fields: passwordField() });
    if (answers) change({ password: answers.password });
  };
  const setName = async () => {
    const answers = await ask({ title: `${t("accounts.fullName.change")}: ${name}`, fields: fullNameField(full_name) });
    if (answers) change({ full_name: answers.full_name.trim() });
  };
  return h("tr", {}, h("td", {}, name), h("td", {}, full_name), h("td", {}, roleChoice(role, { on: { change: (event) => change({ role: event.target.value }) } })),
    h("td", {}, t(active ? "accounts.open" : "accounts.closed")),
    h("td", {}, h("div", { class: "row" }, h("button", { class: "plain small push", on: { click: setName } }, t("accounts.fullName.change")),
      h("button", { class: "plain small", on: { click: setPassword } }, t("accounts.change")),
      h("button", { class: "plain small", on: { click: () => change({ active: !active }) } }, t(active ? "accounts.close" : "accounts.reopen")))));
}

function fullNameField(value = "") {
  return field(t("accounts.fullName"), h("input", { name: "full_name", type: "text", maxlength: 100, autocomplete: "off", value }), t("accounts.fullName.says"));
}

async function addAccount() {
  const answers = await ask({ title: t("accounts.add"), accept: t("accounts.add"), fields: [
    field(t("login.name"), h("input", { name: "name", type: "text", required: true, maxlength: 100, autocomplete: "off" })), fullNameField(), passwordField(), field(t("role"), roleChoice("inspector"))] });
  const added = answers && (await tell(() => api.addAccount({ ...answers, full_name: answers.full_name.trim() })));
  if (added) notice(t("accounts.added", { name: added.name }));
  return added;
}

function projectRow({ id, name }, members, people, refresh) {
  const choose = async () => {
    const options = people.filter((each) => each.role !== "admin").map((each) =>
      h("label", { class: "row" }, h("input", { type: "checkbox", name: each.name, checked: members.includes(each.name) }), each.name, h("span", { class: "meta" }, t(`role.${each.role}`))));
    const answers = await ask({ title: t("members.change"), body: h("p", {}, name), fields: options });
    if (answers && (await tell(() => api.setMembers(id, Object.keys(answers))))) refresh();
  };
  return h("tr", {}, h("td", {}, name), h("td", {}, members.join(", ") || t("members.none")),
    h("td", {}, h("div", { class: "row" }, h("button", { class: "plain small push", on: { click: choose } }, t("members.change")))));
}
