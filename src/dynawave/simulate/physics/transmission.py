"""How much of the beam reaches the detector: polychromatic Beer-Lambert for several metals, and scatter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from scipy.optimize import lsq_linear

from dynawave.simulate.physics.materials import Material
from dynawave.simulate.physics.source import Spectrum
from dynawave.simulate.records import Array

# Build-up of iron in Berger's form, B - 1 = k x exp(D (x - 1)) with x in mean free paths (Chilton, Shultis and Faw,
# Principles of Radiation Shielding (1984), 7.3). In ANSI/ANS-6.4.3 (1991), 0.1 to 0.5 MeV and up to 6 mean free paths,
# k and D follow the share w of Compton scattering: k = 1.08 w, D = 0.343 w - 0.259.
_SINGLE: Final = 1.08
_BEND: Final = (0.343, -0.259)
_CANDIDATES: Final = 20
_SAMPLES: Final = 240
_BLOCK: Final = 8192
"""Pixels taken at once, so that what is between stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Absorber:
    """What a detector absorbs photons with.

    Attributes:
        layer: the sensitive material.
        thickness_mm: its thickness.
        screens: (material, mm) layers before it, such as a lead screen or the housing.
    """

    layer: Material
    thickness_mm: float
    screens: tuple[tuple[Material, float], ...] = ()

    def signal(self, spectrum: Spectrum) -> Array:
        """Energy in keV that each bin of the beam leaves in the layer: the response of an integrating detector."""
        behind = spectrum.behind(self.screens)
        share = -np.expm1(-self.layer.absorption(spectrum.energies) * self.thickness_mm)
        return np.asarray(behind.photons * behind.energies * share)


@dataclass(frozen=True, slots=True)
class Beam:
    """A beam as its detector sees it, reduced to few energies.

    Attributes:
        weights: signal of each energy without an object, [nodes]; they sum to one.
        attenuation: linear attenuation in 1/mm of each metal at each energy, [metals, nodes].
        compton: share of Compton scattering in the attenuation of the first metal, [nodes].
        energies: of the nodes in keV, [nodes].
    """

    weights: Array
    attenuation: Array
    compton: Array
    energies: Array

    def primary(self, layers: Sequence[Array]) -> Array:
        """Signal behind thickness maps in mm, one for each metal in the order of `beam`; 1 without any metal.

        Args:
            layers: float32 maps of one shape.

        Returns:
            float32 map: sum of w_k exp(-sum of mu_mk t_m) over the energies k.
        """
        paths = np.stack(layers).reshape(len(layers), -1)
        weights, minus = self.weights.astype(np.float32), np.ascontiguousarray(-self.attenuation.T, np.float32)
        total = np.empty(paths.shape[1], np.float32)
        for first in range(0, len(total), _BLOCK):
            part = minus @ paths[:, first : first + _BLOCK]
            np.matmul(weights, np.exp(part, out=part), out=total[first : first + _BLOCK])
        return total.reshape(np.shape(layers[0]))

    def attenuation_of(self, other: Material) -> Array:
        """Linear attenuation in 1/mm at each energy of a material that the beam was not reduced for, [nodes]."""
        return other.attenuation(self.energies)

    def through(self, thickness_mm: float) -> float:
        """Signal behind this thickness of the first metal alone."""
        return float(self._behind(thickness_mm).sum())

    def effective(self, thickness_mm: float) -> float:
        """Effective attenuation of the first metal in 1/mm: -d ln(signal) / dt behind this thickness of it."""
        behind = self._behind(thickness_mm)
        return float(behind @ self.attenuation[0] / behind.sum())

    def compton_share(self, thickness_mm: float) -> float:
        """Mean share of Compton scattering in the attenuation of what gets through this much of the first metal."""
        behind = self._behind(thickness_mm)
        return float(behind @ self.compton / behind.sum())

    def _behind(self, thickness_mm: float) -> Array:
        """Signal of each energy behind this thickness of the first metal."""
        return np.asarray(self.weights * np.exp(-self.attenuation[0] * thickness_mm))


def beam(spectrum: Spectrum, absorber: Absorber, metals: Mapping[Material, float]) -> Beam:
    """The beam for these metals, so that a map takes a dozen exponentials a pixel instead of hundreds.

    Non-negative least squares picks the few energies, and their weights, that transmit like the whole spectrum through
    every mixture of the metals up to their greatest thickness; it is sparse by nature.

    Args:
        spectrum: of the source behind its own filters.
        absorber: of the detector.
        metals: each metal with the greatest thickness in mm that the maps will hold.
    """
    signal = absorber.signal(spectrum)
    # energies that leave nothing in the detector only cost time
    kept = signal > 1e-7 * signal.sum()
    energies, weights = spectrum.energies[kept], signal[kept] / signal.sum()
    table = np.array([metal.attenuation(energies) for metal in metals])
    passed = np.exp(-_mixtures(np.array(list(metals.values()))) @ table)
    # closer together where the energy is low, for there the attenuation falls steeply
    few = np.unique((np.linspace(0, 1, _CANDIDATES) ** 1.4 * (len(energies) - 1)).round().astype(int))
    relative = passed[:, few] / (passed @ weights)[:, None]
    # bounded variable least squares end where SciPy's nnls now and then finds no end
    found = lsq_linear(relative, np.ones(len(passed)), (0, np.inf), method="bvls", max_iter=100).x
    chosen = few[found > 1e-6]
    share = next(iter(metals)).compton_share(energies[chosen])
    return Beam(found[found > 1e-6], table[:, chosen], share, energies[chosen])


def _mixtures(greatest: Array) -> Array:
    """Thicknesses in mm [samples, metals] from nothing to `greatest`, closer together where they are thin."""
    count = min(60, round(_SAMPLES ** (1 / len(greatest))))
    steps = np.linspace(0, 1, count) ** 2
    grid = np.meshgrid(*(steps * mm for mm in greatest), indexing="ij")
    return np.stack([axis.ravel() for axis in grid], axis=1)


def buildup(paths: Array, compton_share: float) -> Array:
    """Scattered over primary signal in contact with steel, B - 1, for a depth in mean free paths.

    Args:
        paths: depth in mean free paths, any shape.
        compton_share: mean share of Compton scattering in the attenuation.
    """
    bend = _BEND[0] * compton_share + _BEND[1]
    return np.asarray(_SINGLE * compton_share * paths * np.exp(bend * (paths - 1)), np.float32)


def scatter(beam: Beam, primary: Array, reference_mm: float, height_px: float, amount: float = 1.0) -> Array:
    """Scattered signal at the detector from the primary signal, [rows, columns].

    Each point of the object scatters B - 1 times its primary signal, evenly over all directions: at the distance r from
    the point below it the share is h / (2 pi (h^2 + r^2)^(3/2)), with h the height of the scattering metal. The metal
    goes on alike beyond the borders.

    Args:
        beam: of the metals.
        primary: signal without scatter, 1 where no metal is.
        reference_mm: typical thickness, at which the beam's hardness is taken, above 0.
        height_px: h in pixels: half the thickness, and the gap between object and detector.
        amount: factor on the build-up: below 1 for a gap, a grid or a small field.
    """
    rows, columns = primary.shape
    # scatter is smooth over h: some three samples in h do
    step = max(1, int(height_px / 3))
    size = max(2, columns // step), max(2, rows // step)
    coarse = cv2.resize(primary, size, interpolation=cv2.INTER_AREA)
    # soft rays do not get through, so that there are fewer mean free paths than -ln(primary)
    harder = beam.effective(reference_mm) * reference_mm / -np.log(beam.through(reference_mm))
    paths = np.float32(-harder) * np.log(np.maximum(coarse, 1e-6))
    source = coarse * buildup(paths, beam.compton_share(reference_mm))
    spread = cv2.filter2D(source, -1, _kernel(height_px / step), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.float32(amount) * cv2.resize(spread, (columns, rows), interpolation=cv2.INTER_LINEAR))


def _kernel(height: float) -> Array:
    """Share of scatter that reaches pixels about the point below its origin, [rows, columns], sum 1."""
    reach = int(np.ceil(4 * height))
    squares = np.arange(-reach, reach + 1) ** 2
    kernel = (height**2 + np.add.outer(squares, squares)) ** -1.5
    return np.asarray(kernel / kernel.sum(), np.float32)
