/** What is drawn over the film: indications with their letters, the sketch, the handles and the measurements. */

import { address } from "../base/api.js";
import { svg } from "../base/dom.js";
import { selectedIndication, state } from "../base/state.js";
import { visible } from "../indications/shown.js";
import { measures, measureText } from "./measure.js";
import { drawnMarks } from "./quality.js";
import { area, distance, outlineOf } from "./shapes.js";
import { placeTags, Tag } from "./tags.js";

const path = (points, closed) => points.map(([x, y], index) => `${index ? "L" : "M"}${x} ${y}`).join("") + (closed ? "Z" : "");

export class Overlay {
  #tags = [];

  constructor(viewer, sketch, edit) {
    Object.assign(this, { viewer, sketch, edit });
    this.film = svg("g"); // in film pixels, carried along with the film
    this.screen = svg("g"); // in screen pixels
    this.marks = svg("g");
    this.element = svg("svg", { class: "overlay", "aria-hidden": "true" }, this.film, this.screen, this.marks);
  }

  /** Draw the indications anew. */
  fill() {
    const shown = state.overlay && state.film ? state.indications.filter((each) => visible(each) && each.id !== this.edit.id) : [];
    const order = [...shown].sort((one, other) => (one.id === state.selected) - (other.id === state.selected));
    this.film.replaceChildren(...this.#explanation(), ...order.map((each) => this.#outline(each)));
    this.#tags = order.map((each) => new Tag(each));
    this.screen.replaceChildren(...this.#tags.map((each) => each.element));
    this.move();
  }

  /** The model's flaw probability as the opacity of one colour. */
  #explanation() {
    if (!state.explanation || state.film?.status !== "inspected") return [];
    const { id, width, height, revision } = state.film;
    return [svg("image", { href: `${address.explanation(id)}?revision=${revision}`, width, height, preserveAspectRatio: "none" })];
  }

  #outline(indication) {
    const shape = path(outlineOf(indication), true);
    const selected = indication.id === state.selected ? "selected" : "";
    return svg("g", { class: `shape ${indication.state} ${selected}`, vars: { "--class": indication.class.colour } },
      svg("path", { class: "halo", d: shape }), svg("path", { class: "line", d: shape }));
  }

  /** Follow the film. */
  move() {
    if (!state.film) return;
    const { x, y, scale } = this.viewer.placement;
    this.film.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    placeTags(this.#tags, { x, y, scale });
    this.#drawMarks(([across, down]) => [x + across * scale, y + down * scale]);
  }

  #drawMarks(place) {
    this.marks.replaceChildren(
      ...[...drawnMarks(), ...measures].map((each) => this.#measure(each, place)),
      ...(this.sketch.points.length || this.sketch.loose ? [this.#sketch(place)] : []),
      ...(this.edit.active ? [this.#handles(place)] : []));
  }

  #measure({ kind, points, text }, place) {
    const spots = points.map(place);
    const closed = ["area", "snr"].includes(kind);
    const [x, y] = spots.reduce(([a, b], [c, d]) => [a + c / spots.length, b + d / spots.length], [0, 0]);
    return svg("g", { class: `measure ${kind}` }, svg("path", { class: "halo", d: path(spots, closed) }), svg("path", { class: "line", d: path(spots, closed) }),
      spots.map(([cx, cy]) => svg("circle", { cx, cy, r: 2.5 })), svg("text", { x, y: y - 7 }, measureText({ kind, points, text })));
  }

  #sketch(place) {
    const { points, loose, kind } = this.sketch;
    const all = loose ? [...points, loose] : points;
    const spots = [...points.map(place), ...(loose ? [place(loose)] : [])];
    if (["box", "snr"].includes(state.tool) && all.length > 1) {
      const [[x0, y0], [x1, y1]] = all;
      return this.#drawing(path([[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map(place), true), spots);
    }
    const text = all.length > 1 && ["distance", "area"].includes(state.tool) && (!kind.outline || area(all) > 0) && distance(all[0], all[1]) > 0
      ? measureText({ kind: state.tool, points: all }) : null;
    return this.#drawing(path(all.map(place), false), spots, text && { text, place: place(all.at(-1)) });
  }

  #drawing(shape, spots, note) {
    return svg("g", { class: "sketch" }, svg("path", { class: "halo", d: shape }), svg("path", { class: "line", d: shape }),
      spots.map(([cx, cy]) => svg("circle", { cx, cy, r: 4 })), note && svg("text", { x: note.place[0] + 12, y: note.place[1] - 8 }, note.text));
  }

  #handles(place) {
    const spots = this.edit.points.map(place);
    const colour = selectedIndication()?.class.colour ?? "#fff";
    const square = ([x, y], size, name) => svg("rect", { class: name, x: x - size / 2, y: y - size / 2, width: size, height: size });
    return svg("g", { class: "handles", vars: { "--class": colour } }, svg("path", { class: "halo", d: path(spots, true) }), svg("path", { class: "line", d: path(spots, true) }),
      this.edit.between.map(place).map((spot) => square(spot, 5, "between")), spots.map((spot, index) => square(spot, index === this.edit.current ? 12 : 9, "corner")));
  }
}
