/** A plant's own acceptance table from a file, and a person's word that a table may be used. */

import { api } from "../base/api.js";
import { ask, field } from "../base/dialog.js";
import { h } from "../base/dom.js";
import { notice, tell } from "../base/notice.js";
import { change, state } from "../base/state.js";
import { t } from "../base/texts.js";
import { loadFilm } from "../films/load.js";
import { nameField } from "../people/name.js";

async function refresh() {
  const tables = await tell(api.tables);
  if (tables) change({ tables });
  await loadFilm(state.film.id);
}

export async function addTable() {
  const input = h("input", { type: "file", accept: ".json,.yaml,.yml", required: true, name: "file", class: "file" });
  const answers = await ask({ title: t("table.add"), accept: t("table.add.accept"), body: h("p", {}, t("table.add.says")), fields: field(t("table.file"), input) });
  if (!answers) return;
  const table = await tell(() => api.addTable(answers.file));
  if (!table) return;
  notice(t("table.added", { name: table.id }));
  await refresh();
}

export async function authoriseTable(table) {
  const answers = await ask({ title: t("table.authorise"), accept: t("table.authorise.accept"), body: h("p", {}, t("table.authorise.says", { name: `${table.standard} (${table.edition})` })),
    fields: nameField() });
  if (!answers || (await tell(() => api.authorise(table.id, answers))) === undefined) return;
  await refresh();
}
