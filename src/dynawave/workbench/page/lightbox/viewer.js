/** The film itself, deep-zoomed by OpenSeadragon; the server renders each tile from the original grey values. */

import { address } from "../base/api.js";
import { h, svg } from "../base/dom.js";
import { previewTransfer } from "./view.js";

const OpenSeadragon = window.OpenSeadragon;
const SMOOTH_BELOW = 2; // from 2:1 on, an inspector wants to see pixels, not their interpolation
const RIM = 0.02; // of the film's sides

export class Viewer {
  #film = null;
  #drawn = null; // the view that the tiles on screen were rendered with
  #coming = null; // the layer that is loading
  #transfer = { slope: 1, intercept: 0 };

  constructor() {
    this.navigator = h("div", { class: "navigator" });
    this.element = h("div", { class: "viewer" }, this.#previewFilter());
  }

  /** To be called once the element is in the page: OpenSeadragon measures it. */
  start() {
    preventInlineStyle();
    this.osd = OpenSeadragon({
      element: this.element, showNavigationControl: false, showNavigator: true, navigatorElement: this.navigator, drawer: "canvas",
      navigatorDrawer: "canvas", animationTime: 0.25, springStiffness: 9, visibilityRatio: 0.3, minZoomImageRatio: 0.7, maxZoomPixelRatio: 16,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: false, flickEnabled: false }, imageLoaderLimit: 6, maxImageCacheCount: 400,
      keyboardNavEnabled: false, tabIndex: -1, navigatorDisplayRegionColor: "#7cc4e8", navigatorOpacity: 1, subPixelRoundingForTransparency: 2, timeout: 120000, tileRetryMax: 3, tileRetryDelay: 2000,
    });
    this.osd.innerTracker.keyDownHandler = null; // keys are the page's, all in one place
    this.osd.addHandler("open", () => this.fit(true));
    let smooth = true;
    this.osd.addHandler("animation", () => {
      if (smooth === this.zoom < SMOOTH_BELOW) return;
      smooth = !smooth;
      this.osd.drawer.setImageSmoothingEnabled(smooth);
    });
  }

  open(film, view) {
    this.#film = film;
    this.#drawn = { ...view };
    this.#coming = null;
    this.#setTransfer({ slope: 1, intercept: 0 });
    this.osd.open(this.#tiles(view));
  }

  close() {
    this.#film = null;
    this.osd.close();
  }

  /** Show another window at once by arithmetic on the 8-bit picture; `draw` follows with the exact one. */
  preview(view) {
    if (this.#drawn) this.#setTransfer(previewTransfer(this.#drawn, view));
  }

  /** Load the tiles of another view beneath the present ones, which go when all of it is there. */
  draw(view) {
    if (!this.#film) return;
    if (this.#coming?.item) this.osd.world.removeItem(this.#coming.item);
    const wanted = (this.#coming = { view: { ...view } });
    this.osd.addTiledImage({
      tileSource: this.#tiles(view), index: 0,
      success: ({ item }) => {
        if (wanted !== this.#coming) return this.osd.world.removeItem(item);
        wanted.item = item;
        item.addHandler("fully-loaded-change", (event) => event.fullyLoaded && wanted === this.#coming && this.#arrive(wanted));
      },
    });
  }

  #arrive({ item, view }) {
    const { world } = this.osd;
    for (const other of Array.from({ length: world.getItemCount() }, (_, index) => world.getItemAt(index))) {
      if (other !== item) world.removeItem(other);
    }
    this.#coming = null;
    this.#drawn = view;
    this.osd.addOnceHandler("update-viewport", () => this.#setTransfer({ slope: 1, intercept: 0 }));
    this.osd.forceRedraw();
  }

  #tiles(view) {
    const { id, width, height, tile, levels } = this.#film;
    const query = new URLSearchParams({
      low: view.low, high: view.high, invert: Number(view.invert), clahe: Number(view.clahe), detail: Number(view.detail),
    });
    return {
      width, height, tileSize: tile, tileOverlap: 0, minLevel: 0, maxLevel: levels - 1,
      getTileUrl: (level, column, row) => `${address.tiles(id)}/${level}/${column}_${row}.png?${query}`,
    };
  }

  #previewFilter() {
    this.channels = ["R", "G", "B"].map((channel) => svg(`feFunc${channel}`, { type: "linear", slope: 1, intercept: 0 }));
    return svg("svg", { width: 0, height: 0, "aria-hidden": "true" }, svg("filter", { id: "window-preview", "color-interpolation-filters": "sRGB" },
      svg("feComponentTransfer", {}, this.channels)));
  }

  #setTransfer({ slope, intercept }) {
    for (const channel of this.channels) {
      channel.setAttribute("slope", slope);
      channel.setAttribute("intercept", intercept);
    }
    this.osd.drawer.canvas.style.filter = slope === 1 && intercept === 0 ? "" : "url(#window-preview)";
  }

  /** Where the film lies in the element: upper left corner and screen pixels a film pixel, while moving, too. */
  get placement() {
    const { viewport } = this.osd;
    const corner = viewport.pixelFromPoint(new OpenSeadragon.Point(0, 0), true);
    return { x: corner.x, y: corner.y, scale: this.zoom };
  }

  /** Screen pixels a film pixel: 1 is 1:1. */
  get zoom() {
    const { viewport } = this.osd;
    return this.#film ? (viewport.getZoom(true) * viewport.getContainerSize().x) / this.#film.width : 1;
  }

  /** Film pixels of a place in the window. */
  toFilm({ clientX, clientY }) {
    const { left, top } = this.element.getBoundingClientRect();
    const { x, y, scale } = this.placement;
    return [(clientX - left - x) / scale, (clientY - top - y) / scale];
  }

  /** The film's place in the middle of the view. */
  get centre() {
    const { x, y } = this.osd.viewport.getCenter();
    return [x * this.#film.width, y * this.#film.width];
  }

  onMove(listener) {
    this.osd.addHandler("update-viewport", listener);
    this.osd.addHandler("resize", listener);
  }

  onOpen(listener) {
    this.osd.addHandler("open", listener);
  }

  onClick(listener) {
    this.osd.addHandler("canvas-click", (event) => event.quick && listener(event.originalEvent));
  }

  /** Show the whole film, with a rim that leaves room for labels. */
  fit(immediately = false) {
    const height = this.#film.height / this.#film.width;
    this.osd.viewport.fitBounds(new OpenSeadragon.Rect(-RIM, -RIM * height, 1 + 2 * RIM, (1 + 2 * RIM) * height), immediately);
  }

  zoomTo(ratio) {
    this.zoomBy(ratio / this.zoom);
  }

  zoomBy(factor) {
    this.osd.viewport.zoomBy(factor);
    this.osd.viewport.applyConstraints();
  }

  /** Move the view by parts of its size. */
  pan(right, down) {
    const { width, height } = this.osd.viewport.getBounds();
    this.osd.viewport.panBy(new OpenSeadragon.Point(right * width, down * height));
    this.osd.viewport.applyConstraints();
  }

  /** Enlarge a box of film pixels, with as much room about it. */
  closeUp([x, y, width, height]) {
    const room = Math.max(width, height);
    const scale = 1 / this.#film.width;
    this.osd.viewport.fitBounds(new OpenSeadragon.Rect((x - room) * scale, (y - room) * scale, (width + 2 * room) * scale, (height + 2 * room) * scale));
  }

  /** Bring a box of film pixels into view; the zoom stays where the box is seen whole. */
  show([x, y, width, height]) {
    const scale = 1 / this.#film.width;
    const box = new OpenSeadragon.Rect(x * scale, y * scale, width * scale, height * scale);
    const { viewport } = this.osd;
    const seen = viewport.getBounds();
    if (box.width > 0.8 * seen.width || box.height > 0.8 * seen.height) this.closeUp([x, y, width, height]);
    else if (!(box.x >= seen.x && box.y >= seen.y && box.x + box.width <= seen.x + seen.width && box.y + box.height <= seen.y + seen.height)) {
      viewport.panTo(box.getCenter());
      viewport.applyConstraints();
    }
  }
}

/**
 * OpenSeadragon would add an inline style for touch screens, which the content security policy forbids, were an element
 * of this name not there; one of no namespace is no style.
 */
function preventInlineStyle() {
  const mark = document.createElementNS("", "style");
  mark.setAttribute("data-openseadragon-mobile-css", "");
  document.head.append(mark);
}
