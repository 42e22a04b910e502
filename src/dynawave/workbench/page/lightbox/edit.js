/** Moving the corners of an indication: a box by its sides and corners, a polygon by its points. Nothing is saved before `save`. */

import { state } from "../base/state.js";
import { boxOf, clamp, distance, isBox, middle, outlineOf } from "./shapes.js";

const REACH_PX = 9;

export class Edit {
  id = null;
  points = [];
  box = false;

  constructor(viewer, changed) {
    Object.assign(this, { viewer, changed });
  }

  get active() {
    return this.id !== null;
  }

  start(indication) {
    this.current = 0; // the corner that the arrow keys move
    this.id = indication.id;
    this.points = outlineOf(indication).map((point) => [...point]);
    this.box = isBox(this.points);
    this.changed();
  }

  stop() {
    this.id = null;
    this.points = [];
    this.changed();
  }

  /** What the server is to hear. */
  get shape() {
    const rounded = this.points.map(([x, y]) => [Math.round(x * 10) / 10, Math.round(y * 10) / 10]);
    return this.box ? { box: boxOf([rounded[0], rounded[2]]) } : { polygon: rounded };
  }

  /** Places between the points: pulling one makes a new point (polygon) or moves a side (box). */
  get between() {
    return this.points.map((point, index) => middle(point, this.points[(index + 1) % this.points.length]));
  }

  begin(event) {
    const place = this.viewer.toFilm(event);
    const reach = REACH_PX / this.viewer.zoom;
    const nearest = (points) => points.findIndex((point) => distance(point, place) < reach);
    const corner = nearest(this.points);
    if (corner >= 0) return event.altKey && !this.box ? this.#drop(corner) : this.#pull((to) => this.#moveCorner(corner, to));
    const side = nearest(this.between);
    if (side < 0) return null;
    if (this.box) return this.#pull((to) => this.#moveSide(side, to));
    this.points.splice(side + 1, 0, place);
    return this.#pull((to) => this.#moveCorner(side + 1, to));
  }

  nudge([right, down]) {
    const [x, y] = this.points[this.current];
    this.#moveCorner(this.current, clamp([x + right, y + down], state.film));
    this.changed();
  }

  /** Go on to the next corner. */
  set() {
    this.current = (this.current + 1) % this.points.length;
    this.changed();
  }

  #pull(move) {
    return {
      move: (event) => {
        move(clamp(this.viewer.toFilm(event), state.film));
        this.changed();
      },
      up() {},
    };
  }

  #drop(index) {
    if (this.points.length > 3) this.points.splice(index, 1);
    this.current = 0;
    this.changed();
    return { move() {}, up() {} };
  }

  #moveCorner(index, [x, y]) {
    this.points[index] = [x, y];
    if (!this.box) return;
    const [before, after] = [(index + 3) % 4, (index + 1) % 4];
    const level = index % 2 === 0 ? after : before; // corners run clockwise from the upper left: this one shares y
    const upright = index % 2 === 0 ? before : after;
    this.points[level][1] = y;
    this.points[upright][0] = x;
  }

  #moveSide(side, [x, y]) {
    const ends = [this.points[side], this.points[(side + 1) % 4]];
    for (const end of ends) end[side % 2 === 0 ? 1 : 0] = side % 2 === 0 ? y : x;
  }
}
