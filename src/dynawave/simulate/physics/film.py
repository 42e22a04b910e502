"""Industrial X-ray film: from dose to optical density, its grain, and the digitiser that makes grey values of it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.errors import ConfigError
from dynawave.simulate.physics.noise import Spread, coloured
from dynawave.simulate.records import Array

# Edge in um of the square as large as the 100 um circle through which granularity is measured (ISO 11699-1): also the
# 88.6 of SNR_N.
APERTURE_UM: Final = 50 * np.sqrt(np.pi)
# Film system classes of ASTM E1815: gradient at D = 2 and D = 4 above fog, gradient over granularity at D = 2.
_CLASSES: Final = {
    "special": (4.5, 7.5, 300.0),
    "I": (4.1, 6.8, 150.0),
    "II": (3.8, 6.4, 120.0),
    "III": (3.5, 5.0, 100.0),
    "W-A": (3.8, 5.7, 135.0),
    "W-B": (3.5, 5.0, 110.0),
}


@dataclass(frozen=True, slots=True)
class Film:
    """A film system: film, lead screens and development.

    Attributes:
        gradient_2: dD / dlog10 K at density 2 above fog.
        gradient_4: the same at density 4.
        granularity_2: standard deviation of density at density 2 above fog through a 100 um circle.
        fog: density without exposure.
    """

    gradient_2: float
    gradient_4: float
    granularity_2: float
    fog: float = 0.25

    def density(self, dose: Array, reference: float) -> Array:
        """Optical density for a relative dose, where a dose of 1 gives the density `reference` (with fog).

        D = D0 + Dm (1 - exp(-(K / K0)^p)). X-ray film blackens by single hits, p = 1 (C. E. K. Mees and T. H. James,
        The Theory of the Photographic Process (1966)): the toe is straight in K, and the shoulder is the exhaustion of
        grains. p below 1 stands for grains of unequal size. Dm and p follow from the two gradients.

        Args:
            dose: K over that of the reference, any shape.
            reference: density where the dose is 1.

        Raises:
            ConfigError: the film cannot reach this density.
        """
        greatest, power = _curve(self.gradient_2, self.gradient_4)
        if not self.fog < reference < self.fog + greatest:
            raise ConfigError(
                f"film cannot reach density {reference}: it lies between {self.fog} and {self.fog + greatest:.1f}."
            )
        scale = -np.log1p(-(reference - self.fog) / greatest)
        hits = np.float32(scale) * np.maximum(dose, 0) ** np.float32(power)
        return np.asarray(self.fog - greatest * np.expm1(-hits), np.float32)

    def granularity(self, density: Array, pixel_um: float) -> Array:
        """Standard deviation of density in square pixels.

        It grows with the root of density above fog (Nutting's formula) and falls with the root of the area (Selwyn's
        law).
        """
        share = np.maximum(density - self.fog, 0) / 2
        return np.asarray(self.granularity_2 * APERTURE_UM / pixel_um * np.sqrt(share), np.float32)


def film_class(name: str) -> Film:
    """A film system of ASTM E1815: "special", "I", "II", "III", "W-A" or "W-B" (I and II are C4 and C5 of ISO 11699-1).

    Raises:
        ConfigError: no such class.
    """
    if name not in _CLASSES:
        raise ConfigError(f"film class {name!r} is none of {', '.join(_CLASSES)}.")
    gradient_2, gradient_4, ratio = _CLASSES[name]
    return Film(gradient_2, gradient_4, gradient_2 / ratio)


@dataclass(frozen=True, slots=True)
class Digitiser:
    """A film scanner whose grey values are linear in density (ISO 14096).

    Attributes:
        greatest_density: becomes grey value 0, so that thick metal is bright.
        noise: standard deviation in density of a single reading.
        spot_px: standard deviation of the scanning spot in pixels, over which grain is averaged; or that along the rows
            and that down the columns.
        bits: 8 to 16.
    """

    greatest_density: float = 4.5
    noise: float = 0.01
    spot_px: Spread = 0.6
    bits: int = 12

    def read(self, density: Array) -> NDArray[np.uint16]:
        """Grey values from 0 to 2^bits - 1."""
        top = 2**self.bits - 1
        return np.asarray(np.rint(np.clip(1 - density / self.greatest_density, 0, 1) * top), np.uint16)


def expose_film(
    rng: Generator, dose: Array, film: Film, digitiser: Digitiser, reference: float, pixel_um: float
) -> NDArray[np.uint16]:
    """Expose, develop and digitise.

    Args:
        rng: stream for grain and reading noise.
        dose: relative dose [rows, columns], 1 where the film shall have the density `reference`.
        film: the film system.
        digitiser: the scanner.
        reference: density with fog, such as 2.5.
        pixel_um: edge of a pixel.

    Raises:
        ConfigError: the film cannot reach the density.
    """
    density = film.density(dose, reference)
    # the spot averages the grain's variance too, not its pattern only
    grain = film.granularity(density, pixel_um) * coloured(rng, density.shape, digitiser.spot_px, keep_power=False)
    return digitiser.read(density + grain + digitiser.noise * rng.standard_normal(density.shape, dtype=np.float32))


@lru_cache(maxsize=64)
def _curve(gradient_2: float, gradient_4: float) -> tuple[float, float]:
    """Greatest density and exponent of the characteristic curve that has these gradients at densities 2 and 4."""
    from scipy.optimize import brentq

    def unit(density: float, greatest: float) -> float:
        """Gradient for p = 1: ln 10 x Dm exp(-x) with x = -ln(1 - D / Dm)."""
        left = 1 - density / greatest
        return float(-np.log(10) * np.log(left) * greatest * left)

    greatest = brentq(lambda top: unit(4, top) / unit(2, top) - gradient_4 / gradient_2, 4.001, 1e4)
    return greatest, gradient_2 / unit(2, greatest)
