"""Imaging plates and digital detector arrays: from dose to grey values, with their noise, bad pixels and lines."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.errors import ConfigError
from dynawave.simulate.physics.film import APERTURE_UM
from dynawave.simulate.physics.noise import coloured
from dynawave.simulate.records import Array


@dataclass(frozen=True, slots=True)
class Digital:
    """A detector whose grey values are linear in dose: an imaging plate or a digital detector array.

    The variance of the grey values has three parts, whose shares are those at the target grey value: photons (what the
    two others leave), which grows with the grey value; electronics, the same everywhere; and structure of plate or
    pixels, which grows with the grey value squared and so bounds the SNR however long the exposure (U. Ewert et al.,
    18th WCNDT (2012)).

    Attributes:
        pixel_um: pitch.
        srb_um: basic spatial resolution of the detector, at least half the pitch.
        electronic_share: of the variance at the target.
        structure_share: of the variance at the target.
        line_share: of the electronic variance that whole rows have in common (laser scan, read-out lines).
        bits: of the converter, 8 to 16.
    """

    pixel_um: float
    srb_um: float
    electronic_share: float
    structure_share: float
    line_share: float
    bits: int

    @property
    def photon_blur_px(self) -> float:
        """Standard deviation in pixels over which light of one photon spreads, and so its noise: the detector's SRb."""
        return float(np.sqrt(max(0.5 * (self.srb_um / self.pixel_um) ** 2 - 1 / 12, 0)))

    def relative_noise(self, dose: Array) -> Array:
        """Standard deviation of the noise at a dose over that at the target, where the dose is 1."""
        photons = 1 - self.electronic_share - self.structure_share
        return np.asarray(np.sqrt(photons * dose + self.structure_share * dose**2 + self.electronic_share))


# Typical of their kind: a needle-free plate scanned at 50 um, and CsI on amorphous silicon.
IMAGING_PLATE = Digital(pixel_um=50, srb_um=70, electronic_share=0.1, structure_share=0.3, line_share=0.2, bits=16)
DETECTOR_ARRAY = Digital(pixel_um=100, srb_um=100, electronic_share=0.1, structure_share=0.05, line_share=0.05, bits=14)


def expose_digital(
    rng: Generator, dose: Array, detector: Digital, target_grey: float, snr_n: float, image_srb_um: float
) -> NDArray[np.uint16]:
    """Expose to a grey value and a normalised SNR at the same place.

    Args:
        rng: stream for the noise.
        dose: relative dose [rows, columns], 1 at the place where grey value and SNR are asked for; blurred already.
        detector: plate or array.
        target_grey: grey value there, offset removed (thick metal is dark).
        snr_n: normalised SNR there, SNR x 88.6 um / SRb (ISO 17636-2).
        image_srb_um: SRb of the image, by which the SNR is normalised.

    Raises:
        ConfigError: the converter cannot hold the target, or the SNR is not positive.
    """
    top = 2**detector.bits - 1
    if not 0 < target_grey < top or not snr_n > 0:
        raise ConfigError(f"grey value {target_grey} and SNR_N {snr_n} must be positive, the grey value below {top}.")
    spread = np.float32(target_grey / (snr_n * image_srb_um / APERTURE_UM))
    relative = np.maximum(dose, 0).astype(np.float32)
    photons = 1 - detector.electronic_share - detector.structure_share
    quantum = coloured(rng, relative.shape, detector.photon_blur_px, keep_power=True)
    level = np.sqrt(photons * relative + detector.structure_share * relative**2)
    noise = level * quantum + np.float32(np.sqrt(detector.electronic_share)) * _electronic(
        rng, relative.shape, detector.line_share
    )
    return np.rint(np.clip(target_grey * relative + spread * noise, 0, top)).astype(np.uint16)


def bad_pixels(rng: Generator, shape: tuple[int, int], share: float, lines: int) -> NDArray[np.bool_]:
    """A map of bad pixels: single ones, some in clusters of 2 x 2, and whole columns (kinds of ASTM E2597).

    Args:
        rng: stream; the map belongs to the detector, so use the same for all its images.
        shape: rows and columns.
        share: of pixels that are the seed of a fault.
        lines: number of bad columns.
    """
    bad = rng.random(shape) < share
    clusters = bad & (rng.random(shape) < 0.1)
    bad |= cv2.dilate(clusters.astype(np.uint8), np.ones((2, 2), np.uint8)).astype(bool)
    bad[:, rng.integers(0, shape[1], lines)] = True
    return bad


def corrected(image: NDArray[np.uint16], bad: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """The image with each bad pixel replaced by the mean of the good ones among its nearest neighbours.

    Neighbours lie in a square of 3 x 3 pixels, or the smallest larger one that holds a good pixel.

    Raises:
        ConfigError: every pixel is bad.
    """
    if bad.all():
        raise ConfigError("a detector without any good pixel has no image to correct.")
    result, left, reach = image.copy(), bad.copy(), 1
    good = (~bad).astype(np.float32)
    while left.any():
        size = (2 * reach + 1, 2 * reach + 1)
        count = cv2.boxFilter(good, -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
        total = cv2.boxFilter(image * good, -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
        now = left & (count > 0.5)
        result[now] = np.rint(total[now] / count[now])
        left, reach = left & ~now, reach + 1
    return result


def _electronic(rng: Generator, shape: tuple[int, ...], line_share: float) -> Array:
    """Noise of unit variance, of which whole rows have `line_share` in common."""
    pixels = rng.standard_normal(shape, dtype=np.float32)
    rows = rng.standard_normal((shape[0], 1), dtype=np.float32)
    return np.asarray(np.float32(np.sqrt(1 - line_share)) * pixels + np.float32(np.sqrt(line_share)) * rows)
