"""The main figures of an evaluation as functions of how often each image counts."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dynawave.evaluation.detection import FALSE_CALLS, Matches
from dynawave.evaluation.evaluate import Outcome
from dynawave.evaluation.film import Film
from dynawave.evaluation.findings import Claim, Flaw
from dynawave.evaluation.images import find_presence
from dynawave.evaluation.pixels import PixelHistogram
from dynawave.evaluation.reliability import RANGES, range_of, scores_of
from dynawave.evaluation.segmentation import pooled_figures
from dynawave.evaluation.sizing import pairs, sized
from dynawave.evaluation.uncertainty.bootstrap import NAN, Measure, Weights
from dynawave.evaluation.uncertainty.kinds import WeighedKinds, WeighedPresence
from dynawave.evaluation.uncertainty.precision import WeighedPrecision


def weighed_measures(
    outcome: Outcome, flaws: Sequence[Flaw], claims: Sequence[Claim], threshold: float
) -> list[Measure]:
    """The figures of an evaluation, named by their place in its record.

    Args:
        outcome: of `dynawave.evaluation.evaluate.evaluate`.
        flaws: of `list_flaws`.
        claims: of `list_claims`.
        threshold: the operating one.
    """
    measures: list[Measure] = [
        WeighedPrecision(outcome.dataset, outcome.detections),
        partial(weighed_hits, outcome.matches, np.array([flaw.image for flaw in flaws], np.intp)),
        _Operating(flaws, claims, threshold),
        _Sizes(flaws, threshold),
        _named("kinds", WeighedKinds(outcome.regions)),
    ]
    if any(film.pixels for film in outcome.films):
        measures.append(_Pixels(outcome.films))
    if outcome.classes is not None:
        measures.append(_named("segmentation", partial(pooled_figures, outcome.classes)))
    if outcome.images is not None:
        measures.append(_named("whole_images.kinds", WeighedKinds(outcome.images)))
    presence = find_presence(outcome.dataset, outcome.films)
    if presence:
        measures.append(_named("presence", WeighedPresence(list(presence.values()))))
    if claims:
        measures.append(_named("reliability", _Reliability(claims, threshold)))
    return measures


def _named(group: str, measure: Measure) -> Measure:
    return lambda weights: {f"{group}.{name}": value for name, value in measure(weights).items()}


def weighed_hits(matches: Matches, image: NDArray[np.intp], weights: Weights) -> dict[str, float]:
    """FROC, as `Matches.froc` has it; `image` is the place in the set of each flaw's image, [flaws]."""
    total = weights[image].sum()
    before = np.cumsum(weights[matches.false_images])
    figures = {}
    for rate in FALSE_CALLS:
        first = int(np.searchsorted(before, int(rate * weights.sum()), side="right"))
        threshold = matches.false[first] if first < len(matches.false) else -np.inf
        figures[f"hits.{rate}"] = float(weights[image] @ (matches.best > threshold) / total) if total else NAN
    return figures


class _Pixels:
    """AP, AUROC and best F1 of pixels."""

    def __init__(self, films: Sequence[Film]) -> None:
        counted = [film.pixels or PixelHistogram().coarse() for film in films]
        self._flawed = np.stack([pixels.flawed for pixels in counted]).astype(np.float64)
        self._sound = np.stack([pixels.sound for pixels in counted]).astype(np.float64)

    def __call__(self, weights: Weights) -> dict[str, float]:
        flawed, sound = (np.rint(weights @ counts).astype(np.int64) for counts in (self._flawed, self._sound))
        scores = PixelHistogram(flawed, sound).scores()
        return {"pixel_ap": scores.ap, "auroc": scores.auroc, "best_f1": scores.best_f1}


class _Operating:
    """Recall, precision and false calls at the threshold."""

    def __init__(self, flaws: Sequence[Flaw], claims: Sequence[Claim], threshold: float) -> None:
        self._flaws = np.array([flaw.image for flaw in flaws], np.intp)
        self._hit = np.array([flaw.score >= max(threshold, 1e-12) for flaw in flaws], np.bool_)
        called = [claim for claim in claims if claim.score >= threshold]
        self._calls = np.array([claim.image for claim in called], np.intp)
        self._true = np.array([claim.true for claim in called], np.bool_)

    def __call__(self, weights: Weights) -> dict[str, float]:
        flaws, calls = weights[self._flaws], weights[self._calls]
        return {
            "operating.recall": float(flaws @ self._hit / flaws.sum()) if flaws.sum() else NAN,
            "operating.precision": float(calls @ self._true / calls.sum()) if calls.sum() else NAN,
            "operating.false_calls": float(calls @ ~self._true / weights.sum()),
        }


class _Sizes:
    """Bias, root mean squared and relative error of length and width."""

    def __init__(self, flaws: Sequence[Flaw], threshold: float) -> None:
        chosen = sized(flaws, threshold)
        self._image = np.array([flaw.image for flaw in chosen], np.intp)
        sizes = {what: pairs(chosen, what) for what in ("length", "width")}
        self._error = {what: called - true for what, (true, called) in ((w, both.T) for w, both in sizes.items())}
        self._relative = {what: np.abs(self._error[what]) / both[:, 0] for what, both in sizes.items()}

    def __call__(self, weights: Weights) -> dict[str, float]:
        each, figures = weights[self._image], {}
        for what, error in self._error.items():
            figures[f"sizing.{what}.bias_mm"] = _mean(each, error)
            figures[f"sizing.{what}.rmse_mm"] = float(np.sqrt(_mean(each, error**2)))
            figures[f"sizing.{what}.relative_error"] = _mean(each, self._relative[what])
        return figures


class _Reliability:
    """Distance of scores and truth, over all calls and over those at the threshold."""

    def __init__(self, claims: Sequence[Claim], threshold: float) -> None:
        scores, true = scores_of(claims)
        self._image = np.array([claim.image for claim in claims], np.intp)
        self._range, self._gap, self._reported = range_of(scores), scores - true, scores >= threshold

    def __call__(self, weights: Weights) -> dict[str, float]:
        each = weights[self._image]
        return {
            "error": self._error(each),
            "error_reported": self._error(each * self._reported),
            "brier": _mean(each, self._gap**2),
        }

    def _error(self, each: NDArray[np.float64]) -> float:
        gaps = np.bincount(self._range, each * self._gap, RANGES)
        return float(np.abs(gaps).sum() / each.sum()) if each.sum() else NAN


def _mean(each: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """Mean of values that count as often as `each` says."""
    return float(each @ values / each.sum()) if each.sum() else NAN
