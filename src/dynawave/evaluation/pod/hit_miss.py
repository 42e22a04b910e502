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
        through = _logistic(hit, (log_size - size)[:, None], _logit(level))
        return 2 * (likelihood - float(through.llf)) - ONE_SIDED**2

    return _crossing(excess, best, brentq)


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


def _logistic(hit: Hits, terms: NDArray[np.float64], offset: float = 0.0) -> Any:
    """The logistic regression on these terms [flaws, terms]."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a profile far from the best curve may fit some flaws perfectly
        return GLM(hit.astype(float), terms, family=Binomial(), offset=np.full(len(hit), offset)).fit(tol=1e-10)


def _logit(level: float) -> float:
    return float(np.log(level / (1 - level)))
