"""A fitted curve of the probability of detection, or why there is none."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

CONFIDENCE: Final = 0.95
"""Of a bound, one-sided: the size a90/95 is at least a90 in 95 of 100 trials."""
ONE_SIDED: Final = 1.6448536269514722
"""Normal quantile of `CONFIDENCE`; its square is the chi-square quantile of the likelihood ratio with one freedom."""
LEVELS: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99)
"""Probabilities of detection at which the curve and its bound are tabulated."""
NEEDED: Final = {"hit/miss": 60, "signal": 40}
"""Flaws that MIL-HDBK-1823A asks for at least."""

Points = tuple[tuple[float, float], ...]
"""Probability and size."""


@dataclass(frozen=True, slots=True)
class Pod:
    """A curve of the probability of detection over the size `a` of a flaw.

    Attributes:
        method: "hit/miss" or "signal".
        unit: of all sizes.
        flaws: number of flaws that it was fitted to.
        found: of them, those that were called.
        enough: as many flaws as MIL-HDBK-1823A asks for at least, 60 for hits and misses, 40 for signals.
        location: ln of the size that is found half the times.
        scale: of the rise over ln size: logistic scale, or standard deviation of the normal distribution.
        a50: size that is found with probability 0.5; None where it lies beyond the flaws of the trial.
        a90: size that is found with probability 0.9; see a50.
        a90_95: upper 95 % confidence bound of a90, one-sided; None where the data give none; see a50.
        curve: (probability, size) of the curve at `LEVELS`.
        bound: (probability, size) of the upper bound of each size, that is the lower bound of the curve.
        reason: why there is no curve, or no a90/95; empty where there are both.
    """

    method: str
    unit: str
    flaws: int
    found: int
    enough: bool
    location: float | None = None
    scale: float | None = None
    a50: float | None = None
    a90: float | None = None
    a90_95: float | None = None
    curve: Points = ()
    bound: Points = ()
    reason: str = ""


def no_curve(method: str, unit: str, hit: NDArray[np.bool_], reason: str) -> Pod:
    """What is known where nothing can be fitted."""
    return Pod(method, unit, len(hit), int(hit.sum()), len(hit) >= NEEDED[method], reason=reason)


def make_pod(
    method: str, unit: str, sizes: NDArray[np.float64], hit: NDArray[np.bool_], location: float, scale: float,
    curve: Points, bound: Points,
) -> Pod:  # fmt: skip
    """A curve that was fitted; sizes beyond the least and the greatest flaw are left out: nothing is known of them.

    So are points of a curve so flat that they lie beyond any number.
    """
    curve, bound = (tuple(point for point in points if np.isfinite(point[1])) for points in (curve, bound))

    def known(points: Points, level: float) -> float | None:
        size = dict(points).get(level)
        return size if size is not None and sizes.min() <= size <= sizes.max() else None

    a90, a90_95 = known(curve, 0.9), known(bound, 0.9)
    reason = ""
    if a90 is None:
        reason = f"a90 lies beyond the flaws of the trial, {sizes.min():.2g} to {sizes.max():.2g} {unit}"
    elif a90_95 is None:
        reason = "the rise with size is not sure enough for a90/95 within the flaws of the trial"
    return Pod(
        method, unit, len(hit), int(hit.sum()), len(hit) >= NEEDED[method], location, scale,
        known(curve, 0.5), a90, a90_95, curve, bound, reason,
    )  # fmt: skip
