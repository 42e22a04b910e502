/** The server's REST interface: one function a call, each giving the decoded answer or throwing `ApiError`. */

export class ApiError extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

let csrf = null;
let onLoginNeeded = () => {};

export function whenLoginNeeded(listener) {
  onLoginNeeded = listener;
}

export function useCsrf(token) {
  csrf = token;
}

function sentence(body, status) {
  const detail = body?.detail;
  if (typeof detail === "string") return detail;
  if (Array.isArray(detail)) return detail.map((each) => `${each.loc?.at(-1) ?? ""}: ${each.msg}`).join("; ");
  return `HTTP ${status}`;
}

async function answer(response) {
  const body = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok) return body;
  if (response.status === 401) onLoginNeeded();
  throw new ApiError(response.status, sentence(body, response.status));
}

async function request(method, path, body, headers = {}) {
  if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return fetch(`/api/v1/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

async function call(method, path, body) {
  return answer(await request(method, path, body));
}

/** What is there with a tag that names this state of it. */
async function tagged(response) {
  return { stated: await answer(response), tag: response.headers.get("ETag") };
}

/** A file that is sent as it is. */
async function send(path, file) {
  const body = new FormData();
  body.append("file", file, file.name);
  return answer(await fetch(`/api/v1/${path}`, { method: "POST", headers: csrf ? { "X-CSRF-Token": csrf } : {}, body }));
}

/** A small file that people write: JSON or, by its name, YAML. */
async function sendText(path, file) {
  const headers = { "Content-Type": /\.ya?ml$/i.test(file.name) ? "application/yaml" : "application/json" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  return answer(await fetch(`/api/v1/${path}`, { method: "POST", headers, body: file }));
}

/** All pages of a list, up to `most` entries. */
async function pages(path, most = 2000) {
  const all = [];
  let cursor = "";
  do {
    const page = await call("GET", cursor ? `${path}?cursor=${encodeURIComponent(cursor)}` : path);
    if (Array.isArray(page)) return page;
    all.push(...page.items);
    cursor = page.next;
  } while (cursor && all.length < most);
  return all;
}

export const api = {
  me: () => call("GET", "me"),
  login: (name, password) => call("POST", "login", { name, password }),
  logout: () => call("POST", "logout"),
  changePassword: (old, password) => call("PUT", "me/password", { old, new: password }),
  tokens: () => pages("tokens"),
  makeToken: (label) => call("POST", "tokens", { label }),
  revokeToken: (token) => call("DELETE", `tokens/${token}`),
  accounts: () => pages("accounts"),
  addAccount: (account) => call("POST", "accounts", account),
  changeAccount: (account, changed) => call("PATCH", `accounts/${account}`, changed),
  members: async (project) => (await call("GET", `projects/${project}/members`)).names,
  setMembers: (project, names) => call("PUT", `projects/${project}/members`, { names }),

  projects: () => pages("projects"),
  addProject: (name) => call("POST", "projects", { name }),
  films: (project) => pages(`projects/${project}/films`),
  addExample: (project) => call("POST", `projects/${project}/example`),
  film: (film) => call("GET", `films/${film}`),
  removeFilm: (film) => call("DELETE", `films/${film}`),
  histogram: (film) => call("GET", `films/${film}/histogram`),
  profile: (film, [x0, y0], [x1, y1], width) =>
    call("GET", `films/${film}/profile?${new URLSearchParams({ x0, y0, x1, y1, width })}`),
  quality: (film, marks) => call("POST", `films/${film}/quality`, marks),
  scale: (film, pixel_size_mm, why) => call("PUT", `films/${film}/scale`, { pixel_size_mm, why }),
  weld: (film, weld) => call("PUT", `films/${film}/weld`, weld),

  inspect: (film) => call("POST", `films/${film}/inspection`, {}),
  job: (job) => call("GET", `jobs/${job}`),
  classes: () => call("GET", "classes"),
  indications: (film) => pages(`films/${film}/indications`, 5000),
  draw: (film, indication) => call("POST", `films/${film}/indications`, indication),
  decide: (film, indication, patch) => call("PATCH", `films/${film}/indications/${indication}`, patch),
  decideSeveral: (film, decision) => call("POST", `films/${film}/decisions`, decision),
  history: (film, indication) => pages(`films/${film}/indications/${indication}/history`),
  record: (film) => pages(`films/${film}/history`, 5000),
  undo: (film) => call("POST", `films/${film}/undo`),

  header: async (project) => tagged(await request("GET", `projects/${project}/header`)),
  changeHeader: async (project, stated, tag) => tagged(await request("PUT", `projects/${project}/header`, stated, { "If-Match": tag })),

  tables: () => pages("tables"),
  addTable: (file) => sendText("tables", file),
  authorise: (table, word) => call("POST", `tables/${table}/authorise`, word),
  weights: () => call("GET", "weights"),
  models: () => call("GET", "models"),
  addModel: (file) => send("models", file),
  compareModel: (model, films) => call("POST", `models/${model}/comparisons`, films),
  activateModel: (model, decision) => call("POST", `models/${model}/activation`, decision),
  worthLabelling: async (project) => (await call("GET", `projects/${project}/worth-labelling`)).items,
  archive: () => call("GET", "archive"),
  sendDiconde: (film, whole) => call("POST", `films/${film}/diconde`, { film: whole }),
  verdict: (film) => call("GET", `films/${film}/verdict`),
  document: async (address) => {
    const response = await fetch(address);
    return response.ok ? response.blob() : answer(response);
  },
  sign: (film, signature) => call("POST", `films/${film}/signatures`, signature),
};

/** Addresses that the browser itself asks for. */
export const address = {
  thumbnail: (film) => `/api/v1/films/${film}/thumbnail.jpeg`,
  tiles: (film) => `/api/v1/films/${film}/tiles`,
  indication: (film, indication) => `/api/v1/films/${film}/indications/${indication}/thumbnail.jpeg`,
  explanation: (film) => `/api/v1/films/${film}/explanation.png`,
  report: (film, kind, language) => `/api/v1/films/${film}/report.${kind}?language=${language}`,
  diconde: (film) => `/api/v1/films/${film}/diconde.zip`,
  corrections: (project) => `/api/v1/projects/${project}/export.zip`,
  modelEvents: "/api/v1/models/events",
  events: (project) => `/api/v1/projects/${project}/events`,
};

/** Send one film; `onProgress` hears the part sent, 0-1. fetch() tells nothing of that, so this is an XMLHttpRequest. */
export function uploadFilm(project, file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/projects/${project}/films`);
    if (csrf) request.setRequestHeader("X-CSRF-Token", csrf);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new ApiError(0, file.name));
    request.onload = () => {
      if (request.status < 300) resolve(request.response);
      else reject(new ApiError(request.status, sentence(request.response, request.status)));
    };
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}
