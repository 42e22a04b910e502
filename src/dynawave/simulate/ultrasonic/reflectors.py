"""What a flaw is to sound in a section of the weld: scatterers at its faces, corners and tips.

Faces are rows of scatterers closer than a quarter of a wavelength. Their echoes add up with their phases, so that a
face reflects like a mirror and diffracts at its ends without being told to.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import log_uniform
from dynawave.simulate.records import Array
from dynawave.simulate.ultrasonic.weld import Weld

SKIP_LOSS: Final = 0.7
"""Amplitude that is left after the reflection at the back wall; assumed."""


@dataclass(frozen=True, slots=True)
class Echo:
    """Scatterers that show as one echo: points [n, 3] in mm, amplitudes [n] relative to the reference reflector."""

    points: Array
    amplitude: Array


@dataclass(frozen=True, slots=True)
class Reflector:
    """A flaw as sound sees it.

    Attributes:
        iso6520: its number.
        echoes: its tip, corner or face, each of which shows on its own.
        size_mm: its extent in the section and across that; its length along the weld where the picture shows that.
    """

    iso6520: int
    echoes: tuple[Echo, ...]
    size_mm: tuple[float, float]

    def legs(self, thickness: float) -> tuple["Reflector", ...]:
        """The flaw as seen directly, and after one reflection at the back wall: mirrored to z > thickness.

        At the back wall itself both are one indication, and the corner there already is an echo of both legs.
        """
        mirrored = [
            Echo(np.stack([e.points[:, 0], e.points[:, 1], 2 * thickness - e.points[:, 2]], 1), SKIP_LOSS * e.amplitude)
            for e in self.echoes
            if e.points[0, 2] < thickness
        ]
        if len(mirrored) < len(self.echoes):
            return (replace(self, echoes=(*self.echoes, *mirrored)),)
        return self, replace(self, echoes=tuple(mirrored))


Recipe = Callable[[Generator, Weld, float], Reflector]


def dots(x: Array | float, z: Array | float, amplitude: Array | float) -> Echo:
    """Scatterers in the section y = 0."""
    x, z, amplitude = (np.atleast_1d(np.asarray(v, float)) for v in np.broadcast_arrays(x, z, amplitude))
    return Echo(np.stack([x, np.zeros_like(x), z], 1), amplitude)


def face(
    rng: Generator, start: tuple[float, float], end: tuple[float, float], wavelength: float, roughness: float
) -> Echo:
    """A reflecting face between two points (x, z), jagged by `roughness` mm.

    A face that fills the first Fresnel zone, about sqrt(wavelength x distance / 2) either way, reflects about 1.
    """
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    count = max(int(length / (wavelength / 6)), 2)
    t = np.linspace(0, 1, count)
    x, z = (a + (b - a) * t for a, b in zip(start, end, strict=True))
    distance = float(np.hypot(*start))
    share = 1.5 * length / count / np.sqrt(wavelength * distance)
    return dots(x + rng.normal(0, roughness, count), z + rng.normal(0, roughness, count), np.full(count, share))


def pore(rng: Generator, weld: Weld, wavelength: float) -> Reflector:
    """A pore: one point."""
    size = log_uniform(rng, 0.8, 4)
    x, z = _inside(rng, weld)
    return Reflector(2011, (dots(x, z, 0.45 * np.sqrt(size / 2) * rng.uniform(0.7, 1.5)),), (size, size))


def cluster(rng: Generator, weld: Weld, wavelength: float) -> Reflector:
    """Clustered porosity: many points within a few mm."""
    count, spread = int(rng.integers(4, 12)), log_uniform(rng, 0.8, 2.5)
    x, z = _inside(rng, weld)
    places = np.clip(rng.normal(0, 1, (2, count)), -1.7, 1.7) * spread
    size = (float(np.ptp(places[0])), float(np.ptp(places[1])))
    return Reflector(2013, (dots(x + places[0], z + places[1], rng.uniform(0.1, 0.5, count)),), size)


def slag(rng: Generator, weld: Weld, wavelength: float) -> Reflector:
    """A slag inclusion: a ragged body that scatters from many places of its outline."""
    length, height = log_uniform(rng, 1.5, 6), log_uniform(rng, 0.8, 3)
    x, z = _inside(rng, weld)
    turn, count = rng.uniform(0, 2 * np.pi, 14), 14
    reach = rng.uniform(0.6, 1, count) / 2
    amplitude = log_uniform(rng, 0.3, 1.0) * rng.uniform(0.2, 1, count) / 2
    return Reflector(
        301, (dots(x + length * reach * np.cos(turn), z + height * reach * np.sin(turn), amplitude),), (length, height)
    )


def lack_of_fusion(rng: Generator, weld: Weld, wavelength: float) -> Reflector:
    """Lack of side-wall fusion: a smooth face on a bevel."""
    height = log_uniform(rng, 2, 0.4 * weld.thickness + 1)
    top = rng.uniform(0.1, 0.85) * (weld.thickness - height)
    side = rng.choice([-1.0, 1.0])
    start, end = ((weld.centre + side * float(weld.half_width(z)), z) for z in (top, top + height))
    long = height / float(np.cos(weld.bevel))
    return Reflector(4011, (face(rng, start, end, wavelength, 0.015),), (long, rng.uniform(0.1, 0.5)))


def crack(rng: Generator, weld: Weld, wavelength: float) -> Reflector:
    """A crack from a toe of the root or cap: corner trap, faint jagged face, diffraction at the tip."""
    height = log_uniform(rng, 1.2, 0.5 * weld.thickness)
    at_root = rng.random() < 0.65
    foot_z, sign = (weld.thickness, -1.0) if at_root else (0.0, 1.0)
    side = rng.choice([-1.0, 1.0])
    foot = weld.centre + side * (float(weld.half_width(foot_z)) + rng.uniform(0, 1.5))
    lean = np.radians(rng.normal(0, 10))
    tip = (foot + height * float(np.tan(lean)), foot_z + sign * height)
    corner = dots(foot, foot_z, rng.uniform(0.8, 1.6) * (1 - np.exp(-height / wavelength)))
    body = face(rng, (foot, foot_z), tip, wavelength, 0.12 * wavelength)
    body = Echo(body.points, 0.35 * body.amplitude)
    joined = Echo(np.concatenate([corner.points, body.points]), np.concatenate([corner.amplitude, body.amplitude]))
    size = (height / float(np.cos(lean)), rng.uniform(0.05, 0.3))
    return Reflector(1011, (joined, dots(*tip, rng.uniform(0.12, 0.35))), size)


def lack_of_penetration(rng: Generator, weld: Weld, wavelength: float) -> Reflector:
    """Unfused root: two corners and the tip above them."""
    height = rng.uniform(1, 0.25 * weld.thickness)
    x = weld.centre + np.array([-0.5, 0.5]) * weld.gap
    corner = dots(x, weld.thickness, rng.uniform(0.7, 1.5) * (1 - np.exp(-height / wavelength)))
    return Reflector(
        402, (corner, dots(weld.centre, weld.thickness - height, rng.uniform(0.15, 0.4))), (height, weld.gap)
    )


KINDS: Final[tuple[tuple[Recipe, float], ...]] = (
    (pore, 0.2),
    (cluster, 0.1),
    (slag, 0.15),
    (lack_of_fusion, 0.25),
    (crack, 0.2),
    (lack_of_penetration, 0.1),
)


def draw_reflectors(rng: Generator, weld: Weld, wavelength: float, count: int) -> Iterator[Reflector]:
    """Draw `count` flaws of a section."""
    for pick in rng.choice(len(KINDS), count, p=[share for _, share in KINDS]):
        yield KINDS[pick][0](rng, weld, wavelength)


def _inside(rng: Generator, weld: Weld) -> tuple[float, float]:
    """A point in the weld metal."""
    z = rng.uniform(0.12, 0.9) * weld.thickness
    return weld.centre + rng.uniform(-0.8, 0.8) * float(weld.half_width(z)), z


def geometry(rng: Generator, weld: Weld) -> tuple[Echo, Echo]:
    """Root and cap: the weld's own outlines, which reflect though nothing is wrong; the cap over the back wall."""
    half = weld.gap / 2 + rng.uniform(0.3, 1.5)
    across = np.linspace(-1, 1, 9)
    root = weld.thickness + weld.root_height * (1 - across**2)
    ends = 1 + 2.0 * (np.abs(across) > 0.9)
    strength = log_uniform(rng, 0.06, 0.3) * ends * rng.uniform(0.2, 1, 9)
    wide = float(weld.half_width(0)) + rng.uniform(0.5, 2)
    over = np.linspace(-1, 1, 31)
    cap = 2 * weld.thickness + weld.cap_height * (1 - over**2)
    bulk = log_uniform(rng, 0.03, 0.12) * rng.uniform(0.1, 1, 31) * (1 + 2.5 * (np.abs(over) > 0.9))
    return dots(weld.centre + half * across, root, strength), dots(weld.centre + wide * over, cap, bulk)


def coarse_grains(rng: Generator, weld: Weld, scan_mm: float) -> Echo:
    """Single grains of the weld metal, and of the leg over the back wall, that answer above the common noise."""
    count = int(rng.integers(10, 60))
    z = rng.uniform(0, 2 * weld.thickness, count)
    fold = np.minimum(z, 2 * weld.thickness - z)
    x = weld.centre + rng.uniform(-1, 1, count) * weld.half_width(fold)
    amplitude = 1.5 * weld.zones[1].noise * rng.exponential(1, count)
    return Echo(np.stack([x, rng.uniform(0, scan_mm, count), z], 1), amplitude)
