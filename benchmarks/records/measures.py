"""Shares found at a rate of false calls, what chance alone would find, and how sure the figures are.

Chance is given in two ways, both counted out in full: the film's own calls moved along its seam by every other number
of cells (is the *place* right?), and every other film's calls in every position (is *this film* called at all for what
it shows?). The former says nothing of a flaw along the whole seam: moving changes nothing there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.records.cells import FilmCells, Marks, Values
from benchmarks.records.truth import CELL_MM

RESAMPLES: Final = 1000
ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class Share:
    """A share of `count` things, its 95 % interval over films, and the two chance levels."""

    count: int
    found: float
    interval: tuple[float, float]
    moved: float
    swapped: float


def sound_metres(films: Sequence[FilmCells]) -> float:
    """Length of the seams recorded as sound."""
    return float(sum(film.sound.sum() for film in films) * CELL_MM / 1000)


def threshold(films: Sequence[FilmCells], rate: float) -> float:
    """The score above which there are no more than `rate` false calls a metre of sound seam."""
    false = np.sort(np.concatenate([film.false for film in films]))[::-1]
    allowed = int(rate * sound_metres(films))
    return float(false[allowed]) if len(false) > allowed else -np.inf


def false_rate(films: Sequence[FilmCells], least: float) -> float:
    """False calls a metre of sound seam above a score."""
    return sum(int((film.false > least).sum()) for film in films) / sound_metres(films)


def family_cells(film: FilmCells, family: str, alone: bool = False) -> Marks:
    """Cells [n] recorded for a family or for `ANY`; `alone`: those with flaws of one family only."""
    everywhere = film.any_recorded
    cells = everywhere if family == ANY else film.recorded.get(family, np.zeros_like(everywhere))
    return cells & (sum(film.recorded.values(), np.zeros(len(cells), int)) == 1) if alone else cells


def _film_found(scores: Values, cells: Marks, least: float) -> Values:
    """Whether a row of cell scores [..., n] has a call in the cells."""
    return np.asarray((scores[..., cells] > least).any(-1), np.float64)


def _cells_hit(scores: Values, cells: Marks, least: float) -> Values:
    """How many of the cells have a call."""
    return np.asarray((scores[..., cells] > least).sum(-1), np.float64)


def films_found(films: Sequence[FilmCells], family: str, rate: float, alone: bool = False, seed: int = 0) -> Share:
    """Share of the films with a recorded family that have a call in a cell of it."""
    return _share(films, lambda film: family_cells(film, family, alone), _film_found, lambda cells: 1, rate, seed)


def cells_hit(films: Sequence[FilmCells], family: str, rate: float, alone: bool = False, seed: int = 0) -> Share:
    """Share of a family's cells with a call."""
    return _share(
        films, lambda film: family_cells(film, family, alone), _cells_hit, lambda cells: int(cells.sum()), rate, seed
    )


def _share(
    films: Sequence[FilmCells],
    chosen: Callable[[FilmCells], Marks],
    count: Callable[[Values, Marks, float], Values],
    weight: Callable[[Marks], int],
    rate: float,
    seed: int,
) -> Share:
    cells = [chosen(film) for film in films]
    weights = np.array([weight(each) if each.any() else 0 for each in cells])
    least = threshold(films, rate)

    def total(scores: Callable[[FilmCells], Values], at: float) -> Values:
        found = [count(scores(f), c, at).mean() if c.any() else 0.0 for f, c in zip(films, cells, strict=True)]
        return np.array(found)

    def share(found: Values, drawn: Marks | slice = slice(None)) -> float:
        many = weights[drawn].sum()
        return float(found[drawn].sum() / many) if many else float("nan")

    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(films), (RESAMPLES, len(films)))
    spread = [share(total(_own, threshold([films[k] for k in each], rate)), each) for each in drawn]
    low, high = np.nanquantile(spread, [0.025, 0.975]) if weights.any() else (float("nan"),) * 2
    return Share(
        int(weights.sum()),
        share(total(_own, least)),
        (float(low), float(high)),
        share(total(moved, least)),
        share(total(lambda film: swapped(film, films), least)),
    )


def _own(film: FilmCells) -> Values:
    return film.scores[None]


def moved(film: FilmCells) -> Values:
    """A film's cell scores moved along its seam, every way but none: [n - 1, n]; as they are where n is 1."""
    return _rolled(film.scores)[1:] if len(film.scores) > 1 else film.scores[None]


def swapped(film: FilmCells, films: Sequence[FilmCells]) -> Values:
    """The scores of the cells of every other film at least as long, moved every way and cut to length: [rows, n]."""
    count = len(film.scores)
    others = [other.scores for other in films if other.name != film.name and len(other.scores) >= count]
    return np.concatenate([_rolled(scores)[:, :count] for scores in others])


def _rolled(scores: Values) -> Values:
    return np.array([np.roll(scores, k) for k in range(len(scores))])


@dataclass(frozen=True, slots=True)
class Naming:
    """Of the recorded cells found, with a named call: their number, the share named right, and if always alike."""

    count: int
    right: float
    commonest: float


def naming(films: Sequence[FilmCells], rate: float) -> Naming | None:
    """How often a found cell's best call names a family recorded there; None for a model that names none."""
    least = threshold(films, rate)
    named: list[tuple[str, set[str]]] = []
    for film in films:
        for k, (score, name) in enumerate(zip(film.scores, film.named, strict=True)):
            families = {family for family, cells in film.recorded.items() if cells[k]}
            if families and name and score > least:
                named.append((name, families))
    if not named:
        return None
    every = {family for _, families in named for family in families}
    alike = max(sum(family in families for _, families in named) for family in every)
    return Naming(len(named), sum(name in families for name, families in named) / len(named), alike / len(named))


def place_auc(recorded: Sequence[Marks], scores: Sequence[Values]) -> float:
    """How often a recorded cell has a better score than an unrecorded one of the *same* film; ties count half."""
    above, pairs = 0.0, 0
    for cells, values in zip(recorded, scores, strict=True):
        yes, no = values[cells][:, None], values[~cells][None]
        above += float((yes > no).sum() + 0.5 * (yes == no).sum())
        pairs += yes.size * no.size
    return above / pairs if pairs else float("nan")
