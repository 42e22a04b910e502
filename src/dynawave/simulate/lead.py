"""Lead on a film: letters, the lettering of wire indicators, number plates with holes, washers; patches from 0 to 1.

They are bright with dark insides, and no flaws. Shapes are those on the full films of GDXray W0003.
"""

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.simulate.records import Array

_CAP_HEIGHT: Final = 21.0
"""Height in pixels of a capital of OpenCV's plain font at scale 1."""


def word(rng: Generator, text: str, height: float, stroke: float, jitter: float) -> Array:
    """Letters one beside the other, float32 [rows, columns], 0 to 1.

    Args:
        rng: lays them unevenly.
        text: the letters.
        height: of a letter in pixels.
        stroke: breadth of a stroke over the height.
        jitter: standard deviation of a letter's place over the height.
    """
    thick, pitch = max(2, round(stroke * height)), rng.uniform(0.85, 1.2) * height
    margin = int(0.3 * height) + thick
    canvas = np.zeros((int(height) + 2 * margin, int(pitch * len(text)) + 2 * margin), np.uint8)
    for number, letter in enumerate(text):
        x, y = np.array([margin + number * pitch, margin + height]) + jitter * height * rng.standard_normal(2)
        _write(canvas, letter, (int(x), int(y)), height, thick, 255)
    return canvas.astype(np.float32) / 255


def lettering(rng: Generator, text: str, height: float, bar: float) -> Array:
    """Letters of an indicator, often in one piece with a bar above and below, float32 [rows, columns], 0 to 1.

    `height` of a letter and breadth of a `bar` in pixels.
    """
    canvas = word(rng, text, height, rng.uniform(0.1, 0.16), 0.0)
    if rng.random() < 0.6:
        broad = max(2, int(bar))
        used = np.flatnonzero(canvas.any(1))
        for row in (used[0], used[-1] - broad):
            canvas[row : row + broad, 2 * broad : -2 * broad] = 1
    return canvas


def number_plate(rng: Generator, text: str, height: float) -> Array:
    """A plate with figures cut through it as by a stencil, and rows of punched holes, float32 [rows, columns], 0 to 1.

    `height` of the plate in pixels.
    """
    tall, pitch = 0.52 * height, 0.4 * height
    rows, columns = int(height), int(pitch * len(text) + 0.3 * height)
    canvas = np.full((rows, columns), 255, np.uint8)
    thick, bridge = max(2, int(rng.uniform(0.05, 0.09) * height)), max(1, int(rng.uniform(0.03, 0.06) * height))
    for number, letter in enumerate(text):
        x = int(0.17 * height + number * pitch)
        _write(canvas, letter, (x, int(0.76 * height)), tall, thick, 0)
        middle = x + int(0.2 * height)
        canvas[int(0.15 * height) : int(0.85 * height), middle - bridge // 2 : middle + bridge // 2 + 1] = 255
    radius, gap = max(1, int(rng.uniform(0.025, 0.05) * height)), rng.uniform(0.16, 0.28) * height
    for row in (0.1, 0.9):
        for column in np.arange(rng.uniform(0.4, 1) * gap, columns - 0.3 * gap, gap):
            place = np.array([column, row * height]) + rng.normal(0, 0.01 * height, 2)
            cv2.circle(canvas, (int(place[0]), int(place[1])), radius, 0, -1, cv2.LINE_AA)
    return canvas.astype(np.float32) / 255


def washer(rng: Generator, height: float) -> Array:
    """A ring of this outer diameter in pixels with a rounded rim, float32 [rows, columns], 0 to 1."""
    axis = np.linspace(-1.1, 1.1, int(1.1 * height) + 2, dtype=np.float32)
    radius = np.hypot(axis[:, None], axis[None])
    inner = rng.uniform(0.2, 0.6)
    inside = np.abs(radius - (1 + inner) / 2) / ((1 - inner) / 2)
    return np.asarray(np.clip(1 - inside ** rng.uniform(2, 8), 0, 1) ** 0.5, np.float32)


def turned(rng: Generator, patch: Array) -> Array:
    """The patch laid a little askew."""
    rows, columns = patch.shape
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), float(rng.normal(0, 2.5)), 1)
    return np.asarray(cv2.warpAffine(patch, turn, (columns, rows)), np.float32)


def _write(
    canvas: NDArray[np.uint8], letter: str, place: tuple[int, int], height: float, thick: int, value: int
) -> None:
    cv2.putText(canvas, letter, place, cv2.FONT_HERSHEY_SIMPLEX, height / _CAP_HEIGHT, value, thick, cv2.LINE_AA)
