"""Courses and profiles that bodies are drawn along: sampled in mm, evenly, about `projection.STEP` pixels apart."""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from dynawave.simulate.bodies.frame import WeldFrame
from dynawave.simulate.bodies.projection import STEP
from dynawave.simulate.fields import curve, log_uniform
from dynawave.simulate.records import Array


def stations(frame: WeldFrame, length: float) -> Array:
    """Distances in mm from the middle of a course of this length in mm, [n], n at least 6."""
    count = max(6, round(length / (STEP * frame.pixel_size_mm)))
    return np.asarray(((np.arange(count) + 0.5) / count - 0.5) * length)


def vary(rng: Generator, value: float, spread: float = 0.35) -> float:
    """A value near this one, for flaws of one origin look alike but not the same."""
    return float(value * np.exp(rng.normal(0, spread)))


def uneven(rng: Generator, s: Array, scale: float, spread: float, low: float, high: float) -> Array:
    """Factors about 1 along a course, changing over `scale` mm, kept from `low` to `high`."""
    return np.asarray(np.clip(1 + spread * wavy(rng, s, scale), low, high))


def wavy(rng: Generator, s: Array, scale: float) -> Array:
    """Smooth random values of unit spread along a course, changing over `scale` mm."""
    return curve(rng, len(s), max(1.0, scale / float(s[1] - s[0])))


def closing(rng: Generator, s: Array) -> Array:
    """Factors 0 to 1 along a gap that comes and goes: closed over a tenth to half of its length."""
    relief = wavy(rng, s, log_uniform(rng, 0.6, 4))
    gape = np.clip(1.5 * (relief - np.quantile(relief, rng.uniform(0.1, 0.5))), 0, 1)
    return np.asarray(gape / gape.max())


def taper(s: Array, share: float) -> Array:
    """Rises from 0.2 to 1 over the first `share` of a course and falls likewise at its end."""
    end = np.abs(s) / (s[-1] - s[0])
    return np.asarray(0.2 + 0.8 * np.clip((0.5 - end) / share, 0, 1))


def jagged(rng: Generator, s: Array, slope: float, bit: float) -> Array:
    """How far a crack strays from its chord in mm, [n]: straight bits of about `bit` mm of random slopes."""
    step = float(s[1] - s[0])
    count = int(len(s) * step / bit * 2) + 2
    bits = np.maximum(rng.uniform(0.4, 1.6, count) * bit / step, 1).astype(np.intp)
    slopes = np.repeat(rng.normal(0, slope, count), bits)
    slopes = np.pad(slopes, (0, max(0, len(s) - len(slopes))), mode="edge")[: len(s)]
    course = np.cumsum(slopes) * step
    return np.asarray(course - np.linspace(0, course[-1], len(s)) - course.mean() * 0.5)


def dashes(rng: Generator, start: float, end: float) -> Iterator[tuple[float, float]]:
    """Middle and length in mm of the dashes of a broken line; all of a line's dashes are about as long.

    Now and then the line is whole.
    """
    if rng.random() < 0.25:
        yield (start + end) / 2, end - start
        return
    dash, gap = np.exp(rng.uniform(np.log(0.6), np.log(24))), rng.choice([0.05, 0.4, 1.0])
    at = start
    while at < end - 0.3:
        length = float(np.clip(vary(rng, dash, 0.9), 0.3, end - at))
        yield at + length / 2, length
        at += length * (1 + gap * rng.exponential(0.7)) + 0.15 + rng.exponential(0.3)
