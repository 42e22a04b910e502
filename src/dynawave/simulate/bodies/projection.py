"""Parallel projection of simple bodies: exact chords of ellipsoids; bands and sheets as sums of small pieces.

A piece of volume V takes V / A from the metal where its shadow across the beam has the area A. On a film parallel to
the plate that shadow is longer by the beam's stretch, so the sum of loss times pixel area is volume times stretch.
"""

from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.simulate.bodies.frame import WeldFrame
from dynawave.simulate.records import Array

STEP: Final = 0.5
"""Pixels between neighbouring pieces: at half a pixel, shared by the four nearest, pieces sum to an even surface."""


class Patch(NamedTuple):
    """Projected loss in mm, float32 [rows, columns], and the (column, row) of its first pixel."""

    loss: Array
    left: int
    top: int


def ellipsoid(
    frame: WeldFrame,
    centre: Array,
    axes: Array,
    rotation: Array | None = None,
    rim: NDArray[np.complex128] | None = None,
) -> Patch:
    """Chord lengths through an ellipsoid.

    With Q the quadric of the ellipsoid, d the beam's unit vector and q a point of the film from the projected centre,
    the chord is 2 sqrt(1 - q M q) / sqrt(d Q d), where M = Q - Q d d Q / d Q d is the outline.

    Args:
        frame: the film.
        centre: (x, y, z) in mm.
        axes: full lengths of the three axes in mm.
        rotation: [3, 3], whose columns are the directions of the axes; None: along x, y and z.
        rim: uneven outline: share of the radius, and phase, of 2, 3, ... waves around it.
    """
    slope_x, slope_y = frame.beam.slopes
    beam = np.array([slope_x, slope_y, 1.0]) / frame.beam.stretch
    turn = np.eye(3) if rotation is None else rotation
    quadric = turn @ np.diag((2 / np.asarray(axes)) ** 2) @ turn.T
    pull = quadric @ beam
    depth = float(beam @ pull)
    outline = (quadric - np.outer(pull, pull) / depth)[:2, :2]
    swell = 1.0 if rim is None else 1 + float(np.abs(rim).sum())
    reach = swell * np.sqrt(np.diag(np.linalg.inv(outline))) / frame.pixel_size_mm
    middle = np.array([centre[0] - slope_x * centre[2], centre[1] - slope_y * centre[2]]) / frame.pixel_size_mm
    left, top = (int(np.floor(m - r)) for m, r in zip(middle, reach, strict=True))
    columns, rows = (int(np.ceil(m + r)) - n + 1 for m, r, n in zip(middle, reach, (left, top), strict=True))
    fine = int(np.clip(np.ceil(20 / min(columns, rows)), 2, 6))
    u = ((np.arange(columns * fine) + 0.5) / fine - 0.5 + left - middle[0]) * frame.pixel_size_mm
    v = (((np.arange(rows * fine) + 0.5) / fine - 0.5 + top - middle[1]) * frame.pixel_size_mm)[:, None]
    square = outline[0, 0] * u**2 + 2 * outline[0, 1] * u * v + outline[1, 1] * v**2
    if rim is not None:
        heading = (u + 1j * v) / (np.hypot(u, v) + 1e-9)
        square = square / (1 + np.polyval([*rim[::-1], 0, 0], heading).real) ** 2
    chord = (2 / np.sqrt(depth) * np.sqrt(np.maximum(1 - square, 0))).astype(np.float32)
    return Patch(cv2.resize(chord, (columns, rows), interpolation=cv2.INTER_AREA), left, top)


def band(frame: WeldFrame, points: Array, width: Array, height: Array, roof: float = 0.5) -> Patch:
    """A tube, or a groove or ridge, along a course.

    Args:
        frame: the film.
        points: (x, y, z) in mm of its middle line, evenly spaced not much wider than `STEP` pixels, [n, 3].
        width: full width across course and beam in mm, [n].
        height: its extent along the beam in the middle in mm, square to the course, [n]; negative for excess metal.
        roof: across the width the height falls as (1 - u^2) ** roof: 0.5 an ellipse, 1 a parabola, more a soft notch.
    """
    slopes = np.array(frame.beam.slopes)
    beam = np.array([*slopes, 1.0]) / frame.beam.stretch
    # turns sharper than the body is wide would fold it over
    course = np.gradient(points, axis=0)
    smooth = int(float(width.max()) / np.linalg.norm(course, axis=1).mean()) + 1
    course = cv2.blur(course, (1, smooth), borderType=cv2.BORDER_REPLICATE)
    length = np.linalg.norm(course, axis=1)
    across = np.cross(course, beam)
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-12
    strips = max(2, int(np.ceil(float(width.max()) / (STEP * frame.pixel_size_mm))))
    u = (np.arange(strips) + 0.5) / strips * 2 - 1
    profile = (1 - u**2) ** roof
    # a strip is upright for a level course; where the course rises along the beam, its shadow lies along the course,
    # where the pieces of its neighbours lie between its own, so that these may be few
    spread = float(np.abs((course @ beam) / length * height).max()) / (STEP * frame.pixel_size_mm)
    pieces = max(1, int(np.ceil(spread / 3)))
    t = (np.arange(pieces) + 0.5) / pieces - 0.5
    upright = np.cross(across, course / length[:, None])
    aside = (0.5 * width[:, None] * u)[:, :, None]
    up = (height[:, None] * profile)[:, :, None] * t
    volume = (length * width * height / strips)[:, None, None] * (profile / pieces)[:, None]
    return _gather(frame, points, ((across, aside), (upright, up)), volume)


def sheet(
    frame: WeldFrame, points: Array, height: Array, down: Array, opening: Array, wander: Array | None = None
) -> Patch:
    """A thin gap, such as a crack: it follows a course, and goes down from it in one direction.

    Args:
        frame: the film.
        points: (x, y, z) in mm at mid-height, evenly spaced not much wider than `STEP` pixels, [n, 3].
        height: its extent in the direction `down` in mm, [n].
        down: direction (x, y, z) from its upper to its lower edge.
        opening: square to the gap in mm, [n] or, from the upper to the lower edge, [n, k].
        wander: how far it strays from the plane, square to it, in mm, from the upper to the lower edge, [n, k].
    """
    down = np.asarray(down) / np.linalg.norm(down)
    course = np.gradient(points, axis=0)
    normal = np.cross(course, down)
    area = np.linalg.norm(normal, axis=1)
    normal /= area[:, None] + 1e-12
    sight = float(np.linalg.norm(_shadow(frame, down)))
    drift = 0.0 if wander is None else float(np.ptp(wander, axis=1).max())
    grain = STEP * frame.pixel_size_mm
    rows = max(1, int(np.ceil((float(height.max()) * sight + drift) / grain)))
    leaves = max(1, int(np.ceil(float(opening.max()) / grain)))
    if rows > leaves:  # only the soft ends of the shadow show the opening itself
        leaves = -(-leaves // 3)
    t = (np.arange(rows) + 0.5) / rows
    gap = _between(opening if opening.ndim == 2 else opening[:, None], t)
    aside = ((np.arange(leaves) + 0.5) / leaves - 0.5) * gap[..., None]
    if wander is not None:
        aside = aside + _between(wander, t)[..., None]
    deep = (height[:, None] * (t - 0.5))[:, :, None]
    volume = (gap * (area * height / (rows * leaves))[:, None])[..., None]
    return _gather(frame, points, ((np.broadcast_to(down, points.shape), deep), (normal, aside)), volume)


def joined(patches: list[Patch]) -> Patch:
    """The sum of several patches, for gaps one below the other take away metal twice."""
    left, top = min(p.left for p in patches), min(p.top for p in patches)
    right = max(p.left + p.loss.shape[1] for p in patches)
    bottom = max(p.top + p.loss.shape[0] for p in patches)
    total = np.zeros((bottom - top, right - left), np.float32)
    for loss, x, y in patches:
        total[y - top : y - top + loss.shape[0], x - left : x - left + loss.shape[1]] += loss
    return Patch(total, left, top)


def _shadow(frame: WeldFrame, place: Array) -> Array:
    """Where the rays through points (x, y, z) [..., 3] enter the plate: (x, y) [..., 2] in the same unit."""
    return np.asarray(place[..., :2] - place[..., 2:] * np.array(frame.beam.slopes))


def _between(values: Array, t: Array) -> Array:
    """Values [n, k], evenly spaced from 0 to 1, linearly interpolated at `t` [m]: [n, m]."""
    last = values.shape[1] - 1
    if last == 0:
        return np.broadcast_to(values, (len(values), len(t)))
    low = np.minimum((t * last).astype(np.intp), last - 1)
    share = t * last - low
    return np.asarray(values[:, low] * (1 - share) + values[:, low + 1] * share)


def _gather(frame: WeldFrame, points: Array, moves: tuple[tuple[Array, Array], ...], volume: Array) -> Patch:
    """Sum pieces into pixels, each shared by the four nearest.

    Args:
        frame: the film.
        points: (x, y, z) in mm, [n, 3].
        moves: directions [n, 3], and how far in mm the pieces of each point lie from it that way, [n, j, k].
        volume: of the pieces in mm3, [n, j or 1, k or 1].
    """
    pixel = np.float32(frame.pixel_size_mm)
    middle = _shadow(frame, points) / pixel
    corner = np.floor(middle.min(0))
    x, y = (middle[:, i, None, None].astype(np.float32) - np.float32(corner[i]) for i in (0, 1))
    for direction, distance in moves:
        shift = (_shadow(frame, direction) / pixel).astype(np.float32)
        distance = distance.astype(np.float32)
        x, y = x + shift[:, 0, None, None] * distance, y + shift[:, 1, None, None] * distance
    loss = np.broadcast_to(volume * (frame.beam.stretch / pixel**2), x.shape).ravel()
    x, y = x.ravel(), y.ravel()
    column, row = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    left, top = int(column.min()), int(row.min())
    columns, rows = int(column.max()) - left + 2, int(row.max()) - top + 2
    right, low = x - column, y - row
    first = (row - top) * columns + (column - left)
    total = np.zeros(rows * columns)
    for step, part in ((0, loss * (1 - low)), (columns, loss * low)):
        shared = part * right
        total += np.bincount(first + step, part - shared, rows * columns)
        total += np.bincount(first + step + 1, shared, rows * columns)
    return Patch(total.reshape(rows, columns).astype(np.float32), left + int(corner[0]), top + int(corner[1]))
