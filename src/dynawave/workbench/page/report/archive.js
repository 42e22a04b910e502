/** The film's result as DICOM objects: a download, and to the archive that the server was given. */

import { address, api } from "../base/api.js";
import { ask } from "../base/dialog.js";
import { h, icon } from "../base/dom.js";
import { notice, tell } from "../base/notice.js";
import { state } from "../base/state.js";
import { t } from "../base/texts.js";
import { saveAs } from "./save.js";

/** Two lines like those of the documents; the second where there is an archive. */
export function archiveButtons() {
  const place = h("div", { class: "documents" });
  const show = (archive) => {
    const line = (picture, name, says, action) => h("button", { class: "document", on: { click: (event) => action(event.currentTarget) } }, icon(picture), h("span", {}, h("strong", {}, name), h("span", { class: "meta" }, says)));
    place.replaceChildren(line("download", t("diconde.objects"), t("diconde.objects.says"), download));
    if (archive) place.append(line("upload", t("diconde.send"), t("diconde.send.says", { archive }), (button) => send(button, archive)));
  };
  show(null);
  api.archive().then(({ archive }) => show(archive), () => {});
  return place;
}

async function download() {
  if (!state.film) return;
  const { id, name } = state.film;
  const blob = await tell(() => api.document(address.diconde(id)));
  if (blob) saveAs(blob, name, "diconde.zip");
}

async function send(button, archive) {
  const { film } = state;
  if (!film) return;
  const answers = await ask({ title: t("diconde.send"), accept: t("diconde.send.accept"), body: h("p", {}, t("diconde.send.help", { name: film.name, archive })),
    fields: h("label", { class: "row" }, h("input", { type: "checkbox", name: "film" }), t("diconde.send.film")) });
  if (!answers) return;
  button.disabled = true;
  const sent = await tell(() => api.sendDiconde(film.id, "film" in answers));
  button.disabled = false;
  if (!sent) return;
  sent.refused.forEach(({ name, reason }) => notice(`${name}: ${reason}`, "wrong"));
  if (sent.stored.length) notice(t("diconde.sent", { count: sent.stored.length, archive: sent.archive }));
}
