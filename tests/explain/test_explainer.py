import numpy as np
import pytest

from dynawave.explain.explainer import strongest_cell, tile_about


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [(1000, 700, (736, 448)), (10, 10, (0, 0)), (2390, 1190, (1888, 704)), (750, 470, (480, 224))],
)
def test_the_tile_is_about_the_place_on_the_grid_of_32_px_and_within_the_padded_film(
    x: float, y: float, expected: tuple[int, int]
) -> None:
    tile = tile_about(x, y, 1200, 2390)
    assert (tile.x, tile.y) == expected
    assert (tile.width, tile.height) == (512, 512)


def test_of_a_small_film_the_tile_begins_at_its_corner() -> None:
    assert (tile_about(90, 40, 100, 200).x, tile_about(90, 40, 100, 200).y) == (0, 0)


def test_the_strongest_cell_is_sought_within_the_box_over_all_classes() -> None:
    scores = np.zeros((2, 8, 8), np.float32)
    scores[0, 0, 0] = 0.9  # outside the box
    scores[0, 3, 4] = 0.5
    scores[:, 4, 3] = 0.3  # together more
    assert strongest_cell(scores, (10, 10, 22, 22)) == (4, 3)


def test_a_box_between_the_centres_of_cells_has_the_cell_it_lies_in() -> None:
    assert strongest_cell(np.zeros((1, 8, 8), np.float32), (16.5, 28.2, 17.5, 29.5)) == (7, 4)
    assert strongest_cell(np.zeros((1, 8, 8), np.float32), (40, 40, 40.5, 40.5)) == (7, 7)
