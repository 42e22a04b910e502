"""Foreign matter in the weld: slag, tungsten, copper and oxide."""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from dynawave.simulate.bodies.body import COPPER, OXIDE, SLAG, TUNGSTEN, Body, Filling
from dynawave.simulate.bodies.cavities import ball, depth_at
from dynawave.simulate.bodies.courses import stations, taper, uneven, vary, wavy
from dynawave.simulate.bodies.frame import WeldFrame
from dynawave.simulate.bodies.projection import Patch, band
from dynawave.simulate.fields import log_uniform, surface


def slag_line(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A ragged line along the weld, in several pieces, on one side of a run."""
    across, width, flat = rng.uniform(-0.8, 0.8), log_uniform(rng, 0.12, 1.0), log_uniform(rng, 0.3, 1.2)
    for _ in range(rng.integers(1, 6)):
        length = max(log_uniform(rng, 0.8, 16), 2 * width)
        s = stations(frame, length)
        stray = rng.uniform(0, 0.25) * wavy(rng, s, 2) + rng.uniform(0.01, 0.08) * wavy(rng, s, 0.32)
        y = frame.line(x + s, float(frame.at(x, across) - frame.line(np.array(x), 0.0))) + stray + rng.normal(0, 0.12)
        z = depth_at(rng, frame, x, float(y.mean()))
        # a wide line swells and narrows over a greater length than a fine one, or it would look like a row of lozenges
        thick = vary(rng, width) * uneven(rng, s, max(0.6, 2 * width), 0.5, 0.25, 2.5) * taper(s, 0.15)
        height = np.minimum(flat * thick * uneven(rng, s, 0.4, 0.3, 0.2, 1.6), 0.5 * frame.thickness_mm)
        patch = band(frame, np.stack([x + s, y, np.full(len(s), z)], 1), thick, height, 0.35)
        place = (x, float(y.mean()), z)
        size = (length, float(thick.max()), float(height.max()))
        yield Body(301, patch.loss, (patch.left, patch.top), place, *size, SLAG)
        x += length * rng.uniform(0.7, 1.6)


def slag_lump(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A ragged lump of slag."""
    yield _rag(
        rng, frame, x, rng.uniform(-0.8, 0.8), (log_uniform(rng, 0.5, 4.4), log_uniform(rng, 0.3, 2.2)), 301, SLAG
    )


def oxide(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A ragged skin of oxide, folded into the weld."""
    size = (log_uniform(rng, 0.4, 3), log_uniform(rng, 0.3, 1.5))
    yield _rag(rng, frame, x, rng.uniform(-0.7, 0.7), size, 303, OXIDE, flat=0.8)


def copper(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A droplet of copper from the contact tip or the backing."""
    size = (log_uniform(rng, 0.6, 2.5), log_uniform(rng, 0.6, 2.5))
    yield _rag(rng, frame, x, rng.uniform(-0.8, 0.8), size, 3042, COPPER, flat=1.3)


def tungsten(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """Splinters of the electrode: small, sharp, heavy."""
    for _ in range(rng.choice([1, 2, 4])):
        length, width = log_uniform(rng, 0.16, 1.2), log_uniform(rng, 0.16, 0.5)
        place = (x, float(frame.at(x, rng.uniform(-0.8, 0.8))))
        size = (max(length, width), min(length, width), width * rng.uniform(0.5, 1))
        yield ball(rng, frame, place, size, 3041, rng.uniform(0, np.pi), 0.15, TUNGSTEN)
        x += rng.normal(0, 3.2)


def _rag(
    rng: Generator,
    frame: WeldFrame,
    x: float,
    across: float,
    sides: tuple[float, float],
    iso6520: int,
    filling: Filling,
    flat: float = 1.0,
) -> Body:
    """A ragged lump: an ellipsoid of random relief above and below, thickest inside.

    The relief is drawn as seen along the beam, whose lean is taken to move such a lump but not to change its look.
    """
    pixel, angle = frame.pixel_size_mm, rng.normal(0, 0.5)
    length, width = max(sides), min(sides)
    height = min(flat * width * log_uniform(rng, 0.25, 1.0), 0.6 * frame.thickness_mm)
    y = float(frame.at(x, across))
    z = depth_at(rng, frame, x, y)
    reach = int(0.7 * length / pixel) + 3
    row, column = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32) * np.float32(pixel)
    along, aside = column * np.cos(angle) + row * np.sin(angle), row * np.cos(angle) - column * np.sin(angle)
    scale = float(np.clip(width * rng.uniform(0.25, 0.6), 2 * pixel, 0.6)) / pixel
    shape = (2 * reach + 1, 2 * reach + 1)
    relief = (
        1 - np.hypot(along / length, aside / width) * 2 + rng.uniform(0.2, 0.45) * surface(rng, shape, (scale, scale))
    )
    # the relief must not grow on where the lump has ended
    relief = relief - 3 * np.maximum(np.hypot(along / length, aside / width) * 2 - 1.2, 0)
    grain = np.clip(1 + 0.3 * surface(rng, shape, (5, 5)), 0.3, 1.5)
    thickness = height * np.clip(relief / rng.uniform(0.15, 0.8), 0, 1) * grain
    slope_x, slope_y = frame.beam.slopes
    left, top = round((x - slope_x * z) / pixel) - reach, round((y - slope_y * z) / pixel) - reach
    patch = _trimmed(Patch(np.asarray(frame.beam.stretch * thickness, np.float32), left, top))
    return Body(iso6520, patch.loss, (patch.left, patch.top), (x, y, z), length, width, height, filling)


def _trimmed(patch: Patch) -> Patch:
    """A patch without its empty borders."""
    filled = patch.loss > 0
    rows, columns = np.flatnonzero(filled.any(1)), np.flatnonzero(filled.any(0))
    if not len(rows):
        return patch
    inner = patch.loss[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Patch(np.ascontiguousarray(inner), patch.left + int(columns[0]), patch.top + int(rows[0]))
