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
    size = 2 * int(np.ceil(4 * sigma)) + 1
    kernel = cv2.getGaussianKernel(size, sigma, cv2.CV_32F)
    if keep_power:
        # the two passes multiply the variance by the square of the kernel's own power
        kernel = kernel / np.sqrt(np.sum(kernel**2))
    return np.asarray(cv2.sepFilter2D(noise, -1, kernel, kernel), np.float32)
