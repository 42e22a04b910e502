"""Puts a blemish into the metal: unsharpness, depth for the wanted contrast, and the mask an annotator would draw."""

from dataclasses import dataclass

import numpy as np

from dynawave.simulate.detector import noise_level
from dynawave.simulate.exposure import Exposure
from dynawave.simulate.fields import blur
from dynawave.simulate.flaws.kinds import Blemish
from dynawave.simulate.outline import Annotator, sides, trimmed
from dynawave.simulate.records import Array, FilmSpec, SimulatedFlaw
from dynawave.simulate.scene import Scene
from dynawave.taxonomy import BY_NUMBER

Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Placed:
    """A blemish cut to the film: its window, the metal lost there, and the flaw; None where nobody outlines one."""

    window: Window
    loss_mm: Array
    flaw: SimulatedFlaw | None


def _crop(shape: Array, x: float, y: float, height: int, width: int) -> tuple[Window, Array] | None:
    """The part of a patch, its middle at (x, y), that lies on the film."""
    left, top = round(x) - shape.shape[1] // 2, round(y) - shape.shape[0] // 2
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + shape.shape[1], width), min(top + shape.shape[0], height)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    return (slice(y0, y1), slice(x0, x1)), shape[y0 - top : y1 - top, x0 - left : x1 - left]


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
    annotator = Annotator(scene.looseness, scene.visible_grey, spec.cnr[0])
    outline = annotator.outline(shape, reached * noise, noise)
    if outline is None:
        return Placed(window, lost, None)
    mask, offset = trimmed(outline, window[1].start, window[0].start)
    length, breadth = (side * spec.pixel_size_mm for side in sides((sharp > 0.3 * sharp.max()).astype(np.uint8)))
    flaw = SimulatedFlaw(BY_NUMBER[blemish.iso6520], mask, offset, length, breadth, min(reached, 99.0))
    return Placed(window, lost, flaw)
