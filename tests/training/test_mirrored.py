import cv2
import numpy as np
import pytest
from scipy import ndimage

from dynawave.training.augment import draw_geometry, warp
from dynawave.training.config import AugmentConfig, TrainingConfig
from dynawave.training.mirrored import copies, each_on_its_own
from dynawave.training.targets import SMALLEST_PX, extents
from dynawave.training.tiles import Film, draw_tile

EYE = np.eye(2)


def seen(film: np.ndarray, to_film: np.ndarray, size: int) -> np.ndarray:
    return warp(film, to_film, size, cv2.INTER_NEAREST).astype(np.int32)


@pytest.mark.parametrize("seed", range(8))
def test_on_one_copy_no_two_pixels_show_the_same_place(seed: int) -> None:
    """However the tile is turned: a place that is seen twice is seen on two copies."""
    rng = np.random.default_rng(seed)
    config = AugmentConfig(scale=(1.5, 2.5), rotation_deg=45)
    to_film = draw_geometry(rng, config, (30, 20), (32, 32))
    film = np.arange(40 * 60, dtype=np.uint16).reshape(40, 60)
    place, copy = seen(film, to_film, 64), copies(to_film, 64, film.shape)
    assert copy.max() > 0
    for number in np.unique(copy):
        _, counts = np.unique(place[copy == number], return_counts=True)
        assert counts.max() == 1
    for number in np.unique(place):
        assert len(np.unique(copy[place == number])) == (place == number).sum()


def test_a_tile_within_its_film_is_one_copy() -> None:
    assert not copies(np.column_stack([EYE, [3, 5]]), 20, (25, 23)).any()
    assert copies(np.column_stack([EYE, [3, 5]]), 20, (25, 22)).any()


def square(left: int, top: int) -> np.ndarray:
    film = np.zeros((40, 60), np.int16)
    film[top : top + 6, left : left + 6] = 1
    return film


@pytest.mark.parametrize(
    ("film", "boxes"),
    [
        (square(10, 20), [(10, 20, 16, 26), (-15, 20, -9, 26)]),  # two of them, and no box about both
        (square(0, 20), [(-5, 20, 6, 26)]),  # at the film's edge: one with its mirror image
        (square(10, 20) + square(30, 3), [(10, 3, 36, 26), (-35, 3, -9, 26)]),  # of two parts, each time
    ],
)
def test_a_flaw_and_its_mirror_image_are_two_objects(film: np.ndarray, boxes: list[tuple[int, ...]]) -> None:
    to_film = np.column_stack([EYE, [-40, 0]])
    instances, labels = each_on_its_own(
        seen(film, to_film, 100)[:40], np.array([3]), copies(to_film, 100, (40, 60))[:40]
    )
    found = {(left - 40, top, right - 40, bottom) for left, top, right, bottom in extents(instances).values()}
    assert found == set(boxes) and labels.tolist() == [3] * len(boxes)
    assert ((instances > 0) == (seen(film, to_film, 100)[:40] > 0)).all()


@pytest.mark.parametrize("seed", range(6))
def test_tiles_hold_as_many_objects_as_are_seen(seed: int) -> None:
    """Four round flaws of two kinds on a film smaller than the tile, against the regions that SciPy finds."""
    instances, labels = np.zeros((80, 90), np.int16), np.array([0, 1, 1, 0])
    for number, (x, y) in enumerate([(20, 20), (60, 25), (30, 60), (70, 60)], 1):
        cv2.circle(instances, (x, y), 8, number, -1)
    pixels = np.random.default_rng(0).integers(0, 255, (80, 90)).astype(np.uint16)
    film = Film(pixels, (0.0, 255.0), instances, labels, np.zeros((0, 2)))
    config = TrainingConfig(classes=("a", "b"), tile=160, augment=AugmentConfig(scale=(0.9, 1.1), rotation_deg=45))
    _, found, kinds = draw_tile(film, np.random.default_rng(seed), config)
    regions = ndimage.label(found, np.ones((3, 3)))[0]
    boxes = extents(found).values()
    assert len(boxes) == (np.bincount(regions.ravel())[1:] >= SMALLEST_PX).sum() > 4 and len(kinds) == found.max()
    assert all(max(right - left, bottom - top) <= 22 for left, top, right, bottom in boxes)
    assert set(kinds) == {0, 1}
