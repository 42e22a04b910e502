"""Random curves, surfaces and grain: the raw stuff of everything on a film that is not straight."""

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.records import Array

_FEW_KNOTS: Final = 40
"""Knots in one direction up to which a product of matrices takes less time than OpenCV."""


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
    starts = [int(rng.integers(0, m - n + 1)) for m, n in zip(size, shape, strict=True)]
    # cubic interpolation of white values leaves 0.87 of their variance in each direction
    coarse *= np.float32(0.87 ** (-0.5 * sum(n > 1 for n in shape)))
    if max(knots) <= _FEW_KNOTS:  # only the part that is asked for; the whole may be many times as large
        down, along = (_cubic(k, m)[i : i + n] for k, m, i, n in zip(knots, size, starts, shape, strict=True))
        with np.errstate(invalid="ignore"):  # now and then OpenBLAS raises this flag over finite numbers
            return np.asarray(down @ coarse @ along.T, np.float32)
    fine = cv2.resize(coarse, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(fine[starts[0] : starts[0] + shape[0], starts[1] : starts[1] + shape[1]])


def _cubic(knots: int, size: int) -> Array:
    """Weights [size, knots] by which OpenCV's cubic interpolation brings `knots` values to `size`."""
    return np.asarray(cv2.resize(np.eye(knots, dtype=np.float32), (knots, size), interpolation=cv2.INTER_CUBIC))


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
