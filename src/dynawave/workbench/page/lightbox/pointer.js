/** Who gets a press on the film: a tool, a handle, the window (right button), or else OpenSeadragon, which moves the film. */

import { state } from "../base/state.js";
import { windowDrag } from "./view.js";

/** `begin(event)` gives a gesture {move(event), up(event)} or null; `hover(event)` hears moves without a press. */
export function listenToPointer(stage, viewer, { begin, hover }) {
  let space = false;
  document.addEventListener("keydown", (event) => { if (event.key === " ") space = true; });
  document.addEventListener("keyup", (event) => { if (event.key === " ") space = false; });

  function gestureOf(event) {
    if (!state.film || space || event.target.closest(".over-film")) return null;
    if (event.button === 2 || (event.button === 0 && state.tool === "window")) return windowGesture(event);
    return event.button === 0 ? begin(event) : null;
  }

  function windowGesture(start) {
    const drag = windowDrag(stage.getBoundingClientRect());
    return { move: (event) => drag(event.clientX - start.clientX, event.clientY - start.clientY), up() {} };
  }

  let gesture = null;
  stage.addEventListener("pointerdown", (event) => {
    gesture = gestureOf(event);
    if (!gesture) return;
    event.stopPropagation(); // in the capturing phase: OpenSeadragon does not hear of it
    stage.setPointerCapture(event.pointerId);
    stage.classList.add("busy");
  }, true);
  stage.addEventListener("pointermove", (event) => (gesture ? gesture.move(event) : hover(event)));
  const end = (event) => {
    gesture?.up(event);
    gesture = null;
    stage.classList.remove("busy");
  };
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointercancel", end);
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
}
