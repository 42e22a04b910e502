"""A film as a row of cells: what the records say of each, and the network's best call in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.records.inspections import Call
from benchmarks.records.seams import Seam
from benchmarks.records.truth import Flaw
from dynawave.taxonomy import FAMILIES

Values = NDArray[np.float64]
Marks = NDArray[np.bool_]

COVERED: Final = 0.5
"""A call lies in the cell of its centre, and in every cell of which it covers this share."""
GUARD: Final = 1
"""Cells beside a recorded one that are neither recorded nor sound: a flaw begins anywhere in its cell."""


@dataclass(frozen=True, slots=True)
class FilmCells:
    """A film's cells, and the calls that do not fit into them.

    Attributes:
        name: stem of the film.
        recorded: cells [n] of each recorded family.
        scores: best score of a call in each cell [n]; -infinity without one.
        named: the family that this call names, [n]; None where it names none.
        false: scores of the calls whose centre lies in a sound cell.
        outside: scores of the calls outside the seam.
    """

    name: str
    recorded: dict[str, Marks]
    scores: Values
    named: tuple[str | None, ...]
    false: Values
    outside: Values

    @property
    def any_recorded(self) -> Marks:
        """Cells with a flaw of any family."""
        return union(self.recorded, len(self.scores))

    @property
    def sound(self) -> Marks:
        """Cells far enough from every recorded one."""
        return sound_cells(self.any_recorded)


def film_cells(name: str, seam: Seam, flaws: Sequence[Flaw], calls: Sequence[Call]) -> FilmCells:
    """Sort a film's calls into cells."""
    recorded = recorded_cells(flaws, seam.cells)
    on_seam = [call for call in calls if seam.holds(call.box)]
    scores = np.array([call.score for call in on_seam], np.float64)
    extents = np.array([seam.extent(call.box) for call in on_seam], np.float64).reshape(-1, 2)
    lies = cells_of(extents, seam.cells)
    best = cell_scores(lies, scores)
    top = np.where(lies, scores[:, None], -np.inf).argmax(0) if len(scores) else np.zeros(seam.cells, int)
    centres = np.clip(extents.mean(1).astype(int), 0, seam.cells - 1)
    return FilmCells(
        name,
        recorded,
        best,
        tuple(on_seam[k].family if np.isfinite(score) else None for k, score in zip(top, best, strict=True)),
        scores[sound_cells(union(recorded, seam.cells))[centres]],
        np.array([call.score for call in calls if not seam.holds(call.box)], np.float64),
    )


def recorded_cells(flaws: Sequence[Flaw], count: int) -> dict[str, Marks]:
    """Cells [count] of each family that has one on the film, in the order of ISO 6520."""
    found = {}
    for family in FAMILIES:
        cells = np.zeros(count, bool)
        for flaw in flaws:
            if flaw.family == family:
                cells[flaw.cells.start : flaw.cells.stop] = True
        if cells.any():
            found[family] = cells
    return found


def union(recorded: dict[str, Marks], count: int) -> Marks:
    """Cells [count] with a flaw of any family."""
    return np.asarray(np.any([np.zeros(count, bool), *recorded.values()], axis=0))


def sound_cells(recorded: Marks) -> Marks:
    """Cells with `GUARD` cells without a record on either side."""
    near = np.convolve(recorded, np.ones(2 * GUARD + 1))[GUARD : GUARD + len(recorded)]
    return np.asarray(near == 0)


def cells_of(extents: Values, count: int) -> Marks:
    """In which of `count` cells extents [calls, 2], in cells, lie: [calls, count]."""
    start, stop = extents[:, :1], extents[:, 1:]
    edges = np.arange(count)
    covered = np.minimum(stop, edges + 1) - np.maximum(start, edges)
    centre = np.clip((start + stop) / 2, 0, count - 1e-9)  # the last cell ends where the film does
    return np.asarray((covered >= COVERED) | (np.floor(centre) == edges))


def cell_scores(lies: Marks, scores: Values) -> Values:
    """Best score in each cell, from where each call lies [calls, cells] and its score [calls]."""
    return np.asarray(np.where(lies, scores[:, None], -np.inf).max(0, initial=-np.inf))
