/** What the project's reports say at their top, as the server has it. Several persons may write it: who has not seen the last state writes nothing. */

import { api } from "../base/api.js";
import { notice } from "../base/notice.js";
import { change, state } from "../base/state.js";
import { t } from "../base/texts.js";

const CONFLICT = 409;

let saving = Promise.resolve();

/** The header of the open project, or null while it is not known. */
export const statedNow = () => (state.header && state.header.project === state.project?.id ? state.header.stated : null);

export const mayState = () => !state.me?.account || state.me.role !== "operator";

export async function loadHeader() {
  const { project } = state;
  const header = project && (await api.header(project.id).catch((error) => notice(error.message, "wrong")));
  if (project === state.project) change({ header: header ? { project: project.id, ...header } : null });
}

/** Change it by `changed(stated)`, one change after the other; true where it was saved. */
export function changeHeader(changed) {
  const project = state.project.id;
  saving = saving.then(() => send(project, changed));
  return saving;
}

async function send(project, changed) {
  if (state.header?.project !== project) await loadHeader();
  if (state.header?.project !== project) return false;
  const { stated, tag } = state.header;
  try {
    const saved = await api.changeHeader(project, changed(stated), tag);
    if (state.project?.id === project) change({ header: { project, ...saved } });
    return true;
  } catch (error) {
    notice(error.status === CONFLICT ? t("header.changed") : error.message, "wrong");
    await loadHeader();
    return false;
  }
}
