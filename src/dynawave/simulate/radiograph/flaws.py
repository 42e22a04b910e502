"""Flaws in an exposed weld: how much each shows on this very film, and what an annotator outlines of it."""

from dataclasses import dataclass

import numpy as np

from dynawave.simulate.bodies import Body
from dynawave.simulate.outline import Annotator, trimmed
from dynawave.simulate.radiograph.exposure import Exposure, Window, blurred
from dynawave.simulate.radiograph.receiver import Display
from dynawave.simulate.records import Array, SimulatedFlaw
from dynawave.taxonomy import BY_NUMBER


@dataclass(frozen=True, slots=True)
class Imaged:
    """A body on the film.

    Attributes:
        window: the part of the film it touches.
        change: what it adds to the sharp primary dose there.
        flaw: what is to be found; None where nobody outlines it.
    """

    window: Window
    change: Array
    flaw: SimulatedFlaw | None


def image(body: Body, exposure: Exposure, display: Display, sound: Array, annotator: Annotator) -> Imaged | None:
    """Image one body alone.

    Args:
        body: the flaw.
        exposure: the sound weld.
        display: from dose to grey value.
        sound: `display.grey(exposure.dose)`, [height, width].
        annotator: who outlines it.

    Returns:
        None where the body lies off the film.
    """
    cut = _cut(body, int(3 * exposure.blur_px) + 3, sound.shape)
    if cut is None:
        return None
    window, loss = cut
    change = exposure.changed(body, window, loss)
    dose = exposure.dose[window]
    contrast = display.finished(display.grey(dose + blurred(change, exposure.blur_px))) - sound[window]
    row, column = np.unravel_index(int(np.abs(contrast).argmax()), contrast.shape)
    peak = float(contrast[row, column])
    if not peak:
        return Imaged(window, change, None)
    there = float(dose[row, column])
    mottling = _mottling(exposure, display, window, there)
    shape = np.maximum(contrast / np.float32(peak), 0)
    outline = annotator.outline(shape, abs(peak), float(np.hypot(display.seen_noise(there), mottling)))
    if outline is None:
        return Imaged(window, change, None)
    mask, offset = trimmed(outline, window[1].start, window[0].start)
    sides = sorted((body.width_mm, body.length_mm))
    flaw = SimulatedFlaw(
        BY_NUMBER[body.iso6520],
        mask,
        offset,
        sides[1],
        sides[0],
        min(abs(peak) / float(np.hypot(display.noise(there), mottling)), 99.0),
        body.position_mm[2],
        body.height_mm,
    )
    return Imaged(window, change, flaw)


def _cut(body: Body, margin: int, shape: tuple[int, ...]) -> tuple[Window, Array] | None:
    """The body's patch with a margin for blur, cut to the film."""
    loss = np.pad(body.loss_mm, margin)
    left, top = body.offset[0] - margin, body.offset[1] - margin
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + loss.shape[1], shape[1]), min(top + loss.shape[0], shape[0])
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    inner = loss[y0 - top : y1 - top, x0 - left : x1 - left]
    return ((slice(y0, y1), slice(x0, x1)), inner) if inner.any() else None


def _mottling(exposure: Exposure, display: Display, window: Window, dose: float) -> float:
    """Standard deviation in grey values of the mottling about the flaw, which hides it as grain does."""
    if exposure.texture is None:
        return 0.0
    step = np.array([dose, 1.01 * dose], np.float32)
    gain = abs(float(np.diff(display.grey(step))[0])) / (0.01 * dose)
    return float(gain * blurred(exposure.texture[window], exposure.blur_px).std())
