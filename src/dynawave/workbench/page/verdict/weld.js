/** What a person states of the weld: the table, and what the table must know before it can judge. */

import { api } from "../base/api.js";
import { field } from "../base/dialog.js";
import { h, icon } from "../base/dom.js";
import { tell } from "../base/notice.js";
import { change, on, state } from "../base/state.js";
import { t, typedNumber } from "../base/texts.js";
import { loadFilm } from "../films/load.js";
import { addTable } from "./tables.js";

const JOINTS = ["butt", "partial_butt", "fillet"];
const LAYERS = ["single", "multi"];
const LENGTHS = ["thickness_mm", "throat_mm", "weld_width_mm", "weld_length_mm"];
const FIRST = ["level", "joint", "thickness_mm"];

export function weldForm() {
  const form = h("form", { class: "weld", "aria-label": t("weld"), novalidate: true });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", save);
  let shown = "";

  /** Fields that are asked for: those that every table needs, those stated already, and those that the verdict misses. */
  function fill() {
    if (!state.film) return form.replaceChildren();
    const weld = state.film.weld;
    const missing = missingFields();
    const now = JSON.stringify([state.film.id, weld, missing, state.tables.map((each) => [each.id, each.authorised])]);
    if (now === shown) return;
    shown = now;
    const focused = form.contains(document.activeElement) ? document.activeElement.name : null;
    const table = state.tables.find((each) => each.id === weld.table);
    const asked = LENGTHS.concat("layers").filter((name) => FIRST.includes(name) || weld[name] || missing.includes(name));
    form.replaceChildren(
      h("div", { class: "row" }, field(t("weld.table"), choice("table", state.tables.map((each) => [each.id, `${each.standard} (${each.edition})`]))),
        h("button", { type: "button", class: "bare", title: t("table.add"), "aria-label": t("table.add"), on: { click: addTable } }, icon("upload"))),
      h("div", { class: "grid-fields" },
        table?.levels.length !== 0 && field(t("weld.level"), choice("level", (table?.levels ?? []).map((each) => [each, each]))),
        field(t("weld.joint"), choice("joint", (table?.joints ?? JOINTS).map((each) => [each, t(`joint.${each}`)]))),
        asked.map((name) => (name === "layers" ? field(t("weld.layers"), choice("layers", LAYERS.map((each) => [each, t(`layers.${each}`)])))
          : field(t(`weld.${name}`), length(name))))));
    if (focused) form.elements[focused]?.focus();
  }

  function choice(name, options) {
    const select = h("select", { name, ...marks(name) }, h("option", { value: "" }, t("choose")), options.map(([value, text]) => h("option", { value }, text)));
    select.value = state.film.weld[name] ?? "";
    return select;
  }

  function length(name) {
    const value = state.film.weld[name];
    return h("input", { name, type: "text", inputmode: "decimal", autocomplete: "off", ...marks(name), value: value ? String(value) : undefined });
  }

  const missingFields = () => state.verdict?.missing ?? [];
  const marks = (name) => (missingFields().includes(name) ? { "aria-invalid": "true", class: "missing" } : {});

  async function save(event) {
    const { name, value } = event.target;
    const typed = LENGTHS.includes(name) ? typedNumber(value) : value || null;
    const weld = { ...state.film.weld, [name]: typed };
    if (name === "table") weld.level = null;
    if (Number.isNaN(typed) || (typed !== null && LENGTHS.includes(name) && typed <= 0)) {
      event.target.setAttribute("aria-invalid", "true");
      return;
    }
    const film = state.film.id;
    if ((await tell(() => api.weld(film, Object.fromEntries(Object.entries(weld).filter(([, each]) => each !== null))))) === undefined) return;
    await loadFilm(film);
  }

  on(["film", "verdict", "tables"], fill);
  return form;
}

/** A film without a table is judged by none: the form says so and asks. */
export function offerTables() {
  let asked = false;
  on("film", async () => {
    if (!state.film || asked) return;
    asked = true;
    const tables = await tell(api.tables);
    if (tables) change({ tables });
  });
}
