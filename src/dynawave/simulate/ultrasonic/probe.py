"""Probes in front of a weld: sound paths, delays and beam spread.

The surface is z = 0 and z points into the metal, x across the weld, y along it; lengths in mm, times in microseconds.
Velocity is uniform: no beam is bent by texture. That is the chief simplification of this first version.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from dynawave.simulate.records import Array

LONGITUDINAL: Final = 5.92
SHEAR: Final = 3.23
REXOLITE: Final = 2.33
"""Velocities in mm/us of steel and of the wedge (usual calibration values, as in the tables of Evident)."""


def beam_sigma(velocity: float, frequency_mhz: float, diameter_mm: float) -> float:
    """Standard deviation in radians of a Gaussian beam's two-way amplitude.

    Its half angle at -6 dB in pulse-echo is asin(0.514 c / (f D)) (Olympus, Ultrasonic Transducers Technical Notes).
    """
    return float(np.arcsin(min(0.514 * velocity / (frequency_mhz * diameter_mm), 0.9)) / np.sqrt(2 * np.log(2)))


def grain_spread(wavelength: float, sigma: float) -> float:
    """Standard deviation in mm over which the noise of grains is blurred along the path of a probe that moves.

    A grain seen at the angle phi turns its phase by 4 pi phi / wavelength for each mm that the probe moves; with phi
    spread by `sigma` the signal forgets itself over wavelength / (4 pi sigma).
    """
    return wavelength / (4 * np.pi * sigma)


def wedge_angle(angle: Array | float, velocity: float) -> Array:
    """Angle in the wedge (radians from the vertical) that Snell's law refracts to `angle` in the metal."""
    return np.asarray(np.arcsin(REXOLITE / velocity * np.sin(angle)))


@dataclass(frozen=True, slots=True)
class Probe:
    """One or two probes at each column of a picture.

    Attributes:
        transmitter: index point [columns, 3] in mm.
        receiver: the same; equal in pulse-echo.
        angle: beam angle of each column in radians from the vertical, [columns]; the receiver looks back along the
            mirrored angle when it stands elsewhere.
        sigma: two-way beam spread in radians.
        velocity: in the metal, mm/us.
        delay_us: time in the wedges, both ways.
    """

    transmitter: Array
    receiver: Array
    angle: Array
    sigma: float
    velocity: float
    delay_us: float

    def echoes(self, points: Array) -> tuple[Array, Array]:
        """Arrival times in us and beam amplitudes, both [points, columns], of scatterers [points, 3]."""
        out, amplitude = self._leg(points, self.transmitter, self.angle)
        if self.receiver is self.transmitter:
            return self.delay_us + 2 * out / self.velocity, amplitude**2
        back, answer = self._leg(points, self.receiver, -self.angle)
        return self.delay_us + (out + back) / self.velocity, amplitude * answer

    def first(self) -> "Probe":
        """The probe in the first column alone."""
        place = self.transmitter[:1]
        receiver = place if self.receiver is self.transmitter else self.receiver[:1]
        return replace(self, transmitter=place, receiver=receiver, angle=self.angle[:1])

    def _leg(self, points: Array, place: Array, angle: Array) -> tuple[Array, Array]:
        """Path in mm and one-way amplitude from a probe to each point."""
        dx, dy, dz = (np.asarray(points[:, None, k] - place[None, :, k], np.float32) for k in range(3))
        within = np.hypot(dx, dz)
        off = (np.arctan2(dx, dz) - angle[None]) ** 2 + np.arctan2(dy, within) ** 2
        return np.hypot(within, dy), np.exp(-off / (4 * self.sigma**2))


def sector_probe(angles: Array, sigma: float, velocity: float, wedge_mm: float) -> Probe:
    """A phased array at the origin, one column an angle."""
    place = np.zeros((len(angles), 3))
    return Probe(place, place, angles, sigma, velocity, 2 * wedge_mm / REXOLITE)


def raster_probe(along: Array, angle: float, sigma: float, velocity: float, wedge_mm: float) -> Probe:
    """A probe of one angle that runs along the weld, one column a position."""
    place = np.stack([np.zeros_like(along), along, np.zeros_like(along)], 1)
    return Probe(place, place, np.full(len(along), angle), sigma, velocity, 2 * wedge_mm / REXOLITE)


def tofd_probe(along: Array, half_separation: float, angle: float, sigma: float, wedge_mm: float) -> Probe:
    """Two longitudinal probes that face each other over the weld (x = 0) and run along it."""
    zero, side = np.zeros_like(along), np.full(len(along), half_separation)
    left, right = np.stack([-side, along, zero], 1), np.stack([side, along, zero], 1)
    return Probe(left, right, np.full(len(along), angle), sigma, LONGITUDINAL, 2 * wedge_mm / REXOLITE)
