"""How strongly a single grain diffracts: the optical depth by which it thins the beam, by energy and by texture.

Kinematic theory of a mosaic crystal (International Tables for Crystallography C, chapter 6.2): a reflection hkl takes
photons of wavelength lambda out of the beam over a path t with the integrated reflectivity Q t, Q = r_e^2 lambda^3
|F/V|^2 / sin(2 theta), when the sine x of its planes' angle to the beam is that of Bragg, lambda / (2 d). Of a spectrum
each grain reflects only the band that fits its planes, so grains of different orientation thin the beam differently:
this is the mottling. In the small-angle limit used here Q = r_e^2 lambda^2 |F/V|^2 d.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dynawave.errors import ConfigError
from dynawave.simulate.records import Array

_ELECTRON_RADIUS = 2.8179403e-5
"""Classical electron radius in angstrom."""
_HC = 12.398420
"""keV angstrom."""
_LATTICE = 3.57
"""Lattice constant in angstrom, between those of nickel (3.52) and austenite (3.60)."""
_THERMAL = 0.45
"""Debye-Waller B in square angstrom at room temperature: an assumption for nickel and austenite alike."""
_PLANES = ((3, 4), (4, 3), (8, 6), (11, 12), (12, 4), (16, 3), (19, 12), (20, 12))
"""h2 + k2 + l2 of the face-centred cubic reflections, and how many planes each has (opposite faces count once)."""
_LEAST_KEV = 20.0
"""Softer photons do not get through any weld."""
_AXIAL = 4
"""h2 + k2 + l2 of {200}, whose planes stand across the growth direction <100>."""


@dataclass(frozen=True, slots=True)
class Photons:
    """The photons that make the image.

    Attributes:
        energies_kev: [count].
        weights: share of the primary image signal that each energy makes behind the metal, [count], in any unit.
    """

    energies_kev: Array
    weights: Array

    def __post_init__(self) -> None:
        """Refuse what makes no image.

        Raises:
            ConfigError: a weight is negative, or no energy above 20 keV has any.
        """
        if np.min(self.weights) < 0 or not np.any(self.weights, where=np.asarray(self.energies_kev) > _LEAST_KEV):
            raise ConfigError("photons: weights must not be negative, and some energy above 20 keV must have one.")

    @classmethod
    def around(cls, mean_kev: float, spread: float = 0.3) -> "Photons":
        """A spectrum of log-normal shape whose relative width is `spread`, for where none has been computed."""
        steps = np.linspace(-2.5, 2.5, 41)
        return cls(mean_kev * np.exp(spread * steps - spread**2 / 2), np.exp(-(steps**2) / 2))


@dataclass(frozen=True, slots=True)
class GrainStrength:
    """Statistics of the optical depth of one grain over all its orientations, for 1 mm of path.

    Attributes:
        random: variance in 1/mm2 of a grain of random orientation.
        axial: the part of it that comes from one {200} plane alone.
        sparsity: how many grains of random orientation there are to one that matters (kurtosis of the depth).
        deflection: mean angle 2 theta in radians by which diffracted photons leave the beam.
    """

    random: float
    axial: float
    sparsity: float
    deflection: float

    def variance(self, upward: Array, texture: float, spread_deg: float) -> Array:
        """Variance in 1/mm2 for grains of a <100> fibre texture.

        Where the growth direction lies across the beam, the {200} planes across it stand nearly along the beam, where
        Bragg's angles of hard photons are: a grain reflects more often than at random.

        Args:
            upward: |cosine| of the angle between growth direction and beam, any shape.
            texture: share of grains with <100> along the growth direction; the others lie at random.
            spread_deg: standard deviation of <100> about the growth direction.
        """
        spread = np.radians(spread_deg)
        crowding = 2 / (np.sqrt(2 * np.pi) * spread) * np.exp(-0.5 * (upward / spread) ** 2)
        return np.asarray(self.random + texture * self.axial * (crowding - 1), np.float32)


def grain_strength(photons: Photons, mosaic_deg: float = 0.5) -> GrainStrength:
    """Statistics of one grain's optical depth in a beam.

    Args:
        photons: what makes the image.
        mosaic_deg: full width of the spread of orientation within a grain (an assumption: half a degree to a few).
    """
    x = np.linspace(0, 0.35, 701, dtype=np.float32)
    hard = np.asarray(photons.energies_kev) > _LEAST_KEV
    weights, wavelength = np.asarray(photons.weights)[hard], _HC / np.asarray(photons.energies_kev)[hard]
    # single precision is four times as fast, and far finer than what is known
    weights, wavelength = (part.astype(np.float32) for part in (weights / weights.sum(), wavelength))
    mean = variance = fourth = axial = turned = 0.0
    for squares, count in _PLANES:
        spacing = float(_LATTICE / np.sqrt(squares))
        quantity = 1e7 * _ELECTRON_RADIUS**2 * wavelength**2 * _scattering(squares) ** 2 * spacing
        # photons of each energy are spread over the angles that the grain's mosaic allows them
        width = float(np.radians(mosaic_deg)) / 2.355
        gap = x[:, None] - wavelength / (2 * spacing)
        depth = (np.exp(-0.5 * (gap / width) ** 2) @ (weights * quantity)) / float(np.sqrt(2 * np.pi) * width)
        step = float(x[1])
        power = [float((depth**n).sum() * step) for n in (1, 2, 4)]
        one = power[1] - power[0] ** 2
        variance, fourth, mean = variance + count * one, fourth + count * power[2], mean + count * power[0]
        turned += count * float((depth * 2 * x).sum() * step)
        axial = one if squares == _AXIAL else axial
    return GrainStrength(variance, axial, fourth / variance**2, turned / mean)


@lru_cache(maxsize=32)
def _scattering(squares: int) -> float:
    """|F| / V in 1/angstrom3 of the reflection of these h2 + k2 + l2, damped by thermal motion, of nickel."""
    import xraydb

    s = np.sqrt(squares) / (2 * _LATTICE)
    return float(4 * xraydb.f0("Ni", s)[0] * np.exp(-_THERMAL * s**2) / _LATTICE**3)
