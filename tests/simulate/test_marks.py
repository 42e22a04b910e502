"""Marks of film and digitiser, and pieces of lead: what they look like, and that no flaw is made of them."""

import numpy as np
import pytest

from dynawave.simulate import FilmSpec, lead, marks, simulate_film
from dynawave.simulate.artefacts import part_end
from dynawave.simulate.radiograph.weld import Surfaces
from dynawave.simulate.scene import Seam

SHAPE = (400, 600)
LINE = np.full(SHAPE[1], 200, np.float32)
GROUND = Surfaces(Seam(LINE, LINE - 60, LINE + 60), 2.0, 0.02, noise=2.0)


def changed(draw, seeds: int = 30) -> np.ndarray:
    """What a mark changes on a film of an even grey of 100, [seeds, rows, columns]."""
    films = np.full((seeds, *SHAPE), 100, np.float32)
    for seed, film in enumerate(films):
        draw(np.random.default_rng(seed), GROUND, film)
    return films - 100


def test_ink_is_dark_and_lies_beside_the_bead() -> None:
    change = changed(marks._ink)
    touched = change < -1
    assert (change <= 1e-3).all() and touched.any(axis=(1, 2)).mean() > 0.9
    assert change.min() < -60
    assert touched[:, 160:240].sum() < 0.25 * touched.sum()


def test_hairs_are_thin_and_bright() -> None:
    change = changed(marks._hairs)
    assert (change >= 0).all() and change.max() > 15
    # a hair has few pixels that lie in from its rim by more than two pixels
    core = np.lib.stride_tricks.sliding_window_view(change > 1, (5, 5), axis=(1, 2)).all((-1, -2))
    assert core.sum() < 0.05 * (change > 1).sum()


def test_scratches_are_bright_nearly_always() -> None:
    change = changed(marks._scratches)
    assert (change < -1).sum() < 0.2 * (change > 1).sum()


@pytest.mark.parametrize("seed", range(4))
def test_a_number_plate_has_figures_and_two_rows_of_holes(seed: int) -> None:
    plate = lead.number_plate(np.random.default_rng(seed), "28", 200)
    holes = [1 - plate[rows] for rows in (slice(0, 34), slice(166, 200))]
    assert all(part.sum() > 50 for part in holes)
    figures = 1 - plate[50:150]
    assert 0.05 < figures.mean() < 0.5
    assert plate[[0, -1]].min() == 1  # the rim is whole


def test_a_washer_is_a_ring() -> None:
    ring = lead.washer(np.random.default_rng(0), 100)
    middle = len(ring) // 2
    assert ring[middle, middle] == 0 and ring.max() > 0.9 and ring[0].max() == 0


def test_a_part_ends_now_and_then_and_takes_little_of_the_film() -> None:
    ends = [part_end(np.random.default_rng(seed), SHAPE) for seed in range(300)]
    found = [end for end in ends if end is not None]
    assert 5 < len(found) < 45
    assert all(end.min() >= 0 and end.max() <= 1 and end.mean() > 0.6 for end in found)


@pytest.mark.parametrize("physics", [False, True])
def test_no_mark_and_no_lead_is_a_flaw(physics: bool) -> None:
    spec = FilmSpec(width=400, height=300, physics=physics, sound_share=1.0)
    assert not any(simulate_film(9, index, spec).flaws for index in range(8))
