"""What is measured on a film, at its own depth: histogram, profile, small pictures."""

from math import ceil, hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.workbench.pyramid import Pyramid
from dynawave.workbench.tiles import Picture, View, crop

BINS = 256
SAMPLE = 2_000_000
"""Pixels that a histogram looks at."""
THUMBNAIL = 256
MAX_SAMPLES = 20_000
"""Points along a profile."""
SURROUND = 0.6
"""Share of an indication's longer side that its picture shows around it."""
LEAST_SURROUND = 24

Point = tuple[float, float]


def histogram(pyramid: Pyramid) -> tuple[float, float, list[int]]:
    """Lowest and highest grey value, and the counts between."""
    pixels = pyramid.levels[-1]
    step = ceil((pixels.shape[0] * pixels.shape[1] / SAMPLE) ** 0.5)
    low, high = pyramid.facts.limits
    counts, _ = np.histogram(_values(pyramid, pixels[::step, ::step]), BINS, (low, max(high, low + 1e-9)))
    return low, high, [int(count) for count in counts]


def profile(pyramid: Pyramid, start: Point, end: Point, width: float = 1) -> tuple[list[float], list[float]]:
    """Positions in px and grey values every pixel along a line, each the mean across its width (bilinear).

    Points are in pixels of the film, whose first pixel's centre lies at (0.5, 0.5); beyond the border its value
    counts.
    """
    length = hypot(end[0] - start[0], end[1] - start[1])
    count = min(max(2, ceil(length) + 1), MAX_SAMPLES)
    along = np.linspace(0, 1, count)
    across = np.arange(max(1, round(width))) - (max(1, round(width)) - 1) / 2
    direction = ((end[0] - start[0]) / length, (end[1] - start[1]) / length) if length else (1.0, 0.0)
    xs = start[0] + along * (end[0] - start[0]) - direction[1] * across[:, None] - 0.5
    ys = start[1] + along * (end[1] - start[1]) + direction[0] * across[:, None] - 0.5
    values = _sample(pyramid, xs, ys).mean(0)
    return [round(float(p), 3) for p in along * length], [round(float(v), 3) for v in values]


def thumbnail(pyramid: Pyramid) -> Picture:
    """The whole film within a square of `THUMBNAIL` pixels."""
    height, width = pyramid.levels[0].shape[:2]
    return _within(crop(pyramid, 0, (0, 0, width, height), View()), THUMBNAIL)


def picture_of(pyramid: Pyramid, box: tuple[float, float, float, float]) -> Picture:
    """An indication with some of what is around, at the window of its own surroundings."""
    x, y, width, height = box
    around = max(SURROUND * max(width, height), LEAST_SURROUND)
    level, factor = len(pyramid.levels) - 1, 1
    while max(width, height) + 2 * around > THUMBNAIL * factor and level:
        level, factor = level - 1, 2 * factor
    rows, columns = pyramid.levels[level].shape[:2]
    x0, x1 = _span((x - around) / factor, (x + width + around) / factor, columns)
    y0, y1 = _span((y - around) / factor, (y + height + around) / factor, rows)
    low, high = np.percentile(_values(pyramid, pyramid.levels[level][y0:y1, x0:x1]), [0.5, 99.5])
    return _within(crop(pyramid, level, (x0, y0, x1, y1), View(float(low), float(high))), THUMBNAIL)


def _span(start: float, end: float, length: int) -> tuple[int, int]:
    """First pixel and the one after the last, of which there is at least one."""
    first = min(max(int(start), 0), length - 1)
    return first, max(first + 1, min(ceil(end), length))


def _values(pyramid: Pyramid, pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """Grey values on the film's own scale; of colours their brightness."""
    values = np.asarray(pixels, np.float32)
    if values.ndim == 3:
        values = values @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.asarray(values * np.float32(pyramid.facts.scale.step) + np.float32(pyramid.facts.scale.offset))


def _sample(pyramid: Pyramid, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> NDArray[np.float32]:
    """Bilinear values; only the part of the film that is touched is read."""
    rows, columns = pyramid.levels[-1].shape[:2]
    xs, ys = xs.clip(0, columns - 1), ys.clip(0, rows - 1)
    left, top = int(xs.min()), int(ys.min())
    part = pyramid.levels[-1][top : int(ys.max()) + 2, left : int(xs.max()) + 2]
    xi, yi = np.floor(xs - left).astype(int), np.floor(ys - top).astype(int)
    xf, yf = (xs - left - xi).astype(np.float32), (ys - top - yi).astype(np.float32)
    right, below = np.minimum(xi + 1, part.shape[1] - 1), np.minimum(yi + 1, part.shape[0] - 1)

    def at(y: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[np.float32]:
        return _values(pyramid, part[y, x])

    upper = at(yi, xi) * (1 - xf) + at(yi, right) * xf
    lower = at(below, xi) * (1 - xf) + at(below, right) * xf
    return np.asarray(upper * (1 - yf) + lower * yf)


def _within(picture: Picture, side: int) -> Picture:
    scale = side / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
