"""Gas in the weld: pores, clusters, rows, elongated cavities and worm-holes."""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from dynawave.simulate.bodies.body import GAS, Body, Filling
from dynawave.simulate.bodies.courses import stations, uneven, vary, wavy
from dynawave.simulate.bodies.frame import WeldFrame
from dynawave.simulate.bodies.projection import Patch, band, ellipsoid, joined
from dynawave.simulate.fields import log_uniform
from dynawave.simulate.records import Array


def turned(angle: float) -> Array:
    """Rotation about z by `angle` radians, [3, 3]."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])


def depth_at(rng: Generator, frame: WeldFrame, x: float, y: float) -> float:
    """A depth in mm at which there is weld metal at (x, y): nearly everywhere above the flank of the groove."""
    beside = abs(y - float(frame.line(np.array(x), 0.0)))
    run = max(beside - frame.gap_mm / 2, 0) / max(float(np.tan(np.radians(frame.bevel_deg))), 0.02)
    return rng.uniform(0.05, 0.95) * max(frame.root_mm - run, 0.15 * frame.thickness_mm)


def ball(
    rng: Generator,
    frame: WeldFrame,
    place: tuple[float, float],
    size: tuple[float, float, float],
    iso6520: int,
    angle: float = 0.0,
    roughness: float = 0.06,
    filling: Filling = GAS,
) -> Body:
    """An uneven ellipsoid at (x, y) mm, of this length, width and height in mm, its length at `angle` radians to x."""
    size = (size[0], size[1], min(size[2], 0.8 * frame.thickness_mm))
    z = depth_at(rng, frame, *place)
    patch = _lump(rng, frame, (*place, z), size, angle, roughness)
    return Body(iso6520, patch.loss, (patch.left, patch.top), (*place, z), *size, filling)


def _lump(
    rng: Generator, frame: WeldFrame, place: tuple[float, ...], size: tuple[float, ...], angle: float, roughness: float
) -> Patch:
    waves = np.arange(2, 6)
    rim = roughness / waves * rng.standard_normal(4) * np.exp(1j * rng.uniform(0, 2 * np.pi, 4))
    return ellipsoid(frame, np.array(place), np.array(size), turned(angle), rim)


def pore_at(rng: Generator, frame: WeldFrame, x: float, y: float, size: float, iso6520: int) -> Body:
    """A pore of this mean diameter in mm, more or less round, now and then with a second one below it."""
    aspect = 1 + abs(rng.normal(0, 0.3))
    length, width = size * aspect**0.5, size / aspect**0.5
    height = size * log_uniform(rng, 0.45, 1.3)
    angle = rng.uniform(0, np.pi)
    body = ball(rng, frame, (x, y), (length, width, height), iso6520, angle, rng.uniform(0.03, 0.2))
    if size < 0.5 or rng.random() < 0.6:
        return body
    core = (0.5 * size, size * rng.uniform(0.15, 0.4), 0.5 * size)
    below = _lump(rng, frame, (x + rng.normal(0, 0.1 * size), y, body.position_mm[2]), core, rng.normal(0, 0.4), 0.1)
    patch = joined([Patch(body.loss_mm, *body.offset), below])
    return Body(iso6520, patch.loss, (patch.left, patch.top), body.position_mm, length, width, body.height_mm)


def pore(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A pore somewhere in the weld."""
    size = log_uniform(rng, 0.24, 3.2) if rng.random() < 0.45 else log_uniform(rng, 0.16, 0.8)
    yield pore_at(rng, frame, x, float(frame.at(x, rng.uniform(-0.85, 0.85))), size, 2011)


def large_pore(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A large, nearly round cavity."""
    size = log_uniform(rng, 1.0, 3.0)
    place = (x, float(frame.at(x, rng.uniform(-0.3, 0.3))))
    yield ball(rng, frame, place, (size * rng.uniform(1, 1.3), size, size * rng.uniform(0.6, 1)), 2011)


def speck(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A pore so small that it is barely seen, anywhere in the weld."""
    yield pore_at(rng, frame, x, float(frame.at(x, rng.uniform(-0.95, 0.95))), log_uniform(rng, 0.12, 0.45), 2011)


def cluster(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """Clustered porosity: many pores of alike size within a field."""
    count, size = int(log_uniform(rng, 5, 90)), log_uniform(rng, 0.2, 0.65)
    spread, across = log_uniform(rng, 1, 12), rng.uniform(-0.4, 0.4)
    for _ in range(count):
        at = x + rng.normal(0, spread)
        y = frame.at(at, np.clip(across + rng.normal(0, 0.25), -0.9, 0.9))
        yield pore_at(rng, frame, at, float(y), min(vary(rng, size, 0.4), 1.6), 2013)


def row(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """Linear porosity: pores in a row along the weld, at the depth of one run."""
    count, size = int(rng.integers(3, 16)), log_uniform(rng, 0.18, 0.8)
    gap, across = size * log_uniform(rng, 1.3, 6), rng.uniform(-0.6, 0.6)
    for k in range(count):
        at = x + (k - count / 2) * gap + rng.normal(0, 0.25 * gap)
        y = float(frame.at(at, across)) + rng.normal(0, 0.15 * size)
        yield pore_at(rng, frame, at, y, vary(rng, size, 0.25), 2014)


def elongated(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """An elongated cavity, mostly along the weld."""
    length, width = log_uniform(rng, 0.65, 4.4), log_uniform(rng, 0.2, 0.9)
    angle = rng.normal(0, 0.3) if rng.random() < 0.7 else rng.uniform(0, np.pi)
    place = (x, float(frame.at(x, rng.uniform(-0.7, 0.7))))
    size = (max(length, 1.6 * width), width, width * log_uniform(rng, 0.5, 1.2))
    yield ball(rng, frame, place, size, 2015, angle, 0.1)


def worms(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """Worm-holes in herring-bone order: tubes across the weld, like a comb, that rise towards the surface."""
    count, across = int(log_uniform(rng, 3, 22)), rng.uniform(-0.3, 0.5)
    gap, length, width = log_uniform(rng, 0.7, 4.4), log_uniform(rng, 0.56, 2.8), log_uniform(rng, 0.12, 0.65)
    lean, rise, bulge = rng.normal(0, 0.15), rng.uniform(0.05, 1.0), rng.random() < 0.5
    for k in range(count):
        at = x + (k - count / 2) * gap + rng.normal(0, 0.3 * gap)
        place = (at, float(frame.at(at, across)))
        yield _worm(
            rng, frame, place, vary(rng, length, 0.4), vary(rng, width, 0.35), lean + rng.normal(0, 0.12), rise, bulge
        )


def _worm(
    rng: Generator,
    frame: WeldFrame,
    foot: tuple[float, float],
    length: float,
    width: float,
    lean: float,
    rise: float,
    bulge: bool,
) -> Body:
    """A curved tube from its foot towards -y; it rises by `rise` of its length and narrows or swells."""
    s = stations(frame, length)
    t = s / length + 0.5
    stray = rng.normal(0, 0.12) * length * t**2 + rng.uniform(0, 0.03) * wavy(rng, s, 0.4)
    z = depth_at(rng, frame, *foot)
    rise = min(rise * length, 0.8 * z)
    points = np.stack(
        [foot[0] + stray + np.sin(lean) * length * t, foot[1] - np.cos(lean) * length * t, z - rise * t], 1
    )
    shape = np.sin(np.pi * t**1.7) ** 0.6 * (0.4 + 0.6 * t) if bulge else 1 - rng.uniform(0, 0.7) * t
    thick = width * shape * uneven(rng, s, 0.5, 0.1, 0.6, 1.4)
    patch = band(frame, points, thick, np.minimum(thick, 0.8 * frame.thickness_mm))
    middle = (float(points[:, 0].mean()), float(points[:, 1].mean()), z - rise / 2)
    return Body(
        2016, patch.loss, (patch.left, patch.top), middle, length, float(thick.max()), rise + float(thick.max())
    )
