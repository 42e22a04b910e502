"""How well flaws are sized: length and width in mm of those that were called and sized by a call of their own.

The limits of agreement are Bland and Altman's (1986): 95 % of the differences lie between them, if they are normal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dynawave.evaluation.findings import Flaw

LIMITS: Final = 1.96
FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Sizing:
    """Differences, called less true.

    Attributes:
        flaws: number of flaws.
        bias_mm: mean difference.
        rmse_mm: root of the mean squared difference.
        relative_error: mean of the difference's amount over the true size.
        deviation_mm: standard deviation of the differences.
        lower_mm: lower limit of agreement.
        upper_mm: upper limit of agreement.
    """

    flaws: int
    bias_mm: float
    rmse_mm: float
    relative_error: float
    deviation_mm: float
    lower_mm: float
    upper_mm: float


def sized(flaws: Sequence[Flaw], threshold: float) -> list[Flaw]:
    """The flaws that were called at the threshold and whose true and called size in mm are known."""
    return [
        flaw
        for flaw in flaws
        if flaw.score >= threshold and flaw.found_length_mm is not None and flaw.length_mm and flaw.width_mm
    ]


def pairs(flaws: Sequence[Flaw], what: str) -> NDArray[np.float64]:
    """True and called size in mm, [flaws, 2]; `what` is length or width."""
    names = (f"{what}_mm", f"found_{what}_mm")
    return np.array([[getattr(flaw, name) for name in names] for flaw in flaws], np.float64).reshape(-1, 2)


def measure_sizes(flaws: Sequence[Flaw], threshold: float) -> dict[str, Sizing]:
    """Of "length" and of "width"; nothing where fewer than two flaws were sized."""
    chosen = sized(flaws, threshold)
    return {what: _sizing(pairs(chosen, what)) for what in ("length", "width")} if len(chosen) >= FEWEST else {}


def _sizing(values: NDArray[np.float64]) -> Sizing:
    true, called = values.T
    difference = called - true
    bias, deviation = float(difference.mean()), float(difference.std(ddof=1))
    return Sizing(
        flaws=len(values),
        bias_mm=bias,
        rmse_mm=float(np.sqrt((difference**2).mean())),
        relative_error=float((np.abs(difference) / true).mean()),
        deviation_mm=deviation,
        lower_mm=bias - LIMITS * deviation,
        upper_mm=bias + LIMITS * deviation,
    )
