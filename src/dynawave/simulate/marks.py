"""Marks of the film itself and of the digitiser: streaks, scratches, hairs, dust, stains, ink and the film's rim.

They change grey values, not the metal, and none of them is a flaw.
"""

from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import blur, curve, log_uniform, surface
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Ground


def add_patch(target: Array, patch: Array, x: int, y: int) -> None:
    """Add a patch whose upper left corner is (x, y); what hangs over the film is cut off."""
    height, width = target.shape
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + patch.shape[1], width), min(y + patch.shape[0], height)
    if x1 > x0 and y1 > y0:
        target[y0:y1, x0:x1] += patch[y0 - y : y1 - y, x0 - x : x1 - x]


def add_marks(rng: Generator, scene: Ground, grey: Array) -> None:
    """Add, in place, the marks of film and digitiser to the grey values."""
    chances = (
        (_streaks, 0.4),
        (_scratches, 0.4),
        (_hairs, 0.25),
        (_dust, 0.35),
        (_stains, 0.3),
        (_ink, 0.15),
        (_border, 0.14),
    )
    for draw, chance in chances:
        if rng.random() < chance:
            draw(rng, scene, grey)


def _streaks(rng: Generator, scene: Ground, grey: Array) -> None:
    """Lines of the digitiser: single columns, or rows, a little off."""
    along = int(rng.random() < 0.3)
    count = grey.shape[1 - along]
    offset = np.zeros(count, np.float32)
    where = rng.integers(0, count, rng.integers(1, 12))
    offset[where] = rng.normal(0, 0.8 * scene.noise, len(where))
    if rng.random() < 0.3:
        offset += rng.uniform(0, 0.25) * scene.noise * rng.standard_normal(count)
    grey += offset[:, None] if along else offset[None]


def _scratches(rng: Generator, scene: Ground, grey: Array) -> None:
    """Long thin scratches in the emulsion, nearly always bright, sharper than anything in the metal."""
    height, width = grey.shape
    for _ in range(rng.integers(1, 6)):
        count = int(log_uniform(rng, 15, 300))
        angle = rng.choice([0.0, rng.uniform(0, np.pi)])
        path = rng.uniform(0, 12) * curve(rng, count, 0.7 * count)
        x = rng.uniform(0, width) + np.arange(count) * np.cos(angle) - path * np.sin(angle)
        y = rng.uniform(0, height) + np.arange(count) * np.sin(angle) + path * np.cos(angle)
        keep = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
        # a dark one could not be told from a fine crack, and emulsion that is gone is bright
        height_grey = rng.choice([-1, 1], p=[0.08, 0.92]) * scene.noise * log_uniform(rng, 1, 6)
        grey[y[keep].astype(int), x[keep].astype(int)] += np.float32(height_grey)


def _hairs(rng: Generator, scene: Ground, grey: Array) -> None:
    """Hairs and threads on the scanner: thin bright curls."""
    for _ in range(rng.integers(1, 5)):
        count = int(log_uniform(rng, 15, 180))
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(log_uniform(rng, 0.005, 0.06) * curve(rng, count, 0.3 * count))
        course = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], 1), axis=0)
        patch = _drawn(course, int(rng.integers(1, 3)))
        bright = scene.noise * log_uniform(rng, 2, 14) * patch
        add_patch(grey, np.asarray(bright, np.float32), *_anywhere(rng, grey))


def _dust(rng: Generator, scene: Ground, grey: Array) -> None:
    """Dust on the scanner: sharp bright specks of a few pixels."""
    for _ in range(rng.integers(1, 10)):
        size = int(rng.integers(2, 7))
        patch = blur(np.pad((rng.random((size, size)) > 0.45).astype(np.float32), 2), 0.5)
        add_patch(grey, np.asarray(scene.noise * log_uniform(rng, 2, 25) * patch, np.float32), *_anywhere(rng, grey))


def _stains(rng: Generator, scene: Ground, grey: Array) -> None:
    """Faint stains, water marks with rims, and crescents of kinked film: large, soft, without core."""
    for _ in range(rng.integers(1, 5)):
        size = int(log_uniform(rng, 50, 220))
        axis = np.linspace(-1.3, 1.3, size)
        radius = np.hypot(axis[:, None] * rng.uniform(0.8, 2), axis[None]) + 0.12 * surface(
            rng, (size, size), (size / 4, size / 4)
        )
        disc = 1 / (1 + np.exp(np.clip((radius - 0.75) / rng.uniform(0.05, 0.3), -30, 30)))
        rim = np.exp(-(((radius - 0.75) / rng.uniform(0.03, 0.1)) ** 2)) * rng.choice([0.0, 1.0])
        patch = scene.noise * rng.normal(0, 1.3) * (disc + rim).astype(np.float32)
        place = int(rng.uniform(-0.1, 1) * grey.shape[1]), int(rng.uniform(-0.1, 1) * grey.shape[0])
        add_patch(grey, patch.astype(np.float32), *place)


def _ink(rng: Generator, scene: Ground, grey: Array) -> None:
    """Figures, rings and strokes by hand, in ink or pencil, beside the bead or at an end of the film: dark, streaky."""
    height, width = grey.shape
    for _ in range(rng.integers(1, 3)):
        size, pencil = log_uniform(rng, 25, 140), rng.random() < 0.4
        turn = np.linspace(0, rng.uniform(1.5, 2.6) * np.pi, 60) + rng.uniform(0, 6)
        course = 0.5 * size * np.stack([rng.uniform(0.4, 0.9) * np.cos(turn), np.sin(turn)], 1)
        if rng.random() < 0.5:  # a figure of straight and bent strokes instead of a ring
            ends = size * rng.uniform(-0.5, 0.5, (int(rng.integers(2, 5)), 2))
            course = np.concatenate([np.linspace(a, b, 12) for a, b in pairwise(ends)])
        course = course + 0.03 * size * np.stack([curve(rng, len(course), 8) for _ in range(2)], 1)
        pen = 1 if pencil else max(2, int(size * rng.uniform(0.06, 0.16)))
        patch = _drawn(course, pen)
        fine = surface(rng, patch.shape, (rng.uniform(3, 30), rng.uniform(2, 6)))
        patch = patch * np.clip(rng.uniform(0.7, 1) + 0.25 * fine, 0.1, 1) * rng.uniform(0.1 if pencil else 0.4, 0.97)
        at_end = rng.random() < 0.5
        x = int(rng.choice([rng.uniform(0, 0.1), rng.uniform(0.85, 0.97)]) * width if at_end else rng.uniform(0, width))
        side = rng.choice([-1, 1])
        y = int(scene.seam.at(x, side) + side * rng.uniform(10, 200) - (side < 0) * patch.shape[0])
        y = int(np.clip(y, 2 - patch.shape[0] // 2, height - patch.shape[0] // 2))
        dark = np.zeros_like(grey)
        add_patch(dark, patch.astype(np.float32), x, y)
        grey *= 1 - dark


def _border(rng: Generator, scene: Ground, grey: Array) -> None:
    """The film's rim: a strip of black or white at one side, often with lines of light and dark beside it."""
    strip = int(log_uniform(rng, 4, 60))
    side, value = int(rng.integers(0, 4)), np.float32(rng.choice([1.0, 3.0, 250.0]))
    turned = np.rot90(grey, side)
    turned[:strip] = value
    for _ in range(rng.integers(0, 4)):
        row, broad = strip + int(rng.uniform(-12, 14)), int(rng.integers(1, 4))
        turned[max(row, 0) : max(row, 0) + broad] = np.float32(rng.choice([5.0, 40.0, 120.0, 230.0]))


def _drawn(course: Array, pen: int) -> Array:
    """A stroke along points (x, y) [n, 2] with a pen of this breadth in pixels, float32 [rows, columns], 0 to 1."""
    points = course - course.min(0) + pen + 1
    columns, rows = (int(most) for most in points.max(0) + pen + 2)
    canvas = np.zeros((rows, columns), np.uint8)
    cv2.polylines(canvas, [np.rint(points * 8).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 3)
    return canvas.astype(np.float32) / 255


def _anywhere(rng: Generator, grey: Array) -> tuple[int, int]:
    return int(rng.uniform(0, grey.shape[1])), int(rng.uniform(0, grey.shape[0]))
