"""Flaws as two facing probes see them: tips that diffract, and breaks in the lateral wave and the back wall.

Signs follow the phase of the wave: +1 as the lateral wave, -1 as the back wall. A lower tip is +1, an upper tip -1.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve, log_uniform
from dynawave.simulate.records import Array
from dynawave.simulate.ultrasonic.reflectors import Echo, Reflector

STEP_MM: Final = 0.5
"""Distance of the scatterers along a tip."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where flaws may lie, in mm: length of scan, plate thickness, wavelength, half separation of the probes."""

    scan: float
    thickness: float
    wavelength: float
    half_separation: float


@dataclass(frozen=True, slots=True)
class Broken:
    """A flaw, and the reach (first and last y in mm) over which it breaks the "lateral" wave or the "back_wall"."""

    reflector: Reflector
    wave: str | None = None
    reach: tuple[float, float] = (0.0, 0.0)


def tip(region: Region, y: Array, z: Array, strength: Array) -> Echo:
    """A diffracting edge along y (steps of `STEP_MM`) at depths z.

    Where it fills the Fresnel zone, sqrt(wavelength x path / 2), its amplitude is `strength`; a shorter one is fainter.
    """
    path = np.hypot(region.half_separation, z)
    share = np.minimum(STEP_MM / np.sqrt(region.wavelength * path / 2), 1) if len(y) > 1 else np.ones(1)
    return Echo(np.stack([np.zeros_like(y), y, z], 1), share * strength)


def _line(rng: Generator, region: Region, longest: float) -> tuple[Array, float]:
    """Positions along the weld of a long flaw, and its length."""
    length = log_uniform(rng, 3, min(longest, 0.5 * region.scan))
    start = rng.uniform(-0.3 * length, region.scan - 0.7 * length)
    return start + STEP_MM * np.arange(max(int(length / STEP_MM), 2)), length


def _edge(rng: Generator, y: Array, depth: float, rough: float) -> Array:
    """A depth that wanders along an edge."""
    return np.asarray(np.maximum(depth + rough * curve(rng, len(y), 12), 0.3))


def embedded(rng: Generator, region: Region) -> Broken:
    """Lack of side-wall fusion or a crack within the wall: an upper and a lower tip."""
    y, length = _line(rng, region, 40)
    height = log_uniform(rng, 1.5, 0.35 * region.thickness)
    top = rng.uniform(0.15, 0.85) * (region.thickness - height)
    strength = log_uniform(rng, 0.08, 0.6)
    rough = rng.uniform(0, 0.25)
    upper = tip(region, y, _edge(rng, y, top, rough), np.full(len(y), -strength))
    lower = tip(region, y, _edge(rng, y, top + height, rough), np.full(len(y), strength * rng.uniform(0.5, 1)))
    iso6520 = 4011 if rng.random() < 0.6 else 1011
    return Broken(Reflector(iso6520, (upper, lower), (length, height)))


def surface_crack(rng: Generator, region: Region) -> Broken:
    """A crack from the scanned surface: the lateral wave goes round under its tip."""
    y, length = _line(rng, region, 40)
    height = log_uniform(rng, 1, 0.3 * region.thickness)
    edge = tip(region, y, _edge(rng, y, height, 0.1), np.full(len(y), log_uniform(rng, 0.2, 0.7)))
    return Broken(Reflector(1011, (edge,), (length, height)), "lateral", (y[0], y[-1]))


def root_flaw(rng: Generator, region: Region) -> Broken:
    """Lack of penetration or a crack from the root: an upper tip, and less of the back wall."""
    y, length = _line(rng, region, 50)
    height = log_uniform(rng, 1, 0.35 * region.thickness)
    edge = tip(region, y, _edge(rng, y, region.thickness - height, 0.1), np.full(len(y), -log_uniform(rng, 0.15, 0.7)))
    return Broken(Reflector(402 if rng.random() < 0.6 else 1011, (edge,), (length, height)), "back_wall", (y[0], y[-1]))


def pores(rng: Generator, region: Region) -> Broken:
    """A pore, or several in a row."""
    count = 1 if rng.random() < 0.6 else int(rng.integers(3, 8))
    size, gap = log_uniform(rng, 0.8, 3), log_uniform(rng, 2, 8)
    y = rng.uniform(0, region.scan) + gap * np.arange(count) + 0.2 * gap * rng.standard_normal(count)
    z = rng.uniform(0.12, 0.88) * region.thickness + 0.3 * rng.standard_normal(count)
    strength = -log_uniform(rng, 0.06, 0.4) * rng.uniform(0.6, 1, count)
    points = Echo(np.stack([np.zeros(count), y, z], 1), strength)
    reach = size + (float(np.ptp(y)) if count > 1 else 0.0)
    return Broken(Reflector(2014 if count > 1 else 2011, (points,), (reach, size)))


def slag(rng: Generator, region: Region) -> Broken:
    """A slag line: one ragged edge, for it is too flat to show two."""
    y, length = _line(rng, region, 30)
    depth = _edge(rng, y, rng.uniform(0.15, 0.85) * region.thickness, 0.4)
    strength = -log_uniform(rng, 0.1, 0.6) * np.clip(1 + 0.6 * curve(rng, len(y), 5), 0.1, 2)
    return Broken(Reflector(301, (tip(region, y, depth, strength),), (length, rng.uniform(0.5, 2))))


Recipe = Callable[[Generator, Region], Broken]
KINDS: Final[tuple[tuple[Recipe, float], ...]] = (
    (embedded, 0.35),
    (surface_crack, 0.15),
    (root_flaw, 0.2),
    (pores, 0.18),
    (slag, 0.12),
)


def draw_broken(rng: Generator, region: Region, count: int) -> Iterator[Broken]:
    """Draw `count` flaws."""
    for pick in rng.choice(len(KINDS), count, p=[share for _, share in KINDS]):
        yield KINDS[pick][0](rng, region)


def left_over(y: Array, reach: tuple[float, float], width: float) -> Array:
    """Share [columns] of a wave that passes a break of this reach; `width` is the beam's spread along y in mm."""
    inside = ((y >= reach[0]) & (y <= reach[1])).astype(np.float32)[None]
    sigma = max(width / float(y[1] - y[0]), 0.5)
    return np.asarray(
        1 - cv2.GaussianBlur(inside, (2 * int(4 * sigma) + 1, 1), sigma, borderType=cv2.BORDER_REPLICATE)[0]
    )
