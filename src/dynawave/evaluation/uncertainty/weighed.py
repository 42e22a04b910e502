"""The main figures of an evaluation as functions of how often each image counts."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dynawave.evaluation.classification import Regions, best_thresholds
from dynawave.evaluation.detection import FALSE_CALLS, Matches
from dynawave.evaluation.evaluate import Outcome
from dynawave.evaluation.film import Film
from dynawave.evaluation.findings import Claim, Flaw
from dynawave.evaluation.pixels import PixelHistogram
from dynawave.evaluation.segmentation import pooled_figures
from dynawave.evaluation.sizing import pairs, sized
from dynawave.evaluation.uncertainty.bootstrap import Measure, Weights
from dynawave.evaluation.uncertainty.precision import WeighedPrecision

NAN = float("nan")


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
        _named("kinds", _Kinds(outcome.regions)),
    ]
    if any(film.pixels for film in outcome.films):
        measures.append(_Pixels(outcome.films))
    if outcome.classes is not None:
        measures.append(_named("segmentation", partial(pooled_figures, outcome.classes)))
    if outcome.images is not None:
        measures.append(_named("whole_images.kinds", _Kinds(outcome.images)))
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
    """Bias and root mean squared error of length and width."""

    def __init__(self, flaws: Sequence[Flaw], threshold: float) -> None:
        chosen = sized(flaws, threshold)
        self._image = np.array([flaw.image for flaw in chosen], np.intp)
        self._error = {what: np.diff(pairs(chosen, what))[:, 0] for what in ("length", "width")}

    def __call__(self, weights: Weights) -> dict[str, float]:
        each, figures = weights[self._image], {}
        for what, error in self._error.items():
            figures[f"sizing.{what}.bias_mm"] = float(each @ error / each.sum()) if each.sum() else NAN
            figures[f"sizing.{what}.rmse_mm"] = float(np.sqrt(each @ error**2 / each.sum())) if each.sum() else NAN
        return figures


class _Kinds:
    """Accuracy and macro measures over regions, at the thresholds of the evaluation itself."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._called = regions.called(np.array(best_thresholds(regions))[regions.film % 2])
        self._order = np.argsort(regions.scores, axis=0, kind="stable")

    def __call__(self, weights: Weights) -> dict[str, float]:
        each, truth, count = weights[self._regions.film], self._regions.truth, self._regions.sound
        cells = np.bincount(truth * (count + 1) + self._called, each, (count + 1) ** 2).reshape(count + 1, count + 1)
        both, true, called = np.diag(cells)[:count], cells.sum(1)[:count], cells.sum(0)[:count]
        known = true > 0
        precision = np.divide(both, called, out=np.zeros(count), where=called > 0)[known]
        recall = both[known] / true[known]
        f1 = np.divide(2 * precision * recall, precision + recall, out=np.zeros(len(recall)), where=recall > 0)
        aucs = [self._auc(k, each) for k in range(count)]
        means = {
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "auc": np.array([a for a in aucs if a is not None]),
        }
        return {
            "accuracy": float(np.trace(cells) / each.sum()) if each.sum() else NAN,
            **{name: float(values.mean()) if values.size else NAN for name, values in means.items()},
        }

    def _auc(self, kind: int, weights: Weights) -> float:
        """Area under the ROC curve of a class, whose ties count half; NaN where all or none are of it."""
        order = self._order[:, kind]
        scores, positive, each = self._regions.scores[order, kind], self._regions.truth[order] == kind, weights[order]
        starts = np.flatnonzero(np.r_[True, np.diff(scores) > 0])
        hits, false = (np.add.reduceat(each * side, starts) for side in (positive, ~positive))
        if not hits.sum() or not false.sum():
            return NAN
        below = np.cumsum(false) - false / 2
        return float(hits @ below / (hits.sum() * false.sum()))
