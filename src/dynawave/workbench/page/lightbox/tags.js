/** Labels of the indications: beside their box where no other label lies; else they wait until the film is enlarged. */

import { svg } from "../base/dom.js";
import { state } from "../base/state.js";
import { label } from "../indications/shown.js";

const HEIGHT = 16;
const GAP = 3;
const SIGNS = { accepted: " ✓", rejected: " ✕", open: "" };

export class Tag {
  constructor(indication) {
    const text = label(indication) + SIGNS[indication.state];
    this.indication = indication;
    this.selected = indication.id === state.selected;
    this.width = 9 + 7.2 * text.length;
    this.element = svg("g", { class: `tag ${indication.state} ${this.selected ? "selected" : ""}`, vars: { "--class": indication.class.colour } },
      svg("rect", { width: this.width, height: HEIGHT, rx: 2 }), svg("rect", { class: "stripe", width: 3, height: HEIGHT }), svg("text", { x: 7, y: 12 }, text));
  }

  /** Where it may lie, the best first: above, below, right, left of the box. */
  #places({ x, y, scale }) {
    const [left, top, width, height] = this.indication.box.map((side) => side * scale);
    const middle = y + top + height / 2 - HEIGHT / 2;
    return [[x + left, y + top - HEIGHT - GAP], [x + left, y + top + height + GAP], [x + left + width + GAP, middle], [x + left - this.width - GAP, middle]];
  }

  /** Move it to the first free place; false where there is none. */
  place(placement, taken) {
    const free = this.#places(placement).find(([left, top]) =>
      taken.every((other) => left >= other.right || left + this.width <= other.left || top >= other.bottom || top + HEIGHT <= other.top));
    const [left, top] = free ?? this.#places(placement)[0];
    if (free || this.selected) {
      taken.push({ left, top, right: left + this.width, bottom: top + HEIGHT });
      this.element.setAttribute("transform", `translate(${left} ${top})`);
    }
    this.element.setAttribute("visibility", free || this.selected ? "visible" : "hidden");
  }
}

/** The selected one first, then by number: the surer ones of the model come before the others. */
export function placeTags(tags, placement) {
  const taken = [];
  for (const tag of [...tags].sort((one, other) => other.selected - one.selected || one.indication.number - other.indication.number)) tag.place(placement, taken);
}
