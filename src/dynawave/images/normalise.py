"""Contrast normalisation at the original depth: what the network sees instead of grey values.

Of a grey picture three channels carry the same film at three ranges, so that a film of any exposure, depth or shading
looks alike:

0. overall brightness between robust percentiles of the film (where the bead and the borders are);
1. the film less its background over `WIDE` pixels, in units of its local spread (large, faint flaws);
2. the film less its background over `NARROW` pixels, in units of its noise (small flaws and edges).

Ranks and medians, not extremes, set the scales, so lead letters, borders and dust do not.

Of a colour picture they carry red, green and blue, all on the one scale that its brightness sets: rust, heat tint and
flux are known by their colour, which a range for each channel would take away.
"""

from typing import Any, Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

WIDE: Final = 32.0
NARROW: Final = 6.0
LIMIT: Final = 3.0
# of the film's range: keeps the digitisation steps of a flat film from becoming texture
FLOOR: Final = 2e-3

Grey = NDArray[np.float32]
Channels = Literal["grey", "colour"]
"""What a network is trained on: brightness alone, as of films and scans, or colours."""

_WEIGHTS: Final = np.array([0.299, 0.587, 0.114], np.float32)


def to_grey(pixels: NDArray[Any]) -> Grey:
    """Grey values as float32 [height, width] at the original scale; NaN and infinity become the film's median."""
    values = pixels.astype(np.float32)
    return _finite(values @ _WEIGHTS if values.ndim == 3 else values)


def to_colour(pixels: NDArray[Any]) -> Grey:
    """Red, green and blue as float32 [height, width, 3] at the original scale; of a grey picture all three are alike.

    NaN and infinity become the picture's median.
    """
    values = pixels.astype(np.float32)
    return _finite(values if values.ndim == 3 else np.repeat(values[..., None], 3, 2))


def to_values(pixels: NDArray[Any], channels: Channels) -> Grey:
    """`to_grey` or `to_colour`: what `normalise` takes for a network of these channels."""
    return to_colour(pixels) if channels == "colour" else to_grey(pixels)


def _finite(values: Grey) -> Grey:
    finite = np.isfinite(values)
    if not finite.all():
        values = np.where(finite, values, np.float32(np.median(values[finite]) if finite.any() else 0))
    return np.ascontiguousarray(values, np.float32)


def grey_range(values: Grey) -> tuple[float, float]:
    """The 1st and 99th percentile of a picture's brightness, from a sample of a large one.

    Args:
        values: grey [height, width] or colour [height, width, 3].
    """
    step = max(1, int(np.sqrt(values.shape[0] * values.shape[1] / 250_000)))
    sample = values[::step, ::step]
    low, high = np.percentile(sample @ _WEIGHTS if sample.ndim == 3 else sample, [1, 99])
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


def normalise(values: Grey, limits: tuple[float, float] | None = None) -> Grey:
    """Normalise a picture, grey or colour, or a crop of one.

    Args:
        values: float32 [height, width] or [height, width, 3] at any scale.
        limits: `grey_range` of the whole picture, when `values` is a crop of it.

    Returns:
        float32 [3, height, width], each channel about zero mean and within +-3.
    """
    low, high = limits or grey_range(values)
    unit = (values - np.float32(low)) / np.float32(high - low)
    # a "no data" value of 1e38 must not overflow once squared
    np.clip(unit, -1e3, 1e3, out=unit)
    colour = unit.ndim == 3
    out = np.empty((3, *unit.shape[:2]), np.float32)
    brightness = out if colour else out[0]
    np.subtract(2 * (np.moveaxis(unit, 2, 0) if colour else unit), 1, out=brightness)
    np.clip(brightness, -LIMIT / 2, LIMIT / 2, out=brightness)
    if not colour:
        _flatten(unit, WIDE, out[1])
        _flatten(unit, NARROW, out[2])
    return out
