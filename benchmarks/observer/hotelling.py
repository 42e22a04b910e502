"""The Hotelling observer: the linear test with the greatest signal-to-noise ratio, a prewhitening matched filter.

With K the covariance of the background and s the signal, the template is K^-1 s and the detectability
d' = sqrt(s^T K^-1 s) (Barrett and Myers, Foundations of Image Science, 2004, section 13.2). Where the background is
stationary, K is diagonal in frequency with the noise power P, so d'^2 is the mean over frequencies of |S|^2 / P.
"""

from collections.abc import Iterable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Values = NDArray[np.floating[Any]]

SIDE: Final = 64
"""Pixels of a window, a signal and a template; a background that varies over more than this is none to the observer."""


def noise_power(parts: Iterable[Values]) -> Values:
    """Mean noise power [SIDE, SIDE] of half-overlapping windows, each without its mean; white noise has its variance.

    Args:
        parts: pieces of sound background, each at least `SIDE` x `SIDE`.
    """
    window = np.outer(np.hanning(SIDE + 1)[:-1], np.hanning(SIDE + 1)[:-1])
    total, count = np.zeros((SIDE, SIDE)), 0
    for part in parts:
        views = np.lib.stride_tricks.sliding_window_view(part, (SIDE, SIDE))[:: SIDE // 2, :: SIDE // 2]
        mean = (views * window).sum((2, 3), keepdims=True) / window.sum()
        total += (np.abs(np.fft.fft2((views - mean) * window)) ** 2).sum((0, 1))
        count += views.shape[0] * views.shape[1]
    return np.asarray(total / count / (window**2).sum())


class Observer:
    """Looks for one of some signals in a stationary background.

    Args:
        power: of the background's noise, [SIDE, SIDE], as of `noise_power`.
        signals: the expected signals [n, SIDE, SIDE]: their means where they are known statistically only.
    """

    def __init__(self, power: Values, signals: Values) -> None:
        weight = 1 / power
        weight[0, 0] = 0  # the mean grey value of the background is not known
        self._weight = weight
        spectra = np.fft.fft2(signals)
        strength = np.sqrt((np.abs(spectra) ** 2 * weight).mean((1, 2)))
        # statistics of unit spread in the background
        self._templates = np.fft.ifft2(spectra * weight).real / strength[:, None, None]

    def detectability(self, signal: Values) -> float:
        """The d' of a signal [SIDE, SIDE] of known place and form."""
        return float(np.sqrt((np.abs(np.fft.fft2(signal)) ** 2 * self._weight).mean()))

    def statistics(self, grey: Values) -> NDArray[np.float32]:
        """The test statistic of each signal with its middle at each pixel, [n, height, width]."""
        grey = np.asarray(grey, np.float32)
        anchor = (SIDE // 2, SIDE // 2)
        maps = (cv2.filter2D(grey, cv2.CV_32F, t, anchor=anchor) for t in self._templates.astype(np.float32))
        return np.array(list(maps))


def detection(detectability: Values | float, false_call_rate: float) -> Values:
    """Probability of detection of a signal of known place in Gaussian noise at this false-call rate."""
    return np.asarray(norm.cdf(detectability - norm.isf(false_call_rate)))
