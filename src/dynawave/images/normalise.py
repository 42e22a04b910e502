"""Contrast normalisation at the original depth: what the network sees instead of grey values.

Three channels carry the same film at three ranges, so that a film of any exposure, depth or shading looks alike:

0. overall brightness between robust percentiles of the film (where the bead and the borders are);
1. the film less its background over `WIDE` pixels, in units of its local spread (large, faint flaws);
2. the film less its background over `NARROW` pixels, in units of its noise (small flaws and edges).

Ranks and medians, not extremes, set the scales, so lead letters, borders and dust do not.
"""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

WIDE: Final = 32.0
NARROW: Final = 6.0
LIMIT: Final = 3.0
# of the film's range: keeps the digitisation steps of a flat film from becoming texture
FLOOR: Final = 2e-3

Grey = NDArray[np.float32]


def to_grey(pixels: NDArray[Any]) -> Grey:
    """Grey values as float32 [height, width] at the original scale; NaN and infinity become the film's median."""
    grey = pixels.astype(np.float32)
    if grey.ndim == 3:
        grey = grey @ np.array([0.299, 0.587, 0.114], np.float32)
    finite = np.isfinite(grey)
    if not finite.all():
        grey = np.where(finite, grey, np.float32(np.median(grey[finite]) if finite.any() else 0))
    return np.ascontiguousarray(grey, np.float32)


def grey_range(grey: Grey) -> tuple[float, float]:
    """The 1st and 99th percentile, from a sample of a large film."""
    step = max(1, int(np.sqrt(grey.size / 250_000)))
    low, high = np.percentile(grey[::step, ::step], [1, 99])
    return float(low), float(max(high, low + 1e-6 * max(1.0, abs(low))))


def _blur(grey: Grey, sigma: float) -> Grey:
    """Gaussian blur; a wide one is done on a smaller copy, where it costs little and looks the same."""
    factor = max(1, int(sigma / 4))
    if factor == 1 or min(grey.shape) < 2 * factor:
        return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.float32)
    height, width = grey.shape
    small = cv2.resize(grey, (-(-width // factor), -(-height // factor)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _flatten(grey: Grey, sigma: float, out: Grey) -> None:
    """Into `out`: the difference to the background over `sigma` pixels by its local spread, squeezed softly to +-LIMIT.

    In place, because a film of 5000 x 2400 px takes 48 MB an array.
    """
    np.subtract(grey, _blur(grey, sigma), out=out)
    spread = np.multiply(out, out)
    spread = np.sqrt(_blur(spread, 2 * sigma), out=spread)
    spread += FLOOR
    spread *= LIMIT
    out /= spread
    np.tanh(out, out=out)
    out *= LIMIT


def normalise(grey: Grey, limits: tuple[float, float] | None = None) -> Grey:
    """Normalise a grey film or a crop of one.

    Args:
        grey: float32 [height, width] at any scale.
        limits: `grey_range` of the whole film, when `grey` is a crop of it.

    Returns:
        float32 [3, height, width], each channel about zero mean and within +-3.
    """
    low, high = limits or grey_range(grey)
    unit = (grey - np.float32(low)) / np.float32(high - low)
    # a "no data" value of 1e38 must not overflow once squared
    np.clip(unit, -1e3, 1e3, out=unit)
    out = np.empty((3, *grey.shape), np.float32)
    np.clip(np.subtract(2 * unit, 1, out=out[0]), -LIMIT / 2, LIMIT / 2, out=out[0])
    _flatten(unit, WIDE, out[1])
    _flatten(unit, NARROW, out[2])
    return out
