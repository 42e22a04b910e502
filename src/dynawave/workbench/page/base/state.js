/** What the page shows, and who wants to hear of its changes: one object for all parts. */

export const state = {
  me: null, // who is signed in, or null on a PC of one's own
  project: null,
  projects: [],
  films: [],
  film: null, // the film on the light box
  classes: [],
  indications: [],
  selected: null, // id of an indication
  threshold: 0,
  overlay: true,
  explanation: false, // the model's flaw probability, laid over the film
  view: { low: 0, high: 65535, invert: false, clahe: false, detail: false },
  tool: "hand",
  progress: new Map(), // film id -> 0-1 while it is inspected
  tables: [],
  verdict: null,
  header: null, // what the project's reports say at their top: {project, stated, tag}
  quality: null, // of the film, at its marked places: figures, or a problem
};

const listeners = [];

/** Call `listener` after a change of any of the named parts. */
export function on(names, listener) {
  listeners.push({ names: [].concat(names), listener });
}

export function change(parts) {
  Object.assign(state, parts);
  const changed = Object.keys(parts);
  for (const { names, listener } of listeners) if (names.some((name) => changed.includes(name))) listener();
}

export function selectedIndication() {
  return state.indications.find((each) => each.id === state.selected) ?? null;
}
