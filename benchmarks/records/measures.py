"""Shares found at a rate of false calls, what chance alone would find, and how sure the figures are.

Chance is given in two ways, both counted out in full: the film's own calls moved along its seam by every other number
of cells (is the *place* right?), and every other film's calls in every position (is *this film* called at all for what
it shows?). The former says nothing of a flaw along the whole seam: moving changes nothing there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.records.cells import FilmCells, Marks, Values
from benchmarks.records.truth import CELL_MM

Counts = NDArray[np.int_]

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
    return float(_thresholds(films, rate, np.ones((1, len(films)), int))[0])


def _thresholds(films: Sequence[FilmCells], rate: float, times: Counts) -> Values:
    """The same for sets that hold each film so many times, [sets, films]: [sets]."""
    false = np.concatenate([film.false for film in films])
    falling = np.argsort(-false)
    owner = np.repeat(np.arange(len(films)), [len(film.false) for film in films])[falling]
    metres = times @ np.array([sound_metres([film]) for film in films])
    let_through = (times[:, owner].cumsum(1) <= np.floor(rate * metres + 1e-9)[:, None]).sum(1)
    return np.asarray(np.append(false[falling], -np.inf)[let_through])


def false_rate(films: Sequence[FilmCells], least: float) -> float:
    """False calls a metre of sound seam above a score."""
    return sum(int((film.false > least).sum()) for film in films) / sound_metres(films)


def family_cells(film: FilmCells, family: str, alone: bool = False) -> Marks:
    """Cells [n] recorded for a family or for `ANY`; `alone`: those with flaws of one family only."""
    everywhere = film.any_recorded
    cells = everywhere if family == ANY else film.recorded.get(family, np.zeros_like(everywhere))
    if alone:
        cells = cells & (np.sum([np.zeros(len(cells), int), *film.recorded.values()], axis=0) == 1)
    return np.asarray(cells)


def _film_found(scores: Values, cells: Marks, least: Values) -> Values:
    """Whether rows of cell scores [..., n] have a call in the cells, at thresholds [...]."""
    return np.asarray((scores[..., cells] > least[..., None]).any(-1), np.float64)


def _cells_hit(scores: Values, cells: Marks, least: Values) -> Values:
    """How many of the cells have a call."""
    return np.asarray((scores[..., cells] > least[..., None]).sum(-1), np.float64)


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
    count: Callable[[Values, Marks, Values], Values],
    weight: Callable[[Marks], int],
    rate: float,
    seed: int,
) -> Share:
    cells = [chosen(film) for film in films]
    weights = np.array([weight(each) if each.any() else 0 for each in cells])
    if not weights.any():
        nothing = float("nan")
        return Share(0, nothing, (nothing, nothing), nothing, nothing)
    drawn = np.random.default_rng(seed).multinomial(len(films), [1 / len(films)] * len(films), RESAMPLES)
    times = np.concatenate([np.ones((1, len(films)), int), drawn])
    least = _thresholds(films, rate, times)
    found = np.array([count(film.scores, each, least) for film, each in zip(films, cells, strict=True)])
    many = times @ weights
    shares = np.divide((times * found.T).sum(1), many, out=np.full(len(many), np.nan), where=many > 0)
    low, high = np.nanquantile(shares[1:], [0.025, 0.975])

    def chance(scores: Callable[[FilmCells], Values]) -> float:
        levels = [count(scores(f), each, least[0]).mean() for f, each in zip(films, cells, strict=True) if each.any()]
        return float(sum(levels) / weights.sum())

    by_swapping = chance(lambda film: swapped(film, films))
    return Share(int(weights.sum()), float(shares[0]), (float(low), float(high)), chance(moved), by_swapping)


def moved(film: FilmCells) -> Values:
    """A film's cell scores moved along its seam, every way but none: [n - 1, n]; as they are where n is 1."""
    return _rolled(film.scores)[1:] if len(film.scores) > 1 else film.scores[None]


def swapped(film: FilmCells, films: Sequence[FilmCells]) -> Values:
    """The scores of the cells of every other film at least as long, moved every way and cut to length: [rows, n]."""
    count = len(film.scores)
    others = [other.scores for other in films if other.name != film.name and len(other.scores) >= count]
    return np.concatenate([_rolled(scores)[:, :count] for scores in others])


def _rolled(scores: Values) -> Values:
    places = np.arange(len(scores))
    return np.asarray(scores[places - places[:, None]])  # negative places count from the end


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
