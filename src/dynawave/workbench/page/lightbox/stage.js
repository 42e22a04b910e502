/** The light box: the film, its tools, and what happens when one of them has been used. */

import { h } from "../base/dom.js";
import { shortcut } from "../base/keys.js";
import { change, on, selectedIndication, state } from "../base/state.js";
import { t } from "../base/texts.js";
import { drawIndication, redraw } from "../indications/decide.js";
import { emptyStage } from "../films/upload.js";
import { calibrate } from "./calibrate.js";
import { Edit } from "./edit.js";
import { drawByKeys } from "./keyboard.js";
import { measure, measures } from "./measure.js";
import { Overlay } from "./overlay.js";
import { listenToPointer } from "./pointer.js";
import { profilePanel } from "./profile.js";
import { followQuality, MARKS, markQuality } from "./quality.js";
import { area, boxOf, inside, outlineOf } from "./shapes.js";
import { Sketch } from "./sketch.js";
import { statusLine } from "./status.js";
import { TOGGLES, TOOLS, toolbar } from "./toolbar.js";
import { changeView, drawViews, firstView, resetView } from "./view.js";
import { Viewer } from "./viewer.js";
import { visible } from "../indications/shown.js";

const TOOL_KEYS = { hand: "v", window: "w", distance: "d", area: "s", profile: "p", calibrate: "k", snr: "m", duplex: "j", box: "b", polygon: "g" };
const TOGGLE_KEYS = { invert: "i", clahe: "l", detail: "t" };
const LEAST_EDITED_PX = 160; // on screen: a smaller shape is enlarged, so that its corners lie apart
const STEP = 0.15; // of the view, for one arrow key

export function lightbox() {
  const viewer = new Viewer();
  const sketch = new Sketch(viewer, () => overlay.move(), used);
  const edit = new Edit(viewer, () => overlay.move());
  const overlay = new Overlay(viewer, sketch, edit);
  listKeys();
  const tools = toolbar(viewer);
  const status = statusLine(viewer);
  const profile = profilePanel();
  profile.onClose = () => forget("profile");
  const editBar = h("div", { class: "edit-bar over-film", hidden: true, role: "group", "aria-label": t("edit") },
    h("span", {}, t("edit.says")),
    h("button", { class: "plain small", on: { click: cancel } }, t("cancel")),
    h("button", { class: "primary small", on: { click: saveEdit } }, t("edit.save")));
  const film = h("div", { class: "film-area", tabindex: 0, role: "application", "aria-label": t("lightbox") }, viewer.element, overlay.element, editBar, emptyStage());
  const element = h("main", { class: "stage" }, tools.element, film, profile.element, status.element);

  function used(tool, points) {
    if (tool === "distance" || tool === "area") measure(tool, points);
    if (tool === "profile") {
      forget("profile");
      measure("profile", points);
      profile.show(points);
    }
    if (tool === "calibrate") calibrate(points);
    if (tool in MARKS) markQuality(tool, points);
    if (tool === "box") drawIndication({ box: boxOf(points) });
    if (tool === "polygon") drawIndication({ polygon: points });
    if (["box", "polygon", "calibrate", ...Object.keys(MARKS)].includes(tool)) change({ tool: "hand" });
    overlay.move();
  }

  function forget(kind) {
    const index = measures.findLastIndex((each) => !kind || each.kind === kind);
    if (index >= 0) measures.splice(index, 1);
    if (state.film) overlay.move();
  }

  function pick(event) {
    const place = viewer.toFilm(event);
    const hit = state.overlay ? state.indications.filter((each) => visible(each) && inside(place, outlineOf(each))) : [];
    hit.sort((one, other) => area(outlineOf(one)) - area(outlineOf(other)));
    change({ selected: hit[0]?.id ?? null });
  }

  function startEdit() {
    const indication = selectedIndication();
    if (!indication) return;
    change({ tool: "hand", overlay: true });
    edit.start(indication);
    film.focus();
    if (Math.max(...indication.box.slice(2)) * viewer.zoom < LEAST_EDITED_PX) viewer.closeUp(indication.box);
    else viewer.show(indication.box);
    showEdit();
  }

  function saveEdit() {
    const { id, shape } = edit;
    edit.stop();
    showEdit();
    redraw(id, shape);
  }

  function showEdit() {
    editBar.hidden = !edit.active;
    overlay.fill();
  }

  function cancel() {
    if (edit.active) {
      edit.stop();
      showEdit();
    } else if (sketch.points.length) sketch.cancel();
    else if (state.tool !== "hand") change({ tool: "hand" });
    else change({ selected: null });
  }

  function listKeys() {
    for (const name of TOOLS) shortcut("keys.tools", TOOL_KEYS[name], `tool.${name}`, () => state.film && change({ tool: name }));
    for (const name of TOGGLES) shortcut("keys.picture", TOGGLE_KEYS[name], `tool.${name}`, () => changeView({ [name]: !state.view[name] }));
    shortcut("keys.picture", "o", "tool.overlay", () => change({ overlay: !state.overlay }));
    shortcut("keys.picture", "h", "tool.explanation", () => change({ explanation: !state.explanation }));
    shortcut("keys.picture", "0", "key.auto", () => state.film && resetView(state.film.robust));
    shortcut("keys.move", "f", "tool.fit", () => viewer.fit());
    shortcut("keys.move", "1", "tool.one", () => viewer.zoomTo(1));
    shortcut("keys.move", "2", "key.two", () => viewer.zoomTo(2));
    shortcut("keys.move", "+", "key.in", () => viewer.zoomBy(1.5));
    shortcut("keys.move", "-", "key.out", () => viewer.zoomBy(1 / 1.5));
    for (const [key, right, down] of [["Left", -1, 0], ["Right", 1, 0], ["Up", 0, -1], ["Down", 0, 1]]) {
      shortcut("keys.move", `Arrow${key}`, `key.${key}`, () => state.film && viewer.pan(right * STEP, down * STEP));
    }
    shortcut("keys.tools", " ", "key.set", () => film.focus());
    shortcut("keys.tools", "Enter", "key.finish", () => (edit.active ? saveEdit() : sketch.points.length && sketch.finish()));
    shortcut("keys.tools", "Escape", "key.cancel", cancel);
    shortcut("keys.tools", "Delete", "key.forget", () => sketch.back() || forget());
    shortcut("keys.decide", "e", "edit", startEdit);
  }

  listenToPointer(film, viewer, {
    begin: (event) => (edit.active ? edit.begin(event) : sketch.kind ? sketch.begin(event) : null),
    hover: (event) => {
      if (sketch.kind) sketch.hover(event);
      status.point(event);
    },
  });
  drawByKeys(film, viewer, sketch, edit);
  followQuality();
  const draw = drawViews(viewer);
  let shown = null;
  on("film", () => {
    element.classList.toggle("empty", !state.film);
    if (shown === state.film?.id) return overlay.fill();
    shown = state.film?.id;
    measures.length = 0;
    cancel();
    if (!state.film) return viewer.close();
    change({ view: firstView(state.film) });
    viewer.open(state.film, state.view);
  });
  on("view", () => viewer.osd.isOpen() && draw());
  on("tool", () => {
    sketch.cancel();
    film.dataset.tool = state.tool;
    if (sketch.kind) film.focus();
  });
  on(["indications", "threshold", "overlay", "explanation", "selected"], () => overlay.fill());
  on(["header", "quality"], () => overlay.move());
  on("selected", () => {
    if (edit.active && edit.id !== state.selected) cancel();
  });
  return {
    element, navigator: viewer.navigator, startEdit,
    start() {
      viewer.start();
      viewer.onMove(() => { overlay.move(); tools.showZoom(); });
      viewer.onOpen(() => overlay.fill());
      viewer.onClick((event) => state.film && !edit.active && !sketch.kind && pick(event));
    },
    show: (indication) => viewer.show(indication.box),
  };
}
