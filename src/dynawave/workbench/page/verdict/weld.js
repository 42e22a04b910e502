/** What a person states of the weld: the table, and what the table must know before it can judge. */

import { api } from "../base/api.js";
import { field } from "../base/dialog.js";
import { h, icon } from "../base/dom.js";
import { tell } from "../base/notice.js";
import { change, on, state } from "../base/state.js";
import { asTyped, t, typedNumber } from "../base/texts.js";
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
  form.addEventListener("focusout", saveUnnoticed);
  let shown = "";
  let stated = {}; // what the form says; ahead of the film's weld while that is being saved
  let saving = Promise.resolve();
  let underway = 0;
  let filling = false;

  /** Fields that are asked for: those that every table needs, those stated already, and those that the verdict misses. */
  function fill() {
    if (!state.film) return form.replaceChildren();
    if (underway) return;
    const { weld } = state.film;
    stated = { ...weld };
    const missing = missingFields();
    const now = JSON.stringify([state.film.id, weld, missing, state.tables.map((each) => [each.id, each.authorised])]);
    if (now === shown) return;
    shown = now;
    const active = form.contains(document.activeElement) ? document.activeElement : null;
    const table = state.tables.find((each) => each.id === weld.table);
    const asked = LENGTHS.concat("layers").filter((name) => FIRST.includes(name) || weld[name] || missing.includes(name));
    filling = true;
    form.replaceChildren(
      h("div", { class: "row" }, field(t("weld.table"), choice("table", state.tables.map((each) => [each.id, `${each.standard} (${each.edition})`]))),
        h("button", { type: "button", class: "bare", title: t("table.add"), "aria-label": t("table.add"), on: { click: addTable } }, icon("upload"))),
      h("div", { class: "grid-fields" },
        table?.levels.length !== 0 && field(t("weld.level"), choice("level", (table?.levels ?? []).map((each) => [each, each]))),
        field(t("weld.joint"), choice("joint", (table?.joints ?? JOINTS).map((each) => [each, t(`joint.${each}`)]))),
        asked.map((name) => (name === "layers" ? field(t("weld.layers"), choice("layers", LAYERS.map((each) => [each, t(`layers.${each}`)])))
          : field(t(`weld.${name}`), length(name))))));
    filling = false;
    const again = active && form.elements[active.name];
    if (again) {
      if (LENGTHS.includes(active.name)) again.value = active.value; // it may be half typed
      again.focus();
    }
  }

  function choice(name, options) {
    const select = h("select", { name, ...marks(name) }, h("option", { value: "" }, t("choose")), options.map(([value, text]) => h("option", { value }, text)));
    select.value = state.film.weld[name] ?? "";
    return select;
  }

  function length(name) {
    const value = state.film.weld[name];
    return h("input", { name, type: "text", inputmode: "decimal", autocomplete: "off", ...marks(name), value: value ? asTyped(value) : undefined });
  }

  const missingFields = () => [...(state.verdict?.missing ?? []), ...(state.verdict?.asked_for ?? [])];
  const marks = (name) => (missingFields().includes(name) ? { "aria-invalid": "true", class: "missing" } : {});

  function save({ target }) {
    const { name, value } = target;
    const length = LENGTHS.includes(name);
    const typed = length ? typedNumber(value) : value || null;
    if (length && typed !== null && !(typed > 0)) return target.setAttribute("aria-invalid", "true");
    stated = { ...stated, [name]: typed, ...(name === "table" && { level: null }) };
    const weld = Object.fromEntries(Object.entries(stated).filter(([, each]) => each !== null));
    const film = state.film.id;
    underway += 1;
    saving = saving.then(() => tell(() => api.weld(film, weld))); // one after the other, so that the last one stands
    saving.then((saved) => show(film, saved));
  }

  /** A length that was typed while the form was filled anew: its field is another one since, which has noticed no change. */
  function saveUnnoticed(event) {
    const { name, value } = event.target;
    if (!filling && LENGTHS.includes(name) && typedNumber(value) !== (stated[name] ?? null)) save(event);
  }

  /**
   * The form shows what the server has once that is read after the save. Until then an answer to an earlier question may
   * still come in, which knows nothing of the save: the form takes none of it.
   */
  async function show(film, saved) {
    if (saved === undefined) shown = "";
    if (state.film?.id === film) await loadFilm(film);
    underway -= 1;
    fill();
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
