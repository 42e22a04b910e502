"""Noise of grains and of the instrument, and the ringing of the wedge."""

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve
from dynawave.simulate.records import Array
from dynawave.simulate.ultrasonic.pulse import Complex, Pulse, TimeAxis, smooth_time


def speckle(rng: Generator, pulse: Pulse, axis: TimeAxis, columns: int, spread: float) -> Complex:
    """Sum of countless unseen scatterers: complex noise [axis.count, columns] of unit root mean square.

    It correlates over the pulse's length and over `spread` columns (standard deviation of the beam).
    """
    shape = (axis.count, columns)
    parts = [smooth_time(pulse, axis, rng.standard_normal(shape, dtype=np.float32), spread) for _ in range(2)]
    noise = parts[0] + 1j * parts[1]
    return np.asarray(noise / np.sqrt((np.abs(noise[::3, ::3]) ** 2).mean()), np.complex64)


def ringing(rng: Generator, path: Array, columns: int, length: float) -> Complex:
    """Echoes within the wedge and of the surface, [rows, columns], that die away over `length` mm of path."""
    rows = len(path)
    wave = curve(rng, rows, 9) + 1j * curve(rng, rows, 9)
    change = 1 + 0.15 * curve(rng, columns, columns / 4)
    return np.asarray((wave * np.exp(-path / length))[:, None] * change[None], np.complex64)
