"""What an inspector meets: calls at one threshold, the detector's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dynawave.evaluation.findings import Claim, Flaw

FALSE_CALLS: Final = 1
"""False calls a film that a detector without a threshold of its own is given."""


@dataclass(frozen=True, slots=True)
class Operating:
    """Measures at a threshold, whatever class is named; None where they have no meaning.

    Attributes:
        threshold: the least score that is called.
        recall: share of the flaws that are hit.
        precision: share of the calls that hit a flaw.
        f1: their harmonic mean.
        false_calls: a film.
    """

    threshold: float
    recall: float | None
    precision: float | None
    f1: float | None
    false_calls: float


def usual_threshold(claims: Sequence[Claim], images: int) -> float:
    """The least score with no more than one false call a film."""
    false = -np.sort([-claim.score for claim in claims if not claim.true])
    return float(np.nextafter(false[FALSE_CALLS * images], 1)) if len(false) > FALSE_CALLS * images else 0.0


def measure_operating(flaws: Sequence[Flaw], claims: Sequence[Claim], images: int, threshold: float) -> Operating:
    """The measures at a threshold."""
    hit = sum(flaw.score >= max(threshold, 1e-12) for flaw in flaws)
    called = [claim.true for claim in claims if claim.score >= threshold]
    recall = hit / len(flaws) if flaws else None
    precision = sum(called) / len(called) if called else None
    f1 = None
    if recall is not None and precision is not None:
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Operating(threshold, recall, precision, f1, (len(called) - sum(called)) / images)
