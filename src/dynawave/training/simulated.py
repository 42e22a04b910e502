"""Films simulated while training goes on: never the same data twice, and nothing on the disk."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dynawave.errors import ConfigError
from dynawave.simulate import FilmSpec, simulate_film
from dynawave.simulate.dataset import describe, gather
from dynawave.taxonomy import CLASSES
from dynawave.training.config import SimulationConfig
from dynawave.training.tiles import Film, Pool, annotated_film, class_index

HELD_OUT: Final = range(2**31, 2**31 + 8)
"""Films of a series for validation: numbers that training never comes to."""

COUNTED: Final = 32
"""Films of a series that its kinds of flaw are counted on; a physical one takes about a second."""

LANES: Final = 8
"""Batches take turns among so many sets of films, so that workers, among whom batches take turns too, share none."""


class SimulatedPool:
    """Films of a series in a few lanes; in each, a window moves along the lane's films as its batches go by.

    Which films a tile may show depends on its number and the batch size alone, not on what was drawn before. A worker
    holds the films of the windows that its own batches have shown: of 2, 4 or 8 workers none simulates another's films.

    Args:
        config: the series and its windows.
        share: weight of its tiles in the mix.
        classes: of the model.
        batch: tiles a step.

    Raises:
        ConfigError: the simulator draws flaws of a class that is not among `classes`, unless that is one for all.
    """

    def __init__(self, config: SimulationConfig, share: float, classes: Sequence[str], batch: int) -> None:
        _check_classes(classes)
        self.config, self.share, self.classes, self.batch = config, share, classes, batch
        self._films: dict[int, Film] = {}

    def window(self, number: int) -> range:
        """Numbers of the films that tile `number` may show."""
        batch, place = divmod(number, self.batch)
        turn, lane = divmod(batch, LANES)
        first = (turn * self.batch + place) // self.config.tiles * LANES + lane
        return range(first, first + self.config.films * LANES, LANES)

    def film(self, rng: np.random.Generator, number: int) -> Film:
        """A film of the window of tile `number`."""
        window = self.window(number)
        chosen = window[rng.integers(len(window))]
        if chosen not in self._films:
            lane = window.start % LANES
            self._films = {k: film for k, film in self._films.items() if k % LANES != lane or k in window}
            self._films[chosen] = draw_film(self.config, chosen, self.classes)
        return self._films[chosen]

    def labels(self) -> Iterable[NDArray[np.int64]]:
        """The class index of each flaw, film by film, of the first `COUNTED`."""
        return (draw_film(self.config, number, self.classes).labels for number in range(COUNTED))


def held_out_pool(config: SimulationConfig, share: float, classes: Sequence[str]) -> Pool:
    """Films of the series that `SimulatedPool` never draws."""
    return Pool(tuple(draw_film(config, index, classes) for index in HELD_OUT), share)


def draw_film(config: SimulationConfig, index: int, classes: Sequence[str]) -> Film:
    """Film `index` of the series, the same as `dynawave simulate` writes it and `load_film` reads it."""
    spec = FilmSpec(width=config.width, height=config.height, physics=config.physics)
    film = simulate_film(config.seed, index, spec)
    dataset = gather(Path("simulated"), [describe(film, config.seed, index)], spec)
    return annotated_film(film.pixels, dataset, dataset.images[0], classes)


def _check_classes(classes: Sequence[str]) -> None:
    """Refuse at once what would end the training at the first film with a flaw of a class that is left out."""
    if len(classes) == 1:
        return
    for flaw in CLASSES:
        try:
            class_index(flaw.name, classes)
        except ValueError:
            raise ConfigError(f"classes: a simulated source may draw {flaw.name}, which is not among them.") from None
