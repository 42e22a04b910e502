"""Where the seam runs and how the film was exposed: what the other parts of a film refer to."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve, log_uniform
from dynawave.simulate.records import Array, FilmSpec


@dataclass(frozen=True, slots=True)
class Seam:
    """The weld's run along the film: y in pixels for every column.

    Attributes:
        centre: joint line, [width].
        upper: upper edge of the cap, [width].
        lower: lower edge of the cap, [width].
    """

    centre: Array
    upper: Array
    lower: Array

    def at(self, x: float, across: float) -> float:
        """The y of the point at column `x`, `across` from -1 (upper edge) over 0 (centre) to 1 (lower edge)."""
        column = int(np.clip(x, 0, len(self.centre) - 1))
        edge = self.lower if across > 0 else self.upper
        return float(self.centre[column] + abs(across) * (edge[column] - self.centre[column]))

    def half_width(self) -> float:
        """Mean half width in pixels."""
        return float((self.lower - self.upper).mean() / 2)


class Ground(Protocol):
    """What the drawing of beads, plates and marks needs to know of a film."""

    @property
    def seam(self) -> Seam:
        """Course of the weld."""

    @property
    def plate_mm(self) -> float:
        """Thickness of the plates."""

    @property
    def cap_mm(self) -> float:
        """Height of cap and root together."""

    @property
    def faint_mm(self) -> float:
        """Height of the fine unevenness of a surface."""

    @property
    def unsharpness(self) -> float:
        """Standard deviation in pixels by which matter is blurred when it is drawn; 0 where the whole film will be."""

    @property
    def noise(self) -> float:
        """Standard deviation of the grain in grey values, by which marks are scaled."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Sampled set-up of one film.

    Attributes:
        seam: course of the weld.
        plate_mm: thickness of the plates.
        cap_mm: height of cap and root together.
        attenuation: effective linear attenuation coefficient in 1/mm.
        unsharpness: standard deviation of the geometric and film unsharpness in pixels.
        plate_grey: grey value, 0-255, to which the digitiser brings the plate.
        weld_grey: the same for the bead's crown.
        gamma: exponent of the digitiser's table.
        noise: standard deviation of the film's grain in grey values at mid grey.
        noise_power: how the noise follows the grey value.
        looseness: how far the annotator's line lies outside the visible edge, in pixels.
        visible_grey: least contrast in grey values that the annotator of this film outlines.
    """

    seam: Seam
    plate_mm: float
    cap_mm: float
    attenuation: float
    unsharpness: float
    plate_grey: float
    weld_grey: float
    gamma: float
    noise: float
    noise_power: float
    looseness: float
    visible_grey: float

    @property
    def faint_mm(self) -> float:
        """Thickness in mm that shows about as strongly as one standard deviation of the grain."""
        return self.cap_mm * self.noise / (self.weld_grey - self.plate_grey)


def draw_seam(rng: Generator, width: int, height: int) -> Seam:
    """Draw a slightly tilted, wandering seam whose edges waver on three scales."""
    half = min(log_uniform(rng, 70, 260), 0.46 * height)
    tilt = rng.normal(0, 0.012) + (rng.random() < 0.15) * rng.normal(0, 0.05)
    x = np.arange(width, dtype=np.float32) - width / 2
    middle = height * np.clip(rng.normal(0.5, 0.1), 0.25, 0.75)
    run = middle + tilt * x + rng.uniform(0, 6) * curve(rng, width, 900)
    slow, wave, fine = rng.uniform(0.01, 0.08) * half, log_uniform(rng, 0.6, 9), rng.uniform(0, 1.5)
    wave_scale = log_uniform(rng, 60, 260)

    def edge() -> Array:
        wander = slow * curve(rng, width, 600) + wave * curve(rng, width, wave_scale) + fine * curve(rng, width, 22)
        return np.asarray(np.maximum(half * rng.uniform(0.85, 1.15) + wander, 20), np.float32)

    joint = run + rng.normal(0, 0.06) * half
    return Seam(joint.astype(np.float32), (run - edge()).astype(np.float32), (run + edge()).astype(np.float32))


def draw_scene(rng: Generator, spec: FilmSpec, width: int, height: int) -> Scene:
    """Draw the set-up of one film of `width` x `height` pixels."""
    plate = log_uniform(rng, 4, 35)
    plate_grey = log_uniform(rng, 12, 110)
    return Scene(
        seam=draw_seam(rng, width, height),
        plate_mm=plate,
        cap_mm=plate * rng.uniform(0.15, 0.5) + rng.uniform(0.5, 2),
        attenuation=log_uniform(rng, 0.04, 0.16),
        unsharpness=rng.uniform(0.8, 2.2),
        plate_grey=plate_grey,
        weld_grey=float(np.clip(plate_grey + rng.uniform(50, 190), 90, 240)),
        gamma=log_uniform(rng, 0.7, 1.6),
        noise=log_uniform(rng, 0.7, 2.2),
        noise_power=rng.uniform(-0.5, 0.4),
        looseness=rng.uniform(0.0, 1.5),
        visible_grey=log_uniform(rng, 2.5, 6),
    )
