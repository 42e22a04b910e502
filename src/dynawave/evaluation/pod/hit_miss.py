"""Probability of detection from hits and misses: logistic regression over ln size (MIL-HDBK-1823A, appendix G).

    ln(POD / (1 - POD)) = b0 + b1 ln a

Fitted by maximum likelihood (statsmodels). The confidence bound is that of the likelihood ratio, which holds for few
flaws too, where Wald's is too narrow: a size a belongs to the bound of the level p as long as the best curve through
(a, p) is no less likely than the best of all by more than half the chi-square quantile with one degree of freedom.
Flaws count as independent; those of one film are alike, so the true bound is rather wider.
"""

import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dynawave.evaluation.pod.curve import LEVELS, ONE_SIDED, Pod, make_pod, no_curve

Sizes = NDArray[np.float64]
Hits = NDArray[np.bool_]

FARTHEST: Final = 12.0
"""ln of how many times a bound may be as large as the size that it bounds; a curve so flat says nothing."""

STEEPEST: Final = 1e9
"""Slope over ln size beyond which a curve is a step, and no steeper one is any likelier."""


def fit_hit_miss(sizes: Sizes, hit: Hits, unit: str = "mm") -> Pod:
    """Fit the curve.

    Args:
        sizes: of the flaws, over 0, [flaws].
        hit: whether each was called, [flaws].
        unit: of the sizes.
    """
    if reason := _hopeless(sizes, hit):
        return no_curve("hit/miss", unit, hit, reason)
    log_size = np.log(sizes)
    fitted = _logistic(hit, np.column_stack([np.ones_like(log_size), log_size]))
    intercept, slope = (float(value) for value in fitted.params)
    if slope <= 0:
        return no_curve("hit/miss", unit, hit, "larger flaws are not found more often")
    location, scale = -intercept / slope, 1 / slope
    curve = tuple((level, float(np.exp(location + scale * _logit(level)))) for level in LEVELS)
    bounds = ((level, _bound(log_size, hit, level, np.log(size), fitted.llf)) for level, size in curve)
    bound = tuple((level, float(np.exp(size))) for level, size in bounds if size is not None)
    return make_pod("hit/miss", unit, sizes, hit, location, scale, curve, bound)


def _hopeless(sizes: Sizes, hit: Hits) -> str:
    """Why no curve can be fitted to these data."""
    if not len(hit):
        return "there are no flaws of known size"
    if hit.all():
        return "every flaw was found: the trial needs smaller ones"
    if not hit.any():
        return "no flaw was found: the trial needs larger ones"
    if sizes[hit].min() >= sizes[~hit].max():
        return "no flaw that was missed is larger than one that was found, so the curve has no slope to fit"
    return ""


def _bound(log_size: Sizes, hit: Hits, level: float, best: float, likelihood: float) -> float | None:
    """Upper confidence bound of ln of the size found with probability `level`, whose estimate is `best`."""
    from scipy.optimize import brentq

    def excess(size: float) -> float:
        """How much less likely the best curve through (size, level) is, less how much is allowed."""
        return 2 * (likelihood - _likeliest_through(log_size - size, hit, _logit(level))) - ONE_SIDED**2

    return _crossing(excess, best, brentq)


def _likeliest_through(distance: Sizes, hit: Hits, height: float) -> float:
    """Log-likelihood of the likeliest of all curves with a logit of `height` at distance 0.

    It is concave in the slope, the one number that is free, so its derivative falls and crosses 0 once: steps that
    double enclose the crossing, and a bounded search finds it. A fit by Newton's steps runs away from far sizes.

    Args:
        distance: ln of each flaw's size less that of the point, [flaws].
        hit: whether each was called, [flaws].
        height: logit of the probability at the point.
    """
    from scipy.optimize import brentq
    from scipy.special import expit

    def derivative(slope: float) -> float:
        return float(distance @ (hit - expit(height + slope * distance)))

    side = 1.0 if derivative(0.0) > 0 else -1.0
    end = side
    while derivative(end) * side > 0 and abs(end) < STEEPEST:
        end *= 2
    slope = brentq(derivative, 0.0, end) if derivative(end) * side <= 0 else end
    return -float(np.logaddexp(0, np.where(hit, -1, 1) * (height + slope * distance)).sum())


def _crossing(excess: Callable[[float], float], start: float, solve: Callable[..., Any]) -> float | None:
    """Where a function that is negative at `start` first crosses 0 above it; None where it does not, or is not."""
    if excess(start) >= 0:  # a curve that could not be fitted: hits and misses overlap in hardly a size
        return None
    step = 0.1
    while step <= FARTHEST:
        if excess(start + step) > 0:
            return float(solve(excess, start, start + step, xtol=1e-5))
        step *= 2
    return None


def _logistic(hit: Hits, terms: NDArray[np.float64]) -> Any:
    """The logistic regression on these terms [flaws, terms]."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a steep curve may fit some flaws perfectly
        return GLM(hit.astype(float), terms, family=Binomial()).fit(tol=1e-10)


def _logit(level: float) -> float:
    return float(np.log(level / (1 - level)))
