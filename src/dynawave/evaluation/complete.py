"""What an evaluation says beyond its main measures: at a threshold, in mm, of scores, of chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dynawave.evaluation.evaluate import Evaluation, Outcome
from dynawave.evaluation.findings import Claim, Flaw, list_claims, list_flaws
from dynawave.evaluation.operating import measure_operating, usual_threshold
from dynawave.evaluation.pod import Pod, fit_hit_miss, fit_signal
from dynawave.evaluation.reliability import measure_reliability, scores_of
from dynawave.evaluation.sizing import measure_sizes
from dynawave.evaluation.uncertainty.bootstrap import Difference, Drawn, differences, intervals, redraw
from dynawave.evaluation.uncertainty.weighed import weighed_measures
from dynawave.inspection.calibration import logit

OF_ANY_CLASS: Final = ("operating.", "sizing.", "reliability.", "pixel_ap", "auroc", "best_f1")
"""Figures that do not ask for a class."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A complete evaluation, and what it was made from.

    Attributes:
        evaluation: every measure.
        outcome: of `evaluate`.
        flaws: every flaw and what was found of it.
        claims: every call and whether it is true.
        drawn: the main figures of films drawn anew.
    """

    evaluation: Evaluation
    outcome: Outcome
    flaws: list[Flaw]
    claims: list[Claim]
    drawn: Drawn


def complete(outcome: Outcome, threshold: float | None = None) -> Completed:
    """Add measures at a threshold, of sizes and scores, the probability of detection and intervals over films.

    Args:
        outcome: of `evaluate`.
        threshold: of the detector; None: the one that gives no more than one false call a film.
    """
    dataset, films = outcome.dataset, outcome.films
    flaws, claims = list_flaws(dataset, films), list_claims(dataset, films)
    least = usual_threshold(claims, len(films)) if threshold is None else threshold
    evaluation = outcome.evaluation.model_copy(
        update={
            "operating": measure_operating(flaws, claims, len(films), least),
            "sizing": measure_sizes(flaws, least),
            "pod": fit_curves(flaws, claims, least),
            "reliability": measure_reliability(*scores_of(claims), least),
        }
    )
    drawn = redraw(weighed_measures(outcome, flaws, claims, least), [image.group for image in dataset.images])
    evaluation = evaluation.model_copy(update={"intervals": intervals(drawn, figures(evaluation))})
    return Completed(evaluation, outcome, flaws, claims, drawn)


def compare(first: Completed, second: Completed) -> dict[str, Difference]:
    """What the second detector has more than the first on the same films.

    Of detectors of different classes only what does not ask for a class.
    """
    found = differences(first.drawn, second.drawn, figures(first.evaluation), figures(second.evaluation))
    same = first.outcome.dataset.categories == second.outcome.dataset.categories
    return {name: difference for name, difference in found.items() if same or name.startswith(OF_ANY_CLASS)}


def fit_curves(flaws: Sequence[Flaw], claims: Sequence[Claim], threshold: float) -> list[Pod]:
    """Probability of detection over the length of flaws, from hits and misses and from scores; in px without mm."""
    in_mm = all(flaw.length_mm is not None for flaw in flaws)
    unit, every = ("mm", [f.length_mm or 0.0 for f in flaws]) if in_mm else ("px", [f.length_px for f in flaws])
    sizes, scores = np.array(every), np.array([flaw.score for flaw in flaws])
    sizes, scores = sizes[sizes > 0], scores[sizes > 0]
    floor = min((claim.score for claim in claims), default=threshold)
    decision = max(threshold, floor)
    return [
        fit_hit_miss(sizes, scores >= max(threshold, 1e-12), unit),
        fit_signal(sizes, logit(scores), float(logit(floor)), float(logit(decision)), unit),
    ]


def figures(evaluation: Evaluation) -> dict[str, float]:
    """The figures of a record by their dotted place, those of lists left out."""
    return dict(_numbers(evaluation.model_dump(exclude={"intervals"}), ""))


def _numbers(values: Mapping[str, Any], above: str) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            found += _numbers(value, f"{above}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append((f"{above}{name}", float(value)))
    return found
