"""Which flaws a weld holds: one main kind, what tends to come with it, and stray specks."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.simulate.bodies import cavities, cracks, fusion, inclusions, outlines
from dynawave.simulate.bodies.body import Body
from dynawave.simulate.bodies.frame import WeldFrame
from dynawave.simulate.bodies.statistics import Statistics, statistics

Recipe = Callable[[Generator, WeldFrame, float], Iterator[Body]]

RECIPES: Final[dict[str, Recipe]] = {
    recipe.__name__: recipe
    for recipe in (
        cavities.pore,
        cavities.large_pore,
        cavities.cluster,
        cavities.row,
        cavities.elongated,
        cavities.worms,
        inclusions.slag_line,
        inclusions.slag_lump,
        inclusions.tungsten,
        inclusions.copper,
        inclusions.oxide,
        fusion.lack_of_penetration,
        fusion.side_wall,
        fusion.inter_run,
        fusion.root_fusion,
        cracks.longitudinal,
        cracks.transverse,
        cracks.group,
        cracks.branching,
        cracks.crater,
        cracks.tear,
        outlines.undercut,
        outlines.root_concavity,
        outlines.excess_penetration,
    )
}
"""What draws each kind of `statistics.json`: from the film's stream, its frame and a place along the seam in mm."""


def plan(rng: Generator, frame: WeldFrame, table: Statistics | None = None) -> Iterator[Body]:
    """Yield the flaws of one weld that has flaws.

    Args:
        rng: the film's stream; the same stream and frame give the same bodies.
        frame: the weld.
        table: how often what occurs; None for the table that comes with the program.

    Yields:
        Bodies, which may reach beyond the image or lie off it.
    """
    table = table or statistics()
    for kind in kinds_of_weld(rng, table):
        for _ in range(max(1, rng.poisson(table.kinds[kind].per_100mm * frame.length_mm / 100))):
            yield from RECIPES[kind](rng, frame, rng.uniform(0, frame.length_mm))
    for _ in range(rng.poisson(rng.choice(table.specks_per_100mm) * frame.length_mm / 100)):
        yield from cavities.speck(rng, frame, rng.uniform(0, frame.length_mm))


def kinds_of_weld(rng: Generator, table: Statistics) -> list[str]:
    """Draw the kinds of flaw of one weld: the main one first."""
    main = _pick(rng, table.weights())
    kinds = [main]
    for family, chance in table.companions[table.kinds[main].family].items():
        if rng.random() < chance:
            others = table.weights(family)
            others.pop(main, None)
            kinds.append(_pick(rng, others))
    return kinds


def _pick(rng: Generator, weights: dict[str, float]) -> str:
    share = np.array(list(weights.values()))
    return list(weights)[int(rng.choice(len(share), p=share / share.sum()))]
