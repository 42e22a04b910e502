from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from dynawave.inspection.maps import DenseMaps
from dynawave.inspection.masks import SMALLEST
from dynawave.inspection.regions import called_regions
from dynawave.inspection.settings import DecodeSettings

SETTINGS = DecodeSettings(regions=True, score_threshold=0.5)


def of_classes(shape: tuple[int, int], scale: float = 1.0) -> DenseMaps:
    """Maps whose right half is of the second class, and whose spread grows to the right."""
    height, width = (round(side * scale) for side in shape)
    cells = (-(-height // 4), -(-width // 4))
    second = np.broadcast_to(np.arange(cells[1]) >= cells[1] / 2, cells).astype(np.float32)
    spread = np.broadcast_to(np.arange(cells[1], dtype=np.float32), (4, *cells))
    none = np.zeros(cells, np.float32)
    field = np.zeros((-(-height // 2), -(-width // 2)), np.float32)
    return DenseMaps(field, np.stack([1 - second, second]), np.stack([none] * 4), spread, none, None, height, width)


def test_regions_are_scipy_s_components_of_each_class() -> None:
    random = np.random.default_rng(3)
    class_map = ndimage.zoom(random.integers(0, 3, (12, 16)), 5, order=0).astype(np.uint8)
    field = np.where(class_map > 0, random.uniform(0.3, 0.78, class_map.shape), 0).astype(np.float32)
    found = called_regions(class_map, field, of_classes(class_map.shape), 1.0, SETTINGS)
    wanted = []
    for number in (1, 2):
        labels, count = ndimage.label(class_map == number, np.ones((3, 3)))
        for part, (rows, columns) in enumerate(ndimage.find_objects(labels, count), 1):
            box = (columns.start, rows.start, columns.stop, rows.stop)
            score = field[labels == part].mean()
            if score >= 0.5:
                wanted.append((round(float(score), 5), number - 1, box, int((labels == part).sum())))
    got = [(round(f.score, 5), f.class_index, tuple(f.box.tolist()), int(f.mask.pixels.sum())) for f in found]
    assert len(wanted) > 4 and sorted(got) == sorted(wanted)
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)
    fewer = replace(SETTINGS, max_indications=2)
    strongest = called_regions(class_map, field, of_classes(class_map.shape), 1.0, fewer)
    assert [f.score for f in strongest] == [f.score for f in found[:2]]


def test_touching_classes_are_apart_and_specks_are_left_out() -> None:
    class_map = np.zeros((40, 80), np.uint8)
    class_map[10:20, 10:30], class_map[10:20, 30:50] = 1, 2
    class_map[30, 5 : 5 + SMALLEST], class_map[30, 20 : 20 + SMALLEST - 1] = 1, 1
    found = called_regions(class_map, np.ones((40, 80), np.float32), of_classes((40, 80)), 1.0, SETTINGS)
    boxes = sorted((f.class_index, *f.box.tolist()) for f in found)
    assert boxes == [(0, 5, 30, 5 + SMALLEST, 31), (0, 10, 10, 30, 20), (1, 30, 10, 50, 20)]


def test_flaws_that_doubtful_pixels_join_are_apart_each_pixel_with_the_nearest_core() -> None:
    class_map, field = np.zeros((60, 80), np.uint8), np.zeros((60, 80), np.float32)
    class_map[10:30, 10:60] = 1
    field[class_map > 0] = 0.6
    cores = np.zeros_like(class_map)
    cores[12:28, 12:30], cores[12:22, 40:58] = 1, 2
    field[cores > 0] = 0.95
    field[25, 57] = 0.9  # a speck is no core
    first, second = sorted(
        called_regions(class_map, field, of_classes((60, 80)), 1.0, SETTINGS), key=lambda f: f.box[0]
    )
    nearest = ndimage.distance_transform_edt(cores == 0, return_distances=False, return_indices=True)
    owner = np.where(class_map > 0, cores[tuple(nearest)], 0)
    for number, flaw in ((1, first), (2, second)):
        drawn = np.zeros_like(cores)
        drawn[flaw.mask.window] = flaw.mask.pixels
        # a distance of OpenCV's is that of a chamfer: pixels as far from one as from the other may go either way
        assert np.count_nonzero(drawn != (owner == number)) < 10
        assert flaw.score == pytest.approx(field[drawn > 0].mean())
    assert first.mask.pixels.sum() + second.mask.pixels.sum() == 20 * 50
    joined = replace(SETTINGS, join_threshold=0.5)
    assert len(called_regions(class_map, field, of_classes((60, 80)), 1.0, joined)) == 1


def test_what_cells_say_is_read_where_the_region_lies() -> None:
    """Once shown at the picture's own size, once larger: the cells under a region are others, the picture the same."""
    class_map = np.zeros((40, 80), np.uint8)
    class_map[8:16, 32:48] = 2  # half of it in cells of the second class
    for scale in (0.5, 1.0, 1.5, 2.0):
        (found,) = called_regions(
            class_map, np.ones((40, 80), np.float32), of_classes((40, 80), scale), scale, SETTINGS
        )
        assert found.class_score == 0.5
        columns = ((np.arange(32, 48) + 0.5) * scale / 4).astype(int)
        assert np.allclose(found.spread, columns.mean() / scale)


def test_an_empty_class_map_has_no_regions() -> None:
    nothing = np.zeros((40, 80))
    assert (
        called_regions(nothing.astype(np.uint8), nothing.astype(np.float32), of_classes((40, 80)), 1.0, SETTINGS) == []
    )
