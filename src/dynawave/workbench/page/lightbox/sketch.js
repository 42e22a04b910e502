/** Points that a person is setting on the film: two for a line or a box, several for an outline. */

import { state } from "../base/state.js";
import { clamp, distance } from "./shapes.js";

const DRAG_PX = 5; // on screen: a press that moved further was a drag, and its end is the second point
const CLOSE_PX = 9; // a click that near to the first point closes the outline

/** What each tool needs: how many points, and whether they make an outline. */
export const SKETCHES = {
  distance: { points: 2 },
  profile: { points: 2 },
  calibrate: { points: 2 },
  snr: { points: 2 },
  duplex: { points: 2 },
  box: { points: 2 },
  area: { points: Infinity, outline: true },
  polygon: { points: Infinity, outline: true },
};

export class Sketch {
  points = [];
  loose = null; // where the pointer is: the point that would come next

  /** `changed()` after each change; `done(tool, points)` when the sketch is whole. */
  constructor(viewer, changed, done) {
    Object.assign(this, { viewer, changed, done });
  }

  get kind() {
    return SKETCHES[state.tool];
  }

  begin(event) {
    const start = this.#place(event);
    const ends = [this.points[0], this.points.at(-1)]; // a click on the first point, or a second one on the last
    if (this.kind.outline && this.points.length > 2 && ends.some((point) => this.#near(start, point))) {
      return { move() {}, up: () => this.finish() };
    }
    this.points.push(start);
    this.changed();
    return {
      move: (moved) => this.hover(moved),
      up: (released) => {
        const end = this.#place(released);
        if (this.points.length === 1 && this.#onScreen(start, end) > DRAG_PX) this.points.push(end);
        if (this.points.length >= this.kind.points) this.finish();
        else this.changed();
      },
    };
  }

  hover(event) {
    if (!this.points.length) return;
    this.loose = this.#place(event);
    this.changed();
  }

  finish() {
    const { points, kind } = this;
    this.cancel();
    if (points.length >= (kind.outline ? 3 : 2) && distance(points[0], points[1]) > 0) this.done(state.tool, points);
  }

  cancel() {
    this.points = [];
    this.loose = null;
    this.changed();
  }

  /** Move the place of the next point, at first the middle of what is seen. */
  nudge([right, down]) {
    const [x, y] = this.loose ?? this.viewer.centre;
    this.loose = clamp([x + right, y + down], state.film);
    this.changed();
  }

  /** Set a point where the next one would come. */
  set() {
    this.points.push(this.loose ?? clamp(this.viewer.centre, state.film));
    if (this.points.length >= this.kind.points) this.finish();
    else this.changed();
  }

  /** Take the last point back; false where there is none. */
  back() {
    const had = this.points.length > 0;
    this.points.pop();
    this.changed();
    return had;
  }

  #place(event) {
    return clamp(this.viewer.toFilm(event), state.film);
  }

  #onScreen(one, other) {
    return distance(one, other) * this.viewer.zoom;
  }

  #near(one, other) {
    return this.#onScreen(one, other) < CLOSE_PX;
  }
}
