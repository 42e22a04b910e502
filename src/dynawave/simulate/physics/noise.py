"""Noise fields of known spread and correlation."""

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.records import Array


def coloured(rng: Generator, shape: tuple[int, ...], sigma: float, keep_power: bool) -> Array:
    """White Gaussian noise of unit spread, blurred by a Gaussian of standard deviation `sigma` pixels.

    Args:
        rng: stream.
        shape: rows and columns.
        sigma: in pixels; 0 leaves it white.
        keep_power: bring it back to unit spread; otherwise the blur has averaged some of it away.
    """
    noise = rng.standard_normal(shape, dtype=np.float32)
    if sigma <= 0:
        return noise
    kernel = _kernel(sigma)
    if keep_power:
        kernel = kernel / np.sqrt(np.sum(kernel**2))
    return np.asarray(cv2.sepFilter2D(noise, -1, kernel, kernel), np.float32)


def kept_power(sigma: float) -> float:
    """Share of the variance of white noise that is left behind a Gaussian of `sigma` pixels, 1 for 0."""
    # each of the two passes multiplies the variance by the power of the kernel
    return float(np.sum(_kernel(sigma) ** 2)) ** 2 if sigma > 0 else 1.0


def _kernel(sigma: float) -> Array:
    """Gaussian on pixels, of sum 1, [size, 1]."""
    return np.asarray(cv2.getGaussianKernel(2 * int(np.ceil(4 * sigma)) + 1, sigma, cv2.CV_32F))
