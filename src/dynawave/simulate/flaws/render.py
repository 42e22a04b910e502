"""Puts a blemish into the metal: unsharpness, depth for the wanted contrast, and the mask an annotator would draw."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.simulate.detector import noise_level
from dynawave.simulate.exposure import Exposure
from dynawave.simulate.fields import blur
from dynawave.simulate.flaws.kinds import Blemish
from dynawave.simulate.records import Array, FilmSpec, SimulatedFlaw
from dynawave.simulate.scene import Scene
from dynawave.taxonomy import BY_NUMBER

Window = tuple[slice, slice]

PEN: Final = 1.0
"""Pixels that annotators add on either side of a line."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A blemish cut to the film: its window, the metal lost there, and the flaw; None where nobody outlines one."""

    window: Window
    loss_mm: Array
    flaw: SimulatedFlaw | None


def visible_contrast(shape: Array, least: float) -> float:
    """Least contrast-to-noise ratio at which a flaw of this shape (peak 1) is seen: Rose's criterion.

    The eye integrates over the flaw, of which film grain leaves about one independent sample in 25 pixels.
    """
    samples = float((shape**2).sum()) / 25
    return float(np.clip(4 / np.sqrt(max(samples, 1e-3)), least, 3.5))


def _crop(shape: Array, x: float, y: float, height: int, width: int) -> tuple[Window, Array] | None:
    """The part of a patch, its middle at (x, y), that lies on the film."""
    left, top = round(x) - shape.shape[1] // 2, round(y) - shape.shape[0] // 2
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + shape.shape[1], width), min(top + shape.shape[0], height)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    return (slice(y0, y1), slice(x0, x1)), shape[y0 - top : y1 - top, x0 - left : x1 - left]


def _outline(shape: Array, cnr: float, looseness: float) -> NDArray[np.bool_]:
    """The visible extent, as annotators draw it.

    Measured on annotated films it ends at a tenth (strong flaws) to 0.4 (faint ones) of the peak, and lines are drawn
    with a broader pen than pores.
    """
    level = np.clip(0.9 / np.sqrt(cnr), 0.08, 0.4)
    mask = (shape > level * shape.max()).astype(np.uint8)
    long, short = _sides(mask)
    pen = looseness + PEN * (long > 5 * short)
    return np.asarray(cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5) <= pen + 0.25, np.bool_)


def _sides(mask: NDArray[np.uint8]) -> tuple[float, float]:
    """Longer and shorter side in pixels of the smallest rectangle about a mask."""
    sides = cv2.minAreaRect(cv2.findNonZero(mask))[1]
    return max(sides) + 1, min(sides) + 1


def place(blemish: Blemish, spec: FilmSpec, scene: Scene, exposure: Exposure, metal: Array) -> Placed | None:
    """Place one blemish on the film whose sound metal is `metal` (mm, [height, width]).

    Returns:
        None when it lies off the film. One too faint to be seen is placed, but is no flaw to be found.
    """
    margin = int(3 * scene.unsharpness) + 3
    sharp = np.pad(blemish.depth, margin)
    cut = _crop(blur(sharp, scene.unsharpness), blemish.x, blemish.y, *metal.shape)
    if cut is None or cut[1].max() < 0.05:
        return None
    window, shape = cut
    shape = shape / shape.max()
    row, column = (int(i) for i in np.unravel_index(int(shape.argmax()), shape.shape))
    core = (
        slice(window[0].start + row, window[0].start + row + 1),
        slice(window[1].start + column, window[1].start + column + 1),
    )
    here = exposure.grey(metal[core], core)
    noise = float(noise_level(scene, here)[0, 0])
    step = 0.01 * scene.cap_mm
    gain = float((here - exposure.grey(metal[core] - step, core))[0, 0]) / step
    if gain <= 0:
        return None
    wanted, sign = abs(blemish.strength) * noise, float(np.sign(blemish.strength))
    loss = min(wanted / gain, 0.8 * float(metal[core][0, 0]))
    for _ in range(3):  # the film's curve bends, so the depth is found in steps
        reached = abs(float((here - exposure.grey(metal[core] - sign * loss, core))[0, 0]))
        loss *= float(np.clip(wanted / max(reached, 1e-3), 0.1, 1.0))
    reached = abs(float((here - exposure.grey(metal[core] - sign * loss, core))[0, 0])) / noise
    lost = (sign * loss * shape).astype(np.float32)
    if reached * noise < scene.visible_grey or reached < visible_contrast(shape, spec.cnr[0]):
        return Placed(window, lost, None)
    mask = _outline(shape, reached, scene.looseness)
    ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = np.s_[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    offset = (int(window[1].start + xs[0]), int(window[0].start + ys[0]))
    length, breadth = (side * spec.pixel_size_mm for side in _sides((sharp > 0.3 * sharp.max()).astype(np.uint8)))
    flaw = SimulatedFlaw(BY_NUMBER[blemish.iso6520], mask[box].copy(), offset, length, breadth, min(reached, 99.0))
    return Placed(window, lost, flaw)
