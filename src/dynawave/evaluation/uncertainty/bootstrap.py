"""The bootstrap over films (Efron and Tibshirani, 1993): as many films as there are, drawn with replacement.

Images of one film (`CocoImage.group`) are drawn together, for they share their weld, its exposure and their flaws. The
same draws serve every detector, so that a difference between two is one of the same films.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

DRAWS: Final = 1000
NAN: Final = float("nan")
SEED: Final = 0
SHARE: Final = 0.95
"""Of an interval."""

Weights = NDArray[np.float64]
"""How often each image of a set counts, [images]."""
Measure = Callable[[Weights], dict[str, float]]
"""Figures by name of a set whose images count as often as the weights say; NaN where they have no meaning."""
Drawn = dict[str, NDArray[np.float64]]
"""Figures by name, one of each draw, [draws]."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval of 95 %: percentiles of the draws."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of a second detector less that of the first on the same films.

    Attributes:
        difference: on the films as they are.
        low: lower end of its 95 % interval.
        high: upper end.
        p: two-sided probability of a difference as far from 0 where there is none: twice the lesser share of the draws
            on either side of 0.
    """

    difference: float
    low: float
    high: float
    p: float


def redraw(measures: Sequence[Measure], groups: Sequence[str], draws: int = DRAWS) -> Drawn:
    """The figures of films drawn anew; nothing of a single film.

    Args:
        measures: to be asked for their figures.
        groups: film of each image, [images].
        draws: how many.
    """
    films, film_of = np.unique(np.array(groups), return_inverse=True)
    if len(films) < 2:
        return {}
    counts = np.random.default_rng(SEED).multinomial(len(films), np.full(len(films), 1 / len(films)), draws)
    drawn: dict[str, list[float]] = {}
    for row in counts:
        weights = row[film_of].astype(np.float64)
        for measure in measures:
            for name, value in measure(weights).items():
                drawn.setdefault(name, []).append(value)
    return {name: np.array(values) for name, values in drawn.items()}


def intervals(drawn: Drawn, found: Mapping[str, float]) -> dict[str, Interval]:
    """The intervals of the figures `found` on the films as they are."""
    return {
        name: Interval(*_ends(values)) for name, values in drawn.items() if name in found and not np.isnan(values).all()
    }


def differences(
    first: Drawn, second: Drawn, found: Mapping[str, float], others: Mapping[str, float]
) -> dict[str, Difference]:
    """What the second detector has more than the first, of all figures that both have."""
    shared = [name for name in first if name in second and name in found and name in others]
    drawn = {name: second[name] - first[name] for name in shared}
    return {
        name: _difference(values[~np.isnan(values)], others[name] - found[name])
        for name, values in drawn.items()
        if not np.isnan(values).all()
    }


def _difference(drawn: NDArray[np.float64], value: float) -> Difference:
    # no draw is proof: one more is counted on either side
    sides = [(1 + np.count_nonzero(side)) / (1 + len(drawn)) for side in (drawn <= 0, drawn >= 0)]
    return Difference(value, *_ends(drawn), min(1.0, 2 * min(sides)))


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.nanquantile(values, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return float(low), float(high)
