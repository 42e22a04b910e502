"""Random curves, surfaces and grain: the raw stuff of everything on a film that is not straight."""

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.records import Array


def log_uniform(rng: Generator, low: float, high: float) -> float:
    """One draw whose logarithm is uniform between those of `low` and `high`."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def curve(rng: Generator, count: int, scale: float) -> Array:
    """Smooth random values [count] of unit spread that change over about `scale` steps."""
    return np.asarray(surface(rng, (1, count), (1.0, scale))[0])


def surface(rng: Generator, shape: tuple[int, int], scale: tuple[float, float]) -> Array:
    """Smooth random values [rows, columns] of unit spread that change over `scale` (rows, columns) pixels."""
    knots = [max(1, int(np.ceil(n / s))) + 3 if n > 1 else 1 for n, s in zip(shape, scale, strict=True)]
    coarse = rng.standard_normal(knots, dtype=np.float32)
    size = [max(n, int(k * s)) for n, k, s in zip(shape, knots, scale, strict=True)]
    fine = cv2.resize(coarse, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    top, left = (int(rng.integers(0, m - n + 1)) for m, n in zip(size, shape, strict=True))
    # cubic interpolation of white values leaves 0.87 of their variance in each direction
    gain = 0.87 ** (-0.5 * sum(n > 1 for n in shape))
    return np.asarray(gain * fine[top : top + shape[0], left : left + shape[1]], np.float32)


def grain(rng: Generator, shape: tuple[int, int], sigma_y: float, sigma_x: float) -> Array:
    """Gaussian noise [rows, columns] of unit spread whose neighbours correlate over (sigma_y, sigma_x) pixels."""
    white = rng.standard_normal(shape, dtype=np.float32)
    noise = cv2.GaussianBlur(white, (0, 0), sigma_x, sigmaY=sigma_y)
    return np.asarray(noise / (noise[::3, ::3].std() + 1e-9), np.float32)


def blur(patch: Array, sigma: float) -> Array:
    """Gaussian blur that takes everything outside as empty; none for a `sigma` of 0."""
    if sigma <= 0:
        return patch
    return np.asarray(cv2.GaussianBlur(patch, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT), np.float32)
