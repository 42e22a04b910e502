"""Which flaws a film holds: a few themes of one origin each, and stray specks."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import log_uniform
from dynawave.simulate.flaws import kinds
from dynawave.simulate.records import FilmSpec
from dynawave.simulate.scene import Seam

# recipe, how often it is a film's theme, how often it then repeats along 1000 pixels of seam
THEMES: Final[tuple[tuple[kinds.Recipe, float, float], ...]] = (
    (kinds.single_pore, 0.16, 8.0),
    (kinds.cluster, 0.14, 2.0),
    (kinds.row, 0.06, 2.0),
    (kinds.elongated, 0.08, 4.0),
    (kinds.worms, 0.07, 1.2),
    (kinds.slag, 0.14, 3.5),
    (kinds.lack_of_penetration, 0.15, 0.7),
    (kinds.lack_of_fusion, 0.13, 1.5),
    (kinds.longitudinal_crack, 0.12, 1.0),
    (kinds.transverse_crack, 0.11, 2.0),
    (kinds.branching_crack, 0.04, 1.5),
    (kinds.undercut, 0.07, 2.5),
    (kinds.heavy, 0.08, 1.0),
    (kinds.hole, 0.06, 1.0),
    (kinds.tear, 0.08, 1.0),
    (kinds.crazing, 0.07, 1.5),
)

FAINT: Final[tuple[kinds.Recipe, ...]] = (
    kinds.lack_of_penetration,
    kinds.lack_of_fusion,
    kinds.longitudinal_crack,
    kinds.transverse_crack,
)
"""Lines, of which the eye follows those that hardly rise over the grain: half of them are drawn as faint as that."""


def plan_flaws(rng: Generator, spec: FilmSpec, seam: Seam) -> Iterator[kinds.Blemish]:
    """Yield the flaws of one film; none at all for a share of the films."""
    if rng.random() < spec.sound_share:
        return
    width = len(seam.centre)
    weights = np.array([weight for _, weight, _ in THEMES])
    count = rng.choice([1, 2, 3, 4], p=[0.15, 0.3, 0.35, 0.2])
    for index in rng.choice(len(THEMES), count, replace=False, p=weights / weights.sum()):
        recipe, _, density = THEMES[index]
        faint = recipe in FAINT and rng.random() < 0.5
        strength = log_uniform(rng, 0.8, 6) if faint else log_uniform(rng, 1.5, spec.cnr[1])
        for _ in range(max(1, rng.poisson(density * width / 1000))):
            yield from recipe(rng, seam, rng.uniform(0, width), kinds.vary(rng, strength, 0.3))
    for _ in range(rng.poisson(rng.choice([1.0, 4.0, 10.0]) * width / 1000)):
        yield from kinds.speck(rng, seam, rng.uniform(0, width), log_uniform(rng, 3, 15))
