"""Diffraction mottling: the optical depth by which the grains of the weld metal thin or add to the beam, by pixel.

A ray crosses N = t / c grains, with c the chord of a grain along the beam. Each thins the beam by a random optical
depth of standard deviation sigma c (`diffraction.GrainStrength`), so all together by sigma sqrt(t c): relative to the
attenuation mu t it falls like 1 / sqrt(t / c), and with energy because sigma does. What a grain takes it sends to a
place beside its own shadow, where it adds to the image.

The grains are drawn where they are straight, as noise in coordinates (course of the grains, distance along them), and
bent from there into the film along the field of growth directions: one such sheet for each of a few depths, the sum of
which is the map.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import surface
from dynawave.simulate.joint.diffraction import GrainStrength, Photons, grain_strength
from dynawave.simulate.joint.geometry import Joint
from dynawave.simulate.joint.grains import Grains, growth_direction
from dynawave.simulate.joint.projection import laid
from dynawave.simulate.records import Array

_LENGTH_ROWS = 8
"""Rows of a sheet that one grain's length takes."""
_MOST_GRAINS = 30_000
"""Grains drawn in a sheet; with more of them than this the noise is Gaussian anyway."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The grains of one layer of depth, by position across the seam.

    Attributes:
        y: mm across the seam, [points].
        lag: mm by which a grain's course runs ahead along the seam, [points].
        row: where along its grain a point lies, in rows of the sheet, [points].
        width: grain width in mm, [points].
        deviation: standard deviation of the layer's optical depth, [points]; 0 outside the weld metal.
        crossed: mean number of grains that a ray crosses in the layer.
        above: mm between the layer and the film.
    """

    y: Array
    lag: Array
    row: Array
    width: Array
    deviation: Array
    crossed: float
    above: float


def _sheet(
    rng: Generator,
    joint: Joint,
    grains: Grains,
    strength: GrainStrength,
    span: tuple[float, float],
    tilt: float,
    step: float,
) -> _Sheet:
    """The layer between two depths in mm, sampled every `step` mm across the seam; `tilt` is the beam's in radians."""
    inner = np.linspace(*span, 9)[:, None]
    line_a, line_b = joint.buttering_line(inner), joint.fusion_lines(inner)[1]
    y = np.arange(line_a.min() - step, line_b.max() + step, step)
    # the layer's own share of weld metal at y, which slanting fusion lines cut off
    inside = np.clip(np.minimum(y - line_a, line_b - y) / step + 0.5, 0, 1).mean(0)
    level, half = float(np.mean(span)), float(line_b.mean() - line_a.mean()) / 2
    meet = half * float(np.clip(grains.middle_spread * rng.standard_normal(), -0.4, 0.4))
    growth = growth_direction(joint, grains, y, np.full_like(y, level), meet)
    width = grains.width_at(np.minimum(y - line_a, line_b - y)[4])
    # along the beam a column is cut across its width or, seen from its end, along its length
    upward = np.abs(growth[:, 1] * np.sin(tilt) + growth[:, 2] * np.cos(tilt))
    chord = 1 / np.hypot(upward / grains.length_mm, np.sqrt(1 - upward**2) / width)
    seen = np.hypot(grains.length_mm * np.sqrt(1 - upward**2), width)
    slope = growth[:, 0] / np.abs(growth[:, 1])
    # grains of the two sides meet in the middle and do not go on into each other
    row = np.cumsum(_LENGTH_ROWS * np.hypot(1, slope) / seen) * step + 2 * _LENGTH_ROWS * (y > meet)
    path = (span[1] - span[0]) * inside / np.cos(tilt)
    variance = strength.variance(upward, grains.texture, grains.texture_spread_deg)
    return _Sheet(
        y=y - level * np.tan(tilt),
        lag=np.cumsum(slope * np.sign(meet - y)) * step,
        row=row,
        width=width,
        deviation=np.sqrt(variance * path * np.minimum(chord, path)),
        crossed=float(np.mean(np.maximum(path / chord, 1))),
        above=(joint.thickness_mm + joint.root_mm - level) / np.cos(tilt),
    )


def _grains(
    rng: Generator, sheet: _Sheet, shape: tuple[int, int], strength: GrainStrength, grains: Grains, step: float
) -> Array:
    """Straight grains on a sheet [rows, columns] of unit variance, each with what it takes and where that goes."""
    rows, columns = shape
    footprint = _LENGTH_ROWS * float(sheet.width.mean()) / step
    mean = rows * columns / footprint * sheet.crossed / strength.sparsity
    count = int(np.clip(rng.poisson(min(mean, _MOST_GRAINS)), 1, None))
    place = rng.random((2, count)) * np.array([[rows], [columns]])
    size = rng.exponential(1.0, count)
    # diffracted photons leave to any side, at an angle that the grain's mosaic blurs
    gap = 0.15 * sheet.above
    reach = strength.deflection * (sheet.above + gap) * rng.uniform(0.4, 1.6, count) / step
    away = rng.uniform(0, 2 * np.pi, count)
    stretch = 1 + rng.normal(0, np.radians(grains.mosaic_deg) / strength.deflection, (3, count))
    scale = _LENGTH_ROWS * step / grains.length_mm
    hits = np.stack([place[0] + scale * reach * np.sin(away) * stretch, place[1] + reach * np.cos(away) * stretch])
    where = np.concatenate([place[:, None], hits], axis=1).reshape(2, -1).astype(np.int64)
    value = np.concatenate([size, np.tile(-size / 3, 3)])
    kept = ((where >= 0) & (where < np.array([[rows], [columns]]))).all(0)
    flat = np.bincount(where[0, kept] * columns + where[1, kept], value[kept], rows * columns)
    dots = flat.reshape(rows, columns).astype(np.float32)
    return _widen(dots, 2 * count / dots.size, sheet, grains, step)


def _widen(dots: Array, power: float, sheet: _Sheet, grains: Grains, step: float) -> Array:
    """Give the grains their length and their width: narrow at the fusion lines, wide in the middle, where they go on.

    `power` is the variance of a pixel's dots without what they send elsewhere; that variance is brought to one.
    """
    tall = _LENGTH_ROWS / 3.5
    thin, wide = (max(width / step / 2.6, 0.5) for width in grains.width_mm)
    start, end = (
        cv2.GaussianBlur(dots, (0, 0), across, sigmaY=tall) / np.float32(np.sqrt(power / (4 * np.pi * across * tall)))
        for across in (thin, wide)
    )
    rows = np.arange(len(dots))
    span = grains.width_mm[1] - grains.width_mm[0]
    mean = np.interp(rows, sheet.row, sheet.width)
    share = np.clip((mean - grains.width_mm[0]) / (span or 1.0), 0, 1).astype(np.float32)[:, None]
    alike = np.sqrt(2 * thin * wide / (thin**2 + wide**2))
    mixed = np.sqrt(1 - share) * start + np.sqrt(share) * end
    return np.asarray(mixed / np.sqrt(1 + 2 * alike * np.sqrt(share * (1 - share))), np.float32)


def mottle(
    rng: Generator,
    joint: Joint,
    grains: Grains,
    photons: Photons,
    y: Array,
    pixel_size_mm: float,
    tilt_deg: float = 0.0,
    layers: int = 3,
) -> Array:
    """Optical depth that diffraction adds to the beam's path at each pixel, float32 [height, width], mean near zero.

    Multiply the primary beam, before scatter and unsharpness, by exp(-mottle).

    Args:
        rng: draws the grains.
        joint: the cross-section.
        grains: the structure of its weld metal.
        photons: what makes the image.
        y: the cross-section's coordinate at each pixel in mm, [height, width], as `projection.across` gives it.
        pixel_size_mm: edge of a pixel.
        tilt_deg: the beam's angle to the normal of the plates.
        layers: depths at which grains are drawn.
    """
    strength, step = grain_strength(photons, grains.mosaic_deg), pixel_size_mm
    bounds, tilt = np.linspace(0, joint.thickness_mm, layers + 1), float(np.radians(tilt_deg))
    total = np.zeros(y.shape, np.float32)
    for span in pairwise(bounds.tolist()):
        sheet = _sheet(rng, joint, grains, strength, span, tilt, step)
        shape = (int(sheet.row[-1]) + 2, y.shape[1] + int(np.ptp(sheet.lag) / step) + 2)
        straight = _grains(rng, sheet, shape, strength, grains, step)
        rows = np.flatnonzero((y.max(1) > sheet.y[0]) & (y.min(1) < sheet.y[-1]))
        if len(rows):
            part = slice(rows[0], rows[-1] + 1)
            total[part] += _bent(rng, straight, sheet, grains, y[part], step)
    return total


def _bent(rng: Generator, straight: Array, sheet: _Sheet, grains: Grains, y: Array, step: float) -> Array:
    """The layer's optical depth at pixels of coordinate `y` in mm: straight grains laid along their courses."""
    table = np.stack([(sheet.lag.max() - sheet.lag) / step, sheet.row, sheet.deviation], axis=1)
    x, row, deviation = laid(table, np.asarray((y - sheet.y[0]) / step, np.float32))
    # grains stray from the field; the surface's slope has a standard deviation of 1.2 over its scale
    scale = 1.5 * grains.length_mm / step
    stray = np.float32(scale / 1.2 * np.tan(np.radians(grains.misorientation_deg)))
    x += stray * surface(rng, y.shape, (scale, scale))
    x += np.arange(y.shape[1], dtype=np.float32)
    found = cv2.remap(straight, x, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(deviation * found, np.float32)
