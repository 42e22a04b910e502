"""Faults of the weld's outline: undercut, hollow roots and sagging roots."""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from dynawave.simulate.bodies.body import Body
from dynawave.simulate.bodies.courses import stations, uneven, wavy
from dynawave.simulate.bodies.frame import WeldFrame
from dynawave.simulate.bodies.projection import band, joined
from dynawave.simulate.fields import log_uniform
from dynawave.simulate.records import Array


def undercut(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A groove beside the cap, with a sharp core and a soft fringe."""
    side, length = rng.choice([-1, 1]), log_uniform(rng, 1, 16)
    width, depth = log_uniform(rng, 0.2, 1.2), min(log_uniform(rng, 0.2, 1.5), 0.3 * frame.thickness_mm)
    s = stations(frame, length)
    y = frame.edge(x + s, side) - side * rng.normal(0.4, 0.6) * width + rng.uniform(0, 0.12) * wavy(rng, s, 1.6)
    arch = np.sqrt(1 - (2 * s / length) ** 2)
    thick = width * arch * uneven(rng, s, 1.0, 0.3, 0.3, 2)
    deep = depth * arch * uneven(rng, s, 0.8, 0.3, 0.2, 1.6)
    points = np.stack([x + s, y, deep / 2], 1)
    core = points + np.array([0, 0.15 * width * rng.normal(), 0])
    patch = joined([band(frame, points, thick, 0.6 * deep, 1.2), band(frame, core, 0.4 * thick, 0.4 * deep, 0.5)])
    place = (x, float(y.mean()), depth / 2)
    yield Body(5011, patch.loss, (patch.left, patch.top), place, length, float(thick.max()), float(deep.max()))


def root_concavity(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A shallow groove along the root, left by the shrinking weld pool."""
    depth = min(log_uniform(rng, 0.15, 1.2), 0.3 * frame.thickness_mm)
    yield _root(rng, frame, x, log_uniform(rng, 2, 24), log_uniform(rng, 0.8, 3.5), depth, 515)


def excess_penetration(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """Metal that sagged through the root: bright."""
    yield _root(rng, frame, x, log_uniform(rng, 1.5, 12), log_uniform(rng, 0.8, 3.5), -log_uniform(rng, 0.4, 2.5), 504)


def _root(rng: Generator, frame: WeldFrame, x: float, length: float, width: float, depth: float, iso6520: int) -> Body:
    """A groove (`depth` positive) or a ridge (negative) along the root."""
    length = max(length, 1.5 * width)
    s = stations(frame, length)
    arch: Array = 1 - (2 * s / length) ** 2
    y = frame.line(x + s, rng.normal(0, 0.2)) + 0.1 * wavy(rng, s, 3)
    thick = width * np.sqrt(arch) * uneven(rng, s, 2, 0.15, 0.5, 1.5)
    deep = depth * np.sqrt(arch) * uneven(rng, s, 1.5, 0.35, 0.3, 1.8)
    z = np.full(len(s), frame.thickness_mm - depth / 2)
    patch = band(frame, np.stack([x + s, y, z], 1), thick, deep, 1.2)
    place = (x, float(y.mean()), frame.thickness_mm - depth / 2)
    size = (length, float(thick.max()), float(np.abs(deep).max()))
    return Body(iso6520, patch.loss, (patch.left, patch.top), place, *size)
