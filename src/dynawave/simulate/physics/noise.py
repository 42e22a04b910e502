"""Noise fields of known spread and correlation."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.records import Array

Spread = float | tuple[float, float]
"""Standard deviation in pixels, the same in both directions or (along the rows, down the columns)."""


def coloured(rng: Generator, shape: tuple[int, ...], sigma: Spread, keep_power: bool) -> Array:
    """White Gaussian noise of unit spread, blurred by a Gaussian of standard deviation `sigma` pixels.

    Args:
        rng: stream.
        shape: rows and columns.
        sigma: in pixels, or (along the rows, down the columns); 0 leaves it white.
        keep_power: bring it back to unit spread; otherwise the blur has averaged some of it away.
    """
    noise = rng.standard_normal(shape, dtype=np.float32)
    along, down = _kernels(sigma)
    if max(len(along), len(down)) == 1:
        return noise
    if keep_power:
        along, down = (kernel / np.sqrt(np.sum(kernel**2)) for kernel in (along, down))
    return np.asarray(cv2.sepFilter2D(noise, -1, along, down), np.float32)


@lru_cache(maxsize=64)
def kept_power(sigma: Spread) -> float:
    """Share of the variance of white noise that is left behind such a blur."""
    # each of the two passes multiplies the variance by the power of its kernel
    return float(np.prod([np.sum(kernel**2) for kernel in _kernels(sigma)]))


def _kernels(sigma: Spread) -> tuple[Array, Array]:
    """Gaussians on pixels, of sum 1, [size, 1], along the rows and down the columns."""
    along, down = sigma if isinstance(sigma, tuple) else (sigma, sigma)
    return _kernel(along), _kernel(down)


def _kernel(sigma: float) -> Array:
    size = 2 * int(np.ceil(4 * sigma)) + 1
    return np.asarray(cv2.getGaussianKernel(size, sigma, cv2.CV_32F) if sigma > 0 else np.ones((1, 1), np.float32))
