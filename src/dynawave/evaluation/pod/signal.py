"""Probability of detection from signals (a-hat versus a): censored linear regression (MIL-HDBK-1823A, appendix G).

    signal = b0 + b1 ln a + e,  e normal with standard deviation s;  POD(a) = P(signal > decision)

Fitted by maximum likelihood, where a signal under `floor` is known to be under it only (statsmodels). So ln a90 =
(decision - b0) / b1 + 1.28 s / b1, and its bound is Wald's: the covariance of b0, b1 and s carried over to ln a90 by
the delta method, as the handbook does.

Our signal is the logit of the surest score of a call on the flaw. That it rises evenly with ln size and scatters evenly
is an assumption, to be judged on the picture; where it fails, hits and misses tell.
"""

from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dynawave.evaluation.pod.curve import LEVELS, ONE_SIDED, Pod, make_pod, no_curve

Values = NDArray[np.float64]

FEWEST: Final = 10
"""Signals over the floor that a line needs."""


def fit_signal(sizes: Values, signals: Values, floor: float, decision: float, unit: str = "mm") -> Pod:
    """Fit the line and derive the curve.

    Args:
        sizes: of the flaws, over 0, [flaws].
        signals: of the flaws, [flaws]; what is at `floor` or under it counts as somewhere there.
        floor: the least signal that is seen.
        decision: the signal over which a flaw is called, no less than the floor.
        unit: of the sizes.
    """
    hit = signals > decision
    seen = signals > floor
    if seen.sum() < FEWEST or np.ptp(np.log(sizes[seen])) == 0:
        return no_curve("signal", unit, hit, f"fewer than {FEWEST} flaws of different size have a signal")
    line = _Line(np.log(sizes), signals, floor)
    intercept, slope, log_deviation = line.params
    if slope <= 0:
        return no_curve("signal", unit, hit, "the signal does not rise with size")
    if not np.isfinite(line.covariance).all():
        return no_curve("signal", unit, hit, "the likelihood has no clear maximum")
    location, scale = float((decision - intercept) / slope), float(np.exp(log_deviation) / slope)
    quantiles = [(level, _quantile(level)) for level in LEVELS]
    curve = tuple((level, float(np.exp(location + scale * z))) for level, z in quantiles)
    reach = [(level, scale * z + ONE_SIDED * line.deviation(location, scale, z)) for level, z in quantiles]
    with np.errstate(over="ignore"):  # a flat line: beyond any number
        bound = tuple((level, float(np.exp(location + far))) for level, far in reach)
    return make_pod("signal", unit, sizes, hit, location, scale, curve, bound)


class _Line:
    """The censored regression: b0, b1 and ln s, and their covariance."""

    def __init__(self, log_size: Values, signals: Values, floor: float) -> None:
        from scipy.stats import norm
        from statsmodels.base.model import GenericLikelihoodModel

        seen = signals > floor
        terms = np.column_stack([np.ones_like(log_size), log_size])

        class Censored(GenericLikelihoodModel):  # type: ignore[misc]
            def loglikeobs(self, params: Values) -> Values:
                deviation = np.exp(params[2])
                mean = terms @ params[:2]
                above = norm.logpdf((signals - mean) / deviation) - params[2]
                return np.asarray(np.where(seen, above, norm.logcdf((floor - mean) / deviation)))

        slope, intercept = np.polyfit(log_size[seen], signals[seen], 1)
        spread = max(float(np.std(signals[seen] - intercept - slope * log_size[seen])), 1e-3)
        model = Censored(signals, terms, extra_params_names=["log_deviation"])
        self._fitted: Any = model.fit([intercept, slope, np.log(spread)], method="bfgs", disp=0, gtol=1e-8)

    @property
    def params(self) -> Values:
        """b0, b1, ln s."""
        return np.asarray(self._fitted.params, np.float64)

    @cached_property
    def covariance(self) -> Values:
        """Of the three, [3, 3]."""
        return np.asarray(self._fitted.cov_params(), np.float64)

    def deviation(self, location: float, scale: float, quantile: float) -> float:
        """Standard deviation of ln size = location + scale * quantile, by the delta method."""
        slope = self.params[1]
        gradient = np.array([-1, -(location + scale * quantile), scale * quantile * slope]) / slope
        return float(np.sqrt(gradient @ self.covariance @ gradient))


def _quantile(level: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf(level))
