/**
 * Drawing, measuring and editing without a mouse, while the film has the focus: arrows move a cross or the corner, the
 * space bar sets a point or goes on to the next corner.
 */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP_PX = 8; // on screen; with the shift key one
const SPACE = " ";

export function drawByKeys(film, viewer, sketch, edit) {
  film.addEventListener("keydown", (event) => {
    const tool = edit.active ? edit : sketch.kind ? sketch : null;
    const arrow = ARROWS[event.key];
    if (!tool || event.ctrlKey || (!arrow && event.key !== SPACE)) return;
    event.preventDefault();
    event.stopPropagation();
    const step = (event.shiftKey ? 1 : STEP_PX) / viewer.zoom;
    if (arrow) tool.nudge(arrow.map((way) => way * step));
    else tool.set();
  });
}
