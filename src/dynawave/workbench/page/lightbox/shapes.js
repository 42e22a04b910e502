/** Plane geometry of what is drawn on a film; points are [x, y] in film pixels. */

export function distance([x0, y0], [x1, y1]) {
  return Math.hypot(x1 - x0, y1 - y0);
}

/** Area of a simple polygon (the shoelace formula). */
export function area(points) {
  const twice = points.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = points[(index + 1) % points.length];
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2;
}

export function boxOf([[x0, y0], [x1, y1]]) {
  return [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0)];
}

export function corners([x, y, width, height]) {
  return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
}

export function middle([x0, y0], [x1, y1]) {
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}

export function inside([x, y], points) {
  let within = false;
  points.forEach(([x1, y1], index) => {
    const [x0, y0] = points.at(index - 1);
    if (y1 > y !== y0 > y && x < ((x0 - x1) * (y - y1)) / (y0 - y1) + x1) within = !within;
  });
  return within;
}

export function clamp([x, y], { width, height }) {
  return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
}

/** The outline of an indication: its polygon, else its box. */
export function outlineOf(indication) {
  return indication.polygon?.length > 2 ? indication.polygon : corners(indication.box);
}

/** Whether an outline is the four corners of an upright box, clockwise from the upper left as `corners` gives them. */
export function isBox(points) {
  if (points.length !== 4) return false;
  const same = corners(boxOf([points[0], points[2]]));
  return same.every((corner, index) => distance(corner, points[index]) < 0.05);
}
