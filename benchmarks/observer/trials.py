"""Trials: flaws put into sound simulated films, and what observer and network make of them.

A film's bead is cut into cells along the seam, a trial each. A false call is one in a cell of the sound film; a hit,
one on the flaw's box. The greatest score of each is kept, so that both can be compared at the same rate of false calls.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.observer.flaws import KINDS, Kind
from benchmarks.observer.hotelling import SIDE, Observer, noise_power
from benchmarks.realism.pieces import find_bead
from dynawave import Inspector
from dynawave.inspection.contrast import film_noise
from dynawave.records import WeldImage
from dynawave.simulate import simulate_film
from dynawave.simulate.records import FilmSpec

Values = NDArray[np.floating[Any]]

CELL: Final = 256
"""Pixels of a cell along the seam."""
CELLS: Final = 8
SPEC: Final = FilmSpec(width=CELL * CELLS, height=512, sound_share=1, upright_share=0, eight_bit_share=0)
INNER: Final = 0.7
"""Share of the bead's breadth, about its middle, that is searched."""
SLACK: Final = 4
"""Pixels by which a call may lie outside the flaw's box."""
CONTRASTS: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Contrast of a flaw at its deepest point over the film's grain (`film_noise`)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Scores in one film; the first axis is the kind, the second the contrast, the last the cell.

    Attributes:
        limit: d' of each flaw for an observer that knows its place and form, [kinds, contrasts, cells].
        observer: greatest statistic of the scanning observer on the flaw, [kinds, contrasts, cells].
        observer_sound: its greatest in the sound cell, [kinds, cells].
        network: greatest score of a call on the flaw, [kinds, contrasts, cells]; 0 where there is none.
        network_sound: greatest of a call in the sound cell, [cells].
    """

    limit: Values
    observer: Values
    observer_sound: Values
    network: Values
    network_sound: Values


@dataclass(frozen=True, slots=True)
class _Film:
    """A sound film, its searched rows, its grain and the middles (x, y) of the flaws to come, [cells, 2]."""

    grey: NDArray[np.float32]
    rows: slice
    grain: float
    places: NDArray[np.intp]


def films(seed: int, count: int) -> Iterator[tuple[_Film, Generator]]:
    """Sound films whose bead lies along the rows with plate beside it, each with a random stream of its own."""
    index = found = 0
    while found < count:
        film = _film(seed, index)
        if film is not None:
            found += 1
            yield film, np.random.default_rng([seed, index, 2])
        index += 1


def _film(seed: int, index: int) -> _Film | None:
    grey = simulate_film(seed, index, SPEC).pixels.astype(np.float32)
    band = find_bead(grey)
    if band is None:
        return None
    middle, half = sum(band) / 2, INNER * (band[1] - band[0]) / 2
    top, bottom = int(max(middle - half, SIDE // 2)), int(min(middle + half, len(grey) - SIDE // 2))
    if bottom - top < SIDE:
        return None
    rng = np.random.default_rng([seed, index, 1])
    x = np.arange(CELLS) * CELL + rng.integers(SIDE, CELL - SIDE, CELLS)
    y = rng.integers(top + SIDE // 4, bottom - SIDE // 4, CELLS)
    return _Film(grey, slice(top, bottom), film_noise(grey), np.stack([x, y], 1))


def judge(film: _Film, rng: Generator, inspector: Inspector) -> Outcome:
    """All trials of one film."""
    shape = len(KINDS), len(CONTRASTS), CELLS
    limit, observed, network = (np.zeros(shape) for _ in range(3))
    observed_sound = np.zeros((len(KINDS), CELLS))
    for k, kind in enumerate(KINDS):
        flaws = [kind.draw(rng, rng.uniform(0, np.pi)) * film.grain for _ in range(CELLS)]
        for half in (0, 1):
            cells = range(half * CELLS // 2, (half + 1) * CELLS // 2)
            watch = _Watch(film, kind, half, rng)
            for cell in cells:
                observed_sound[k, cell] = watch.sound(cell)
                limit[k, :, cell] = np.multiply(CONTRASTS, watch.observer.detectability(flaws[cell]))
                observed[k, :, cell] = watch.on_flaw(cell, flaws[cell])
        for c, contrast in enumerate(CONTRASTS):
            network[k, c] = _on_flaws(inspector, film, [contrast * flaw for flaw in flaws])
    return Outcome(limit, observed, observed_sound, network, _in_cells(inspector, film))


class _Watch:
    """The observer of one kind on one half of a film, its noise known from the other half."""

    def __init__(self, film: _Film, kind: Kind, half: int, rng: Generator) -> None:
        middle = film.grey.shape[1] // 2
        other = film.grey[film.rows, middle:] if half == 0 else film.grey[film.rows, :middle]
        self.observer = Observer(noise_power([other]), kind.expected(rng))
        self._film, self._start = film, half * middle
        reach = SIDE // 2
        rows = slice(film.rows.start - reach, film.rows.stop + reach)
        seen = film.grey[rows, self._start : self._start + middle]
        self._maps = self.observer.statistics(seen)[:, reach : reach + film.rows.stop - film.rows.start]

    def sound(self, cell: int) -> float:
        """Greatest statistic in a sound cell."""
        left = cell * CELL - self._start
        return float(self._maps[:, :, left : left + CELL].max())

    def on_flaw(self, cell: int, flaw: Values) -> Values:
        """Greatest statistic on the flaw at each of `CONTRASTS`; the statistic is linear in the grey values."""
        x, y = self._film.places[cell] - (self._start, self._film.rows.start)
        left, top, right, bottom = (int(side) for side in flaw_box(flaw))
        around = np.pad(flaw, SIDE // 2)
        added = self.observer.statistics(around)[:, SIDE // 2 : -SIDE // 2, SIDE // 2 : -SIDE // 2]
        rows = np.arange(top, bottom) + y - SIDE // 2
        inside = (rows >= 0) & (rows < self._maps.shape[1])
        columns = np.arange(left, right) + x - SIDE // 2
        before = self._maps[:, rows[inside]][:, :, columns]
        change = added[:, top:bottom, left:right][:, inside]
        return np.array([(before + contrast * change).max() for contrast in CONTRASTS])


def flaw_box(flaw: Values) -> NDArray[np.intp]:
    """Left, top, right, bottom of what is deeper than a quarter of the flaw, widened by `SLACK`, in its patch."""
    ys, xs = np.nonzero(flaw < 0.25 * flaw.min())
    sides = np.array([xs.min() - SLACK, ys.min() - SLACK, xs.max() + 1 + SLACK, ys.max() + 1 + SLACK])
    return np.clip(sides, 0, SIDE)


def _calls(inspector: Inspector, grey: Values) -> Values:
    """Middle (x, y) and score of each call, [calls, 3]."""
    pixels = np.clip(np.rint(grey), 0, 65535).astype(np.uint16)
    found = inspector.inspect(WeldImage(pixels)).indications
    rows = [(i.box[0] + i.box[2] / 2, i.box[1] + i.box[3] / 2, i.score) for i in found]
    return np.array(rows, float).reshape(-1, 3)


def _on_flaws(inspector: Inspector, film: _Film, flaws: list[Values]) -> Values:
    """The greatest score of a call on each flaw, all put into the film at once, [cells]."""
    grey = film.grey.copy()
    for (x, y), flaw in zip(film.places, flaws, strict=True):
        grey[y - SIDE // 2 : y + SIDE // 2, x - SIDE // 2 : x + SIDE // 2] += flaw
    calls = _calls(inspector, grey)
    best = np.zeros(CELLS)
    for cell, ((x, y), flaw) in enumerate(zip(film.places, flaws, strict=True)):
        left, top, right, bottom = flaw_box(flaw) + np.array([x, y, x, y]) - SIDE // 2
        hit = (calls[:, 0] >= left) & (calls[:, 0] < right) & (calls[:, 1] >= top) & (calls[:, 1] < bottom)
        best[cell] = calls[hit, 2].max(initial=0)
    return best


def _in_cells(inspector: Inspector, film: _Film) -> Values:
    """The greatest score of a call in the searched rows of each cell of the sound film, [cells]."""
    calls = _calls(inspector, film.grey)
    searched = calls[(calls[:, 1] >= film.rows.start) & (calls[:, 1] < film.rows.stop)]
    cells = np.clip(searched[:, 0] // CELL, 0, CELLS - 1)
    return np.array([searched[cells == cell, 2].max(initial=0) for cell in range(CELLS)])
