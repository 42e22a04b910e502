/** The beginning: texts, then either the login or the workbench with what the address names. */

import { api, useCsrf, whenLoginNeeded } from "./base/api.js";
import { listenToKeys } from "./base/keys.js";
import { showNotices, tell } from "./base/notice.js";
import { change, state } from "./base/state.js";
import { loadTexts } from "./base/texts.js";
import { listenToServer } from "./films/events.js";
import { addressed, loadFilm, openProject } from "./films/load.js";
import { acceptDrops } from "./films/upload.js";
import { showAdmin, showFrame } from "./frame.js";
import { showLogin } from "./people/login.js";

async function start() {
  await loadTexts();
  showNotices();
  whenLoginNeeded(showLogin);
  const me = await api.me().catch((error) => (error.status === 401 ? null : Promise.reject(error)));
  if (me === null) return;
  useCsrf(me.csrf);
  change({ me });
  listenToKeys();
  if (me.role === "admin") {
    showAdmin();
    return showNotices();
  }
  const [projects, classes] = (await tell(() => Promise.all([api.projects(), api.classes()]))) ?? [[], []];
  showFrame(); // with a project to put films in from the first moment on
  showNotices();
  acceptDrops();
  listenToServer();
  change({ projects, classes });
  const { project, film } = addressed();
  if (projects.length) await openProject(project);
  if (film && state.films.some((each) => each.id === film)) await loadFilm(film);
}

start();
