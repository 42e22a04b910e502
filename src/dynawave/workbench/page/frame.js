/** The page's frame: head, films on the left, light box in the middle, the three steps on the right. */

import { h, icon } from "./base/dom.js";
import { shortcut, showShortcuts } from "./base/keys.js";
import { on, state } from "./base/state.js";
import { changeLanguage, language, LANGUAGES, number, t } from "./base/texts.js";
import { inspect } from "./films/events.js";
import { filmPane, progressOf } from "./films/list.js";
import { indicationDetail } from "./indications/detail.js";
import { indicationList } from "./indications/list.js";
import { visible } from "./indications/shown.js";
import { lightbox } from "./lightbox/stage.js";
import { windowPanel } from "./lightbox/window.js";
import { modelButton } from "./models/panel.js";
import { adminPage } from "./people/admin.js";
import { personButtons } from "./people/buttons.js";
import { reportPanel, sign } from "./report/panel.js";
import { verdictPanel } from "./verdict/verdict.js";

export function showFrame() {
  const box = lightbox();
  const films = h("aside", { class: "side films-side", "aria-label": t("films") }, filmPane(), windowPanel(),
    h("section", { class: "pane navigator-pane", "aria-label": t("navigator") }, box.navigator));
  const steps = stepsPanel(box);
  shortcut("keys.help", "?", "shortcuts", showShortcuts);
  document.body.replaceChildren(head(), films, box.element, steps);
  box.start();
}

/** What an administrator sees in its place. */
export function showAdmin() {
  document.body.replaceChildren(head(), adminPage());
}

function head() {
  const facts = h("div", { class: "facts" });
  on("film", () => facts.replaceChildren(...(state.film ? filmFacts(state.film) : [])));
  const languages = h("select", { class: "small", "aria-label": t("language"), on: { change: (event) => changeLanguage(event.target.value) } },
    LANGUAGES.map((each) => h("option", { value: each, selected: each === language, lang: each }, each.toUpperCase())));
  return h("header", { class: "head" }, h("div", { class: "brand" }, icon("wave"), "DynaWave"), facts, h("div", { class: "row push" }, state.me?.role !== "admin" && modelButton(), personButtons(), languages,
    h("button", { class: "plain small", "aria-label": t("shortcuts"), title: `${t("shortcuts")} (?)`, on: { click: showShortcuts } }, "?")));
}

function filmFacts({ name, width, height, bits, pixel_size_mm, pixel_size_source }) {
  const scale = pixel_size_mm ? t(`scale.${pixel_size_source}`, { size: number(pixel_size_mm, 4) }) : t("scale.unknown");
  return [h("strong", { title: name }, name), h("span", {}, `${number(width)} × ${number(height)} px`), h("span", {}, `${bits} bit`),
    h("span", { class: pixel_size_mm ? "" : "warning-text" }, !pixel_size_mm && icon("warning"), scale)];
}

/** Indications, verdict, report: tabs in the order of the work, with the next step at the foot. */
function stepsPanel(box) {
  const panels = {
    indications: h("div", { class: "panel-body fixed" }, indicationList(box), indicationDetail(box)),
    verdict: verdictPanel(),
    report: reportPanel(),
  };
  const names = Object.keys(panels);
  const tabs = names.map((name, index) => h("button", { role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, on: { click: () => show(name) } },
    h("span", { class: "step" }, String(index + 1)), t(name)));
  for (const [name, panel] of Object.entries(panels)) {
    for (const [key, value] of [["role", "tabpanel"], ["id", `panel-${name}`], ["aria-labelledby", `tab-${name}`]]) panel.setAttribute(key, value);
  }
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": t("steps") }, tabs);
  const foot = h("footer", { class: "next-step" });
  let shown = "indications";

  function show(name) {
    shown = name;
    names.forEach((each, index) => {
      panels[each].hidden = each !== name;
      tabs[index].setAttribute("aria-selected", each === name);
      tabs[index].tabIndex = each === name ? 0 : -1;
    });
    fillFoot();
  }

  function fillFoot() {
    foot.replaceChildren(...(state.film ? nextStep(shown, show) : []));
  }

  list.addEventListener("keydown", (event) => {
    const places = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!places) return;
    const next = (names.indexOf(shown) + places + names.length) % names.length;
    show(names[next]);
    tabs[next].focus();
  });
  names.forEach((name, index) => shortcut("keys.report", `Shift+${index + 1}`, `step.${name}`, () => show(name)));
  shortcut("keys.decide", "x", "inspect", () => state.film && inspect(state.film));
  on(["film", "indications", "progress", "threshold"], fillFoot);
  show(shown);
  return h("aside", { class: "side steps-side", "aria-label": t("steps") }, list, Object.values(panels), foot);
}

/** What is to be done next, as one button. */
function nextStep(shown, show) {
  const { film } = state;
  const button = (text, picture, action, kind = "primary") => h("button", { class: kind, on: { click: action } }, icon(picture), t(text));
  const progress = progressOf(film);
  if (progress !== null) {
    return [h("div", { class: "progress", role: "progressbar", "aria-valuenow": Math.round(100 * progress), "aria-label": t("status.inspecting") },
      h("span", { class: "bar", vars: { "--part": progress } }), h("span", { class: "meta" }, `${t("status.inspecting")} ${number(100 * progress)} %`))];
  }
  if (shown === "indications") {
    if (film.status !== "inspected") return [button("inspect", "model", () => inspect(film))];
    const open = state.indications.filter((each) => each.state === "open" && visible(each)).length;
    return [button("inspect.again", "model", () => inspect(film), "plain"), button("to.verdict", "next", () => show("verdict"), open ? "plain" : "primary")];
  }
  if (shown === "verdict") return [button("to.report", "next", () => show("report"))];
  return film.signatures.length ? [] : [button("sign", "sign", sign)];
}
