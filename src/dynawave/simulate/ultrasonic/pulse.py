"""The pulse, and how echoes add up to A-scans: exact delays, complex so that they interfere as waves do."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.simulate.records import Array

Complex = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Pulse:
    """A pulse with a Gaussian spectrum.

    Attributes:
        frequency_mhz: centre frequency.
        bandwidth: width of the amplitude spectrum at -6 dB, as a share of the centre frequency.
    """

    frequency_mhz: float
    bandwidth: float

    @property
    def sigma_us(self) -> float:
        """Standard deviation of the envelope: half the spectrum's amplitude is left at f0 (1 +- bandwidth / 2)."""
        return float(np.sqrt(2 * np.log(2)) / (np.pi * self.bandwidth * self.frequency_mhz))

    @property
    def width_us(self) -> float:
        """Full width of the envelope at -6 dB: 4 ln 2 / (pi bandwidth f0)."""
        return float(4 * np.log(2) / (np.pi * self.bandwidth * self.frequency_mhz))


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The samples of an A-scan: `count` of them from `start_us` in steps of `step_us`."""

    start_us: float
    step_us: float
    count: int

    @property
    def times_us(self) -> Array:
        """Time of each sample, [count]."""
        return self.start_us + self.step_us * np.arange(self.count)


def superpose(pulse: Pulse, axis: TimeAxis, time_us: Array, amplitude: NDArray[np.inexact]) -> Complex:
    """Add the echoes that arrive at `time_us` with `amplitude`, both [echoes, columns].

    Returns:
        The A-scans' complex baseband [axis.count, columns]: its modulus is the envelope, its argument the phase against
        the centre frequency. A lone echo of amplitude 1 has an envelope of height 1 (less 2 % or so, for an echo
        between two samples is shared out to both) at its very time.
    """
    margin = int(4 * pulse.sigma_us / axis.step_us) + 2
    rows, columns = axis.count + 2 * margin, time_us.shape[1]
    place = (time_us - axis.start_us) / axis.step_us + margin
    strength = np.abs(amplitude)
    # what is below -70 dB of the strongest is not worth its time
    keep = (place >= 0) & (place < rows - 1) & (strength > 3e-4 * strength.max(initial=0))
    place, column = place[keep], np.nonzero(keep)[1]
    phase = 2 * np.pi * pulse.frequency_mhz * time_us[keep]
    value = amplitude[keep] * (np.cos(phase) - 1j * np.sin(phase))
    first = place.astype(np.int64)
    later = place - first
    index = np.concatenate([first, first + 1]) * columns + np.tile(column, 2)
    value = np.concatenate([value * (1 - later), value * later])
    spikes = [np.bincount(index, part, rows * columns) for part in (value.real, value.imag)]
    real, imaginary = (smooth_time(pulse, axis, s.reshape(rows, columns).astype(np.float32)) for s in spikes)
    gain = np.sqrt(2 * np.pi) * pulse.sigma_us / axis.step_us
    return np.asarray(gain * (real + 1j * imaginary)[margin : margin + axis.count], np.complex64)


def smooth_time(pulse: Pulse, axis: TimeAxis, spikes: Array, columns: float = 0.0) -> Array:
    """Blur [rows, columns] by the pulse's envelope down the rows, and by `columns` along the columns."""
    sigma = pulse.sigma_us / axis.step_us
    size = (2 * int(4 * columns) + 1, 2 * int(4 * sigma) + 1)
    return np.asarray(cv2.GaussianBlur(spikes, size, max(columns, 1e-6), sigmaY=sigma))


def radio_frequency(pulse: Pulse, axis: TimeAxis, baseband: Complex) -> Array:
    """The oscillating signal [rows, columns] of a baseband."""
    phase = 2 * np.pi * pulse.frequency_mhz * axis.times_us[:, None]
    return np.asarray(baseband.real * np.cos(phase) - baseband.imag * np.sin(phase), np.float32)
