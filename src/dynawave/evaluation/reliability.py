"""Do scores mean what they say? Calls in ranges of their score, against the share that hits a flaw.

The expected calibration error is the mean distance of the two over the calls (Guo et al., 2017; of detectors, Kueppers
et al., 2020). Most calls of a detector are faint, so the error of those at the operating threshold is given too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dynawave.evaluation.findings import Claim
from dynawave.inspection.calibration import Calibration, logit

RANGES: Final = 10


@dataclass(frozen=True, slots=True)
class Range:
    """Calls of a range of scores: how many, their mean score, and the share of them that hits a flaw."""

    calls: int
    score: float
    true: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """The diagram and its errors.

    Attributes:
        error: expected calibration error over all calls.
        error_reported: the same over the calls at the operating threshold; None without any.
        brier: mean squared distance of score and truth.
        ranges: of equal width, those with calls.
    """

    error: float
    error_reported: float | None
    brier: float
    ranges: list[Range]


def measure_reliability(scores: NDArray[np.float64], true: NDArray[np.bool_], threshold: float) -> Reliability | None:
    """The measures of calls by their scores [calls] and whether they hit a flaw [calls]; None without calls."""
    if not len(scores):
        return None
    ranges, reported = _ranges(scores, true), scores >= threshold
    return Reliability(
        error=_error(ranges),
        error_reported=_error(_ranges(scores[reported], true[reported])) if reported.any() else None,
        brier=float(((scores - true) ** 2).mean()),
        ranges=ranges,
    )


def range_of(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of the range of each score, [calls]."""
    return np.minimum((scores * RANGES).astype(np.int64), RANGES - 1)


def scores_of(claims: Sequence[Claim]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores and truth of calls."""
    return np.array([claim.score for claim in claims]), np.array([claim.true for claim in claims], np.bool_)


def fit_calibration(scores: NDArray[np.float64], true: NDArray[np.bool_]) -> Calibration | None:
    """The slope and offset on the logit that make scores probable (Platt, 1999); None where calls cannot say.

    Temperature scaling and an offset: a detector's scores are not only too steep or too flat, but off on the whole. It
    keeps the order of calls, so no measure of ranking changes, which isotonic regression with its steps would not.
    Truth is taken for a little less than sure, by Platt's counts, so that few calls make no boundless slope.
    """
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(true)) < 2:
        return None
    hits = int(true.sum())
    target = np.where(true, (hits + 1) / (hits + 2), 1 / (len(true) - hits + 2))
    doubled = np.tile(logit(scores), 2)[:, None]  # each call as true and as false, as much as either is likely
    both = np.repeat([True, False], len(true))
    fitted = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(doubled, both, np.r_[target, 1 - target])
    slope = float(fitted.coef_[0, 0])
    return Calibration(slope, float(fitted.intercept_[0])) if slope > 0 else None


def held_out(scores: NDArray[np.float64], true: NDArray[np.bool_], film: NDArray[np.int64]) -> NDArray[np.float64]:
    """Scores calibrated on the films of the other half, so that what is judged was not fitted, [calls]."""
    calibrated = scores.copy()
    for half in (film % 2 == 0, film % 2 == 1):
        calibration = fit_calibration(scores[~half], true[~half])
        if calibration:
            calibrated[half] = calibration.apply(scores[half])
    return calibrated


def _ranges(scores: NDArray[np.float64], true: NDArray[np.bool_]) -> list[Range]:
    place = range_of(scores)
    counts = np.bincount(place, minlength=RANGES)
    sums = [np.bincount(place, values, RANGES) for values in (scores, true)]
    return [Range(int(n), float(score / n), float(hits / n)) for n, score, hits in zip(counts, *sums, strict=True) if n]


def _error(ranges: Sequence[Range]) -> float:
    calls = sum(each.calls for each in ranges)
    return sum(each.calls * abs(each.score - each.true) for each in ranges) / calls
