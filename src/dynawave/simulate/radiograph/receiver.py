"""From dose to grey values 0-255, thick metal bright: film and digitiser, imaging plate, detector array."""

from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import log_uniform
from dynawave.simulate.physics.digital import (
    DETECTOR_ARRAY,
    IMAGING_PLATE,
    Digital,
    bad_pixels,
    corrected,
    expose_digital,
)
from dynawave.simulate.physics.film import APERTURE_UM, Digitiser, Film, expose_film, film_class
from dynawave.simulate.physics.noise import kept_power
from dynawave.simulate.radiograph.technique import Technique
from dynawave.simulate.records import Array

MEDIAN: Final = 5
"""Side in pixels of the filter of films that are smoothed, as those of GDXray W0001 look beside the same in W0003: the
grain is half as strong and correlates by 0.8, 0.57 and 0.35 over one to three pixels, the edges are as sharp."""
LEFT: Final = 0.34
"""Share of the grain's spread that the filter leaves, behind the spots of `technique`; a test repeats it."""
SMOOTHED_SHARE: Final = 0.33


class Receiver(Protocol):
    """What makes a signal of the dose relative to that of the weld."""

    @property
    def least_span(self) -> float:
        """Difference of signal that is given the whole range of grey values even where the image has less."""

    def signal(self, dose: Array) -> Array:
        """Signal without noise, any shape; it grows with dose."""

    def spread(self, dose: Array) -> Array:
        """Standard deviation of the noise."""

    def read(self, rng: Generator, dose: Array) -> Array:
        """Signal with noise and in the steps of the converter."""


@dataclass(frozen=True, slots=True)
class FilmReceiver:
    """Film and digitiser; the signal is optical density.

    Attributes:
        film: film system.
        digitiser: scanner.
        reference: density where the dose is 1.
        pixel_um: edge of a pixel.
    """

    film: Film
    digitiser: Digitiser
    reference: float
    pixel_um: float

    @property
    def least_span(self) -> float:
        """A density of 1.5, about that between plate and weld of many films."""
        return 1.5

    def signal(self, dose: Array) -> Array:
        """Density, at most the digitiser's."""
        return np.minimum(self.film.density(dose, self.reference), np.float32(self.digitiser.greatest_density))

    def spread(self, dose: Array) -> Array:
        """Granularity, averaged by the spot, and the digitiser's own noise."""
        grain = self.film.granularity(self.film.density(dose, self.reference), self.pixel_um)
        return np.asarray(np.hypot(grain * np.sqrt(kept_power(self.digitiser.spot_px)), self.digitiser.noise))

    def read(self, rng: Generator, dose: Array) -> Array:
        """Density as digitised."""
        pixels = expose_film(rng, dose, self.film, self.digitiser, self.reference, self.pixel_um)
        top = self.digitiser.greatest_density
        return np.asarray(np.float32(top) - pixels * np.float32(top / (2**self.digitiser.bits - 1)), np.float32)


@dataclass(frozen=True, slots=True)
class DigitalReceiver:
    """Imaging plate or detector array; the signal is linear in dose, 1 where the dose is 1.

    Attributes:
        detector: plate or array.
        target: grey value of the detector where the dose is 1.
        snr_n: normalised SNR there.
        image_srb_um: SRb of the image.
        faults: share of bad pixels, which are replaced by their neighbours.
    """

    detector: Digital
    target: float
    snr_n: float
    image_srb_um: float
    faults: float = 0.0

    @property
    def least_span(self) -> float:
        """A third of the weld's dose."""
        return 1 / 3

    def signal(self, dose: Array) -> Array:
        """The dose."""
        return dose

    def spread(self, dose: Array) -> Array:
        """Noise of photons, structure and electronics."""
        snr = self.snr_n * self.image_srb_um / APERTURE_UM
        return np.asarray(self.detector.relative_noise(dose) / snr)

    def read(self, rng: Generator, dose: Array) -> Array:
        """Grey values over the target."""
        pixels = expose_digital(rng, dose, self.detector, self.target, self.snr_n, self.image_srb_um)
        if self.faults:
            pixels = corrected(pixels, bad_pixels(rng, pixels.shape, self.faults, int(rng.integers(0, 3))))
        return np.asarray(pixels / np.float32(self.target), np.float32)


@dataclass(frozen=True, slots=True)
class Display:
    """The receiver's signal, stretched to grey values 0-255.

    Attributes:
        receiver: film or digital detector.
        black: signal of grey value 0 (thin metal).
        white: signal of grey value 255.
        smoothed: freed of grain by a median filter, as the films of GDXray W0001 are.
    """

    receiver: Receiver
    black: float
    white: float
    smoothed: bool = False

    @property
    def per_signal(self) -> float:
        """Grey values for a unit of signal, negative."""
        return 255 / (self.white - self.black)

    def grey(self, dose: Array) -> Array:
        """Grey values without noise, clipped to 0-255."""
        return self._stretched(self.receiver.signal(dose))

    def noise(self, dose: float) -> float:
        """Standard deviation in grey values of the noise at a dose."""
        spread = abs(self.per_signal) * float(self.receiver.spread(np.array([dose], np.float32))[0])
        return spread * (LEFT if self.smoothed else 1)

    def seen_noise(self, dose: float) -> float:
        """What the eye sees of it: it averages fine grain over some pixels, about as the filter does."""
        fine = isinstance(self.receiver, FilmReceiver) and not self.smoothed
        return self.noise(dose) * (LEFT if fine else 1)

    def finished(self, grey: Array) -> Array:
        """Grey values as they are stored."""
        return np.asarray(cv2.medianBlur(grey, MEDIAN)) if self.smoothed else grey

    def read(self, rng: Generator, dose: Array) -> Array:
        """Grey values with noise, clipped to 0-255."""
        return self._stretched(self.receiver.read(rng, dose))

    def _stretched(self, signal: Array) -> Array:
        grey = (signal - np.float32(self.black)) * np.float32(self.per_signal)
        return np.clip(grey, 0, 255, out=grey)


def draw_receiver(rng: Generator, technique: Technique, dose: Array) -> Receiver:
    """Draw film class, density and digitiser, or grey value and SNR_N, as class A or B of ISO 17636 asks for.

    Args:
        rng: draws it.
        technique: of the exposure.
        dose: of the sound weld, 1 in the weld.
    """
    if technique.detector == "film":
        shares = [0.5, 0.5, 0.0] if technique.better else [0.35, 0.5, 0.15]
        film = film_class(str(rng.choice(["special", "I", "II"], p=shares)))
        scanner = Digitiser(rng.uniform(4.4, 4.8), log_uniform(rng, 0.001, 0.006), technique.spot_px)
        least = 2.3 if technique.better else 2.0
        reference = _readable(film, rng.uniform(least, least + 0.9), scanner.greatest_density, dose)
        return FilmReceiver(film, scanner, reference, technique.pitch_um)
    base: Any = IMAGING_PLATE if technique.detector == "plate" else DETECTOR_ARRAY
    detector = replace(base, pixel_um=technique.pitch_um, srb_um=technique.detector_srb_um)
    faults = log_uniform(rng, 1e-4, 2e-3) if technique.detector == "array" else 0.0
    # an array adds up as many frames as one likes
    more = rng.uniform(2, 6) if technique.detector == "array" else rng.uniform(1, 2.5)
    snr_n = more * (100 if technique.better else 70)
    target = rng.uniform(0.15, 0.4) * 2**detector.bits
    return DigitalReceiver(detector, target, snr_n, 1000 * technique.srb_mm, faults)


def _readable(film: Film, reference: float, greatest: float, dose: Array) -> float:
    """The weld's density, less where the plates would be too dark for the scanner, but at least 1.5."""
    thin = np.percentile(dose[::6, ::6], [97])
    while reference > 1.5 and film.density(thin, reference)[0] > greatest - 0.3:
        reference -= 0.1
    return reference


def draw_display(rng: Generator, receiver: Receiver, dose: Array) -> Display:
    """Stretch the signal of an image without noise to the grey values, as who digitises it does.

    The darkest and the brightest hundredth of the image come to two drawn grey values; flat images are stretched less.
    """
    low, high = (float(v) for v in np.percentile(receiver.signal(dose[::6, ::6]), [1, 99]))
    dark, bright = rng.uniform(5, 55), rng.uniform(165, 245)
    per_signal = (bright - dark) / max(high - low, receiver.least_span)
    middle, grey = 0.5 * (low + high), 0.5 * (dark + bright)
    black, white = middle + grey / per_signal, middle - (255 - grey) / per_signal
    return Display(receiver, black, white, isinstance(receiver, FilmReceiver) and rng.random() < SMOOTHED_SHARE)
