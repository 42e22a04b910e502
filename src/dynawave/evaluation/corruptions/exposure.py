"""What goes wrong when a film is exposed: unsharpness, dose, grain and scatter.

Grey values are taken as linear in optical density, as film digitisers give them (ISO 14096), black being dense, and
density as proportional to dose, as it is for X-ray film below its shoulder. So 1 - grey is the dose, in units of that
which blackens the film as far as the digitiser sees.
"""

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.images.normalise import to_grey
from dynawave.inspection.contrast import film_noise

SIGMA_PER_UNSHARPNESS: Final = 0.707 / 2
"""Standard deviation of a Gaussian over the unsharpness that duplex wires show: unsharpness is twice SRb (ISO 19232-5),
and two wires of diameter SRb are seen with a dip of 20 % at 0.707 SRb."""
APERTURE_MM: Final = 0.0886
"""Edge of the square through which SNR_N is stated (ISO 17636-2)."""

Unit = NDArray[np.float32]


def blur(unit: Unit, unsharpness_mm: float, pixel_mm: float, rng: Generator) -> Unit:
    """Further unsharpness of this width."""
    sigma = SIGMA_PER_UNSHARPNESS * unsharpness_mm / pixel_mm
    return np.asarray(cv2.GaussianBlur(unit, (0, 0), sigma), np.float32)


def underexpose(unit: Unit, halvings: float, pixel_mm: float, rng: Generator) -> Unit:
    """Less dose: brighter and flatter, and less of it means more grain, for the SNR falls with its root."""
    dose, share = 1 - unit, 2.0**-halvings
    lacking = np.sqrt((share - share**2) * dose / max(float(np.median(dose)), 1e-3))
    return np.asarray(1 - np.float32(share) * dose + _like(_grain_as_on(unit, rng), unit) * lacking, np.float32)


def overexpose(unit: Unit, doublings: float, pixel_mm: float, rng: Generator) -> Unit:
    """More dose: what is blacker than the digitiser can see is lost."""
    return np.asarray(1 - (1 - unit) * np.float32(2.0**doublings), np.float32)


def add_noise(unit: Unit, snr: float, pixel_mm: float, rng: Generator) -> Unit:
    """Noise that alone would leave this normalised SNR at the film's median density; it grows with density's root."""
    dose = 1 - unit
    middle = float(np.median(dose))
    spread = np.sqrt(dose * middle) / np.float32(snr * pixel_mm / APERTURE_MM)
    return np.asarray(unit + _like(rng.standard_normal(unit.shape[:2], np.float32), unit) * spread, np.float32)


def add_scatter(unit: Unit, ratio: float, pixel_mm: float, rng: Generator) -> Unit:
    """Even scatter of `ratio` times the radiation, at equal density: contrast falls to 1 / (1 + ratio), not grain."""
    kept = 1 / (1 + ratio)
    middle = np.float32(np.median(unit))
    grain = _like(_grain_as_on(unit, rng), unit) * np.float32(np.sqrt(1 - kept**2))
    return np.asarray(middle + np.float32(kept) * (unit - middle) + grain, np.float32)


def _grain_as_on(unit: Unit, rng: Generator) -> Unit:
    """Grain [height, width] as strong as the film's."""
    grain = rng.standard_normal(unit.shape[:2], np.float32)
    return np.asarray(grain * np.float32(film_noise(to_grey(unit)) / film_noise(grain)), np.float32)


def _like(field: Unit, unit: Unit) -> Unit:
    """The same for each colour of a colour scan."""
    return field[..., None] if unit.ndim == 3 else field
