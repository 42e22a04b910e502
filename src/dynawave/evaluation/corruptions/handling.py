"""What goes wrong with a film after it is exposed: scratches, and the digitiser's streaks, coding and polarity."""

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.evaluation.corruptions import rescan as scan

SCRATCH_MM: Final = (1.0, 30.0)
SCRATCH_WIDTH_MM: Final = (0.02, 0.15)
SCRATCH_DEPTH: Final = (0.02, 0.25)
BRIGHT: Final = 0.75
"""Share of the scratches that take emulsion away; the others are dark, as pressure and cracked emulsion are."""
DIRTY: Final = (0.02, 5.0)
"""Share of a digitiser's cells that dirt lies on, and how much more these err."""
SUBPIXEL: Final = 4

Unit = NDArray[np.float32]


def scratch(unit: Unit, per_cm2: float, pixel_mm: float, rng: Generator) -> Unit:
    """Fine scratches, most of them along the film; a greater severity has those of a lesser one and more."""
    height, width = unit.shape[:2]
    marks = np.zeros((height, width), np.float32)
    for _ in range(round(per_cm2 * height * width * (pixel_mm / 10) ** 2)):
        _draw_scratch(marks, pixel_mm, rng)
    return np.asarray(unit + (marks[..., None] if unit.ndim == 3 else marks), np.float32)


def _draw_scratch(marks: Unit, pixel_mm: float, rng: Generator) -> None:
    """Add a bent line to the marks, of a length, width and depth drawn log-uniformly."""
    height, width = marks.shape
    length, thickness, depth = (
        np.exp(rng.uniform(*np.log(limits))) for limits in (SCRATCH_MM, SCRATCH_WIDTH_MM, SCRATCH_DEPTH)
    )
    along = 0 if width >= height else np.pi / 2
    angle = along + rng.normal(0, 0.2) if rng.random() < 0.7 else rng.uniform(0, np.pi)
    way = np.linspace(-0.5, 0.5, 16) * length / pixel_mm
    bow = rng.normal(0, 0.03) * length / pixel_mm * np.linspace(-1, 1, 16) ** 2
    x = rng.uniform(0, width) + way * np.cos(angle) - bow * np.sin(angle)
    y = rng.uniform(0, height) + way * np.sin(angle) + bow * np.cos(angle)
    sign = 1 if rng.random() < BRIGHT else -1
    left, top = max(int(x.min()) - 4, 0), max(int(y.min()) - 4, 0)
    right, bottom = min(int(x.max()) + 5, width), min(int(y.max()) + 5, height)
    if right <= left or bottom <= top:
        return
    line = np.zeros((bottom - top, right - left), np.uint8)
    points = np.rint(np.column_stack([x - left, y - top]) * 2**SUBPIXEL).astype(np.int32)
    # a scratch narrower than a pixel is as much fainter
    cv2.polylines(line, [points], False, 255, max(1, round(thickness / pixel_mm)), cv2.LINE_AA, SUBPIXEL)
    strength = sign * depth * min(1.0, thickness / pixel_mm) / 255
    marks[top:bottom, left:right] += line * np.float32(strength)


def streak(unit: Unit, spread: float, pixel_mm: float, rng: Generator) -> Unit:
    """Lines along the film: each cell of a line digitiser errs by itself, a dirty one much; `spread` in % of white."""
    along_rows = unit.shape[1] >= unit.shape[0]
    share, much = DIRTY
    count = unit.shape[0 if along_rows else 1]
    error = rng.standard_normal(count, np.float32) * np.where(rng.random(count) < share, np.float32(much), 1)
    lines = (error[:, None] if along_rows else error[None]) * np.float32(spread / 100)
    return np.asarray(unit + (lines[..., None] if unit.ndim == 3 else lines), np.float32)


def compress(unit: Unit, quality: float, pixel_mm: float, rng: Generator) -> Unit:
    """JPEG at this quality, which also leaves no more than 8 bits."""
    eight = np.rint(np.clip(unit, 0, 1) * 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", eight, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    decoded = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    return np.asarray(decoded, np.float32) / np.float32(255)


def invert(unit: Unit, gamma: float, pixel_mm: float, rng: Generator) -> Unit:
    """The negative of a scan with a screen's tone curve; gamma 1 is the plain negative."""
    return np.asarray(1 - np.clip(unit, 0, 1) ** np.float32(1 / gamma), np.float32)


def rescan(unit: Unit, pitch: float, pixel_mm: float, rng: Generator) -> Unit:
    """Scanned with pixels `pitch` times as large."""
    return scan.rescan(unit, pitch)
