/** The form of the report's header: client, order, technique. It holds for all films of the project, and is saved field by field. */

import { field } from "../base/dialog.js";
import { h } from "../base/dom.js";
import { on, state } from "../base/state.js";
import { t } from "../base/texts.js";
import { changeHeader, loadHeader, mayState, statedNow } from "./stated.js";

const LINE = 500;
const TEXT = 5000;
/** A name with a point is that of a part: technique.iqi. */
const GROUPS = {
  order: ["client", "order", "project", "part", "drawing", "weld_number", "company.name", "company.address"],
  weld: ["material", "filler", "welding_process", "heat_treatment"],
  technique: ["procedure", "standard", "source", "voltage", "current", "exposure", "focal_spot", "distance", "film", "screens", "density", "iqi"].map((each) => `technique.${each}`),
  remarks: ["remarks"],
};

export function headerForm() {
  const inputs = Object.values(GROUPS).flat().map((name) => (name === "remarks" ? h("textarea", { name, maxlength: TEXT, rows: 3 })
    : h("input", { name, type: "text", maxlength: LINE, autocomplete: "off" })));
  const input = (name) => inputs.find((each) => each.name === name);
  const counts = Object.fromEntries(Object.keys(GROUPS).map((group) => [group, h("span", { class: "meta push" })]));
  const sections = Object.entries(GROUPS).map(([group, names]) => h("details", { class: "header-group" },
    h("summary", {}, t(`header.${group}.group`), counts[group]),
    h("div", { class: names.length > 1 ? "grid-fields" : "" }, names.map((name) => field(t(`header.${name}`), input(name))))));
  const fields = h("fieldset", {}, sections);
  const form = h("form", { class: "header-form", "aria-label": t("header") }, h("p", { class: "aid" }, t("header.says")), fields);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", ({ target }) => changeHeader((stated) => withField(stated, target.name, target.value.trim())));

  const shown = new Map(inputs.map((each) => [each, ""]));

  /** What the server has; a field that is being typed in is left alone. */
  function fill() {
    const stated = statedNow();
    fields.disabled = !stated || !mayState();
    for (const each of inputs) {
      if (each === document.activeElement && each.value !== shown.get(each)) continue;
      each.value = (stated && valueOf(stated, each.name)) ?? "";
      shown.set(each, each.value);
    }
    for (const [group, names] of Object.entries(GROUPS)) {
      const filled = stated ? names.filter((name) => valueOf(stated, name)).length : 0;
      counts[group].textContent = filled ? t("header.filled", { filled, all: names.length }) : "";
    }
    const { film, project } = state;
    const weld = { ...film?.header, ...film?.weld };
    const known = { project: project?.name, part: weld.component, filler: weld.filler, welding_process: weld.process };
    for (const [name, text] of Object.entries(known)) input(name).placeholder = text ?? "";
  }

  on("project", loadHeader);
  on(["header", "film"], fill);
  fill();
  return form;
}

function valueOf(stated, name) {
  const [first, second] = name.split(".");
  return second ? stated[first]?.[second] : stated[first];
}

/** The header with one field changed; what is empty is left out. */
function withField(stated, name, value) {
  const [first, second] = name.split(".");
  if (second) return withField(stated, first, withField(stated[first] ?? {}, second, value));
  const { [first]: _, ...rest } = stated;
  return value === "" || (typeof value === "object" && !Object.keys(value).length) ? rest : { ...rest, [first]: value };
}
