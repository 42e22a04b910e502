"""Decoding of maps that are made by hand: each test lays down what the network would say."""

import math
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from dynawave.inspection.decode import Detection, decode
from dynawave.inspection.maps import DenseMaps
from dynawave.inspection.settings import DecodeSettings


def empty_maps(height: int, width: int, classes: int = 1) -> DenseMaps:
    cells = -(-height // 4), -(-width // 4)
    return DenseMaps(
        field=np.zeros((-(-height // 2), -(-width // 2)), np.float32),
        scores=np.zeros((classes, *cells), np.float32),
        boxes=np.zeros((4, *cells), np.float32),
        spread=np.full((4, *cells), 2, np.float32),
        iou=np.ones(cells, np.float32),
        kinds=None,
        height=height,
        width=width,
    )


def call(maps: DenseMaps, box: tuple[float, float, float, float], score: float, flaw: int = 0) -> None:
    """Let the cell at the box's middle call it with this score; box is left, top, right, bottom."""
    left, top, right, bottom = box
    column, row = int((left + right) / 8), int((top + bottom) / 8)
    x, y = 4 * column + 2, 4 * row + 2
    maps.scores[flaw, row, column] = score
    maps.boxes[:, row, column] = x - left, y - top, right - x, bottom - y


def paint(maps: DenseMaps, box: tuple[int, int, int, int], value: float = 0.9) -> None:
    left, top, right, bottom = (side // 2 for side in box)
    maps.field[top:bottom, left:right] = value


MEAN = 0.9 * (15.5 / 16) * (11.5 / 12)
"""Mean field on the mask of a flaw painted over 16 x 12 px: by interpolation its outermost pixels have 3/4."""

CRACK_MEAN = 0.9 * (1199.5 / 1200) * (7.5 / 8)
"""The same of `crack`."""


def run(maps: DenseMaps, **settings: float) -> list[Detection]:
    return decode(maps, maps.probability(), DecodeSettings(**settings))  # type: ignore[arg-type]


def full(flaw: Detection, maps: DenseMaps) -> NDArray[np.bool_]:
    mask = np.zeros((maps.height, maps.width), bool)
    pixels, (x, y) = flaw.mask
    mask[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
    return mask


def test_a_silent_network_finds_nothing() -> None:
    assert run(empty_maps(64, 96)) == []
    assert run(empty_maps(64, 96), score_threshold=0) == []


def test_box_score_spread_and_mask_of_one_flaw() -> None:
    maps = empty_maps(64, 96)
    call(maps, (20, 10, 44, 30), 0.8)
    paint(maps, (24, 14, 40, 26))
    (flaw,) = run(maps)
    assert flaw.box == pytest.approx([20, 10, 44, 30])
    assert flaw.score == pytest.approx(0.8 * MEAN)
    assert flaw.spread == pytest.approx([2] * 4)
    expected = np.zeros((64, 96), bool)
    expected[14:26, 24:40] = True
    inside = full(flaw, maps)
    assert np.count_nonzero(inside ^ expected) <= 4  # corners, by interpolation


@pytest.mark.parametrize(
    ("powers", "expected"),
    [
        ((1, 0, 1), 0.64 * MEAN),  # by default: the class score already counts the fit
        ((0.5, 0.5, 0), 0.8 * 0.5),
        ((0.5, 0, 2), 0.8 * MEAN**2),
        ((0.5, 0.5, 2), 0.8 * 0.5 * MEAN**2),
    ],
)
def test_score_is_class_score_iou_and_mean_field_to_their_powers(
    powers: tuple[float, float, float], expected: float
) -> None:
    maps = empty_maps(64, 96)
    call(maps, (20, 10, 44, 30), 0.64)
    paint(maps, (24, 14, 40, 26))
    maps.iou[:] = 0.25
    names = ("score_power", "iou_power", "field_power")
    (flaw,) = run(maps, score_threshold=0.2, **dict(zip(names, powers, strict=True)))
    assert flaw.score == pytest.approx(expected)
    defaults = DecodeSettings()
    assert tuple(getattr(defaults, name) for name in names) == (1, 0, 1)


def test_the_threshold_is_that_of_the_tempered_score() -> None:
    maps = empty_maps(64, 96)
    call(maps, (20, 10, 44, 30), 0.5)
    paint(maps, (24, 14, 40, 26))
    assert len(run(maps, score_threshold=0.5 * MEAN - 0.01)) == 1
    assert run(maps, score_threshold=0.5 * MEAN + 0.01) == []


def test_a_box_where_the_field_is_silent_is_no_flaw() -> None:
    maps = empty_maps(64, 96)
    call(maps, (20, 10, 44, 30), 1)
    paint(maps, (60, 40, 80, 60))
    assert run(maps) == []


def test_boxes_end_at_the_image() -> None:
    maps = empty_maps(50, 50)
    call(maps, (-20, 20, 30, 70), 0.9)
    paint(maps, (0, 20, 30, 50))
    (flaw,) = run(maps)
    assert flaw.box == pytest.approx([0, 20, 30, 50])


def test_repeats_go_whatever_their_class() -> None:
    """A flaw has one class: two boxes on it are one flaw, not two of different kinds."""
    maps = empty_maps(128, 128, classes=2)
    call(maps, (20, 20, 60, 60), 0.9)
    call(maps, (28, 20, 68, 60), 0.7)  # IoU 0.67 with the first
    call(maps, (20, 36, 60, 76), 0.6, flaw=1)  # IoU 0.43 with the first, of another class
    assert [round(f.score, 3) for f in run(maps, field_power=0)] == [0.9]
    assert len(run(maps, nms_iou=0.8, field_power=0)) == 3


def test_boxes_by_class_lie_on_each_other() -> None:
    """A pore in a weld whose cells name the weld besides: neither is named after the other or taken for its repeat."""
    maps = empty_maps(128, 128, classes=2)
    call(maps, (24, 20, 60, 60), 0.5, flaw=1)
    maps.scores[0, 10, 10] = 0.6  # the same cell
    call(maps, (28, 20, 64, 60), 0.45, flaw=1)  # its neighbour, IoU 0.8 with it
    maps.scores[0, 10, 11] = 0.3
    call(maps, (24, 28, 60, 68), 0.4, flaw=1)  # IoU 0.67 with the first
    (merged,) = run(maps, field_power=0)
    assert merged.score == 1.0
    found = run(maps, field_power=0, by_class=True)
    assert [(f.class_index, round(f.score, 3)) for f in found] == [(0, 0.6), (1, 0.5)]
    assert all(f.box == pytest.approx([24, 20, 60, 60]) for f in found)
    assert [f.class_score for f in found] == [1, 1]  # the score is that of the class already
    assert len(run(maps, field_power=0, by_class=True, nms_iou=0.7)) == 3
    assert len(run(maps, field_power=0, by_class=True, max_indications=1)) == 1


def test_cells_within_a_box_vote_on_its_sides() -> None:
    """One cell agrees, with a surer left side; one calls too different a box; one of like box lies outside."""
    maps = empty_maps(128, 128)
    call(maps, (20, 20, 60, 60), 0.9)
    call(maps, (24, 20, 64, 60), 0.45)  # IoU 36 / 44 with the first
    maps.spread[:, 10, 11] = 1, 2, 2, 2
    call(maps, (20, 20, 40, 40), 0.6)  # IoU 1 / 4
    maps.scores[0, 20, 20] = 0.4  # at (82, 82)
    maps.boxes[:, 20, 20] = 82 - 22, 82 - 20, 62 - 82, 60 - 82
    first, *_ = run(maps, vote_iou=0.5, nms_iou=0.7, field_power=0)
    share = 0.5 * math.exp(-((1 - 36 / 44) ** 2) / 0.05)  # of the second vote to the first, for equal spreads
    left = (20 + 4 * share * 24) / (1 + 4 * share)
    right = (60 + share * 64) / (1 + share)
    assert first.box == pytest.approx([left, 20, right, 60], abs=1e-4)
    unchanged, *_ = run(maps, vote_iou=0, nms_iou=0.7, field_power=0)
    assert unchanged.box == pytest.approx([20, 20, 60, 60])
    alone, *_ = run(maps, vote_iou=0.9, nms_iou=0.7, field_power=0)
    assert alone.box == pytest.approx([20, 20, 60, 60])


def test_the_class_is_that_of_the_region() -> None:
    """Not that of the best cell: two of three cells of the mask name the other class."""
    maps = empty_maps(64, 64, classes=2)
    paint(maps, (16, 20, 40, 28), 1.0)
    maps.scores[:, 5:7, 4:10] = np.array([0.02, 0.2])[:, None, None]
    call(maps, (16, 20, 40, 28), 0.9)
    (flaw,) = run(maps, field_power=0)
    assert flaw.class_index == 1 and flaw.class_score > 0.6


def test_only_peaks_stand_for_a_box() -> None:
    maps = empty_maps(64, 64)
    call(maps, (24, 24, 32, 32), 0.9)
    call(maps, (30, 24, 38, 32), 0.8)  # the neighbouring cell, another box
    assert [round(f.score, 3) for f in run(maps, field_power=0)] == [0.9]


def test_a_faint_flaw_has_a_mask_about_its_peak() -> None:
    maps = empty_maps(64, 64)
    call(maps, (16, 16, 40, 40), 0.6)
    paint(maps, (20, 20, 32, 28), 0.2)
    (flaw,) = run(maps, field_power=0)
    inside = full(flaw, maps)
    assert inside[22:26, 22:30].all()
    assert not inside[:18].any() and not inside[30:].any()


def test_a_mask_is_never_empty() -> None:
    maps = empty_maps(64, 64)
    call(maps, (16, 16, 40, 40), 0.6)
    call(maps, (61.9, 61.9, 62.1, 62.1), 0.6)
    found = run(maps, field_power=0)
    assert all(flaw.mask.pixels.any() for flaw in found)
    assert len(found) == 2


def test_a_mask_leaves_out_what_only_grazes_the_box() -> None:
    maps = empty_maps(64, 96)
    call(maps, (20, 20, 40, 40), 0.8)
    paint(maps, (26, 26, 34, 34))
    paint(maps, (38, 20, 60, 24))
    (flaw,) = run(maps)
    assert not full(flaw, maps)[:, 37:].any()


def crack(score: float = 0.8) -> DenseMaps:
    """A crack of 1200 px, 8 px high, on which the network calls boxes of 80 px."""
    maps = empty_maps(200, 1400)
    paint(maps, (100, 96, 1300, 104))
    for x in range(100, 1300, 60):
        call(maps, (x, 88, x + 80, 112), score)
    return maps


def test_a_long_crack_is_one_indication() -> None:
    maps = crack()
    (flaw,) = run(maps)
    assert flaw.box == pytest.approx([100, 96, 1300, 104], abs=1)
    assert flaw.score == pytest.approx(0.8 * CRACK_MEAN, abs=1e-3)
    assert np.count_nonzero(full(flaw, maps)) == pytest.approx(1200 * 8, rel=0.02)


def test_a_box_that_covers_a_crack_stands_for_it_and_takes_the_fragments_in() -> None:
    maps = crack()
    call(maps, (90, 70, 1310, 150), 0.6)
    (flaw,) = run(maps)
    assert flaw.score == pytest.approx(0.6 * CRACK_MEAN, abs=1e-3)
    assert flaw.box == pytest.approx([90, 70, 1310, 150])


def test_a_box_below_the_threshold_covers_no_crack() -> None:
    maps = crack()
    call(maps, (90, 70, 1310, 150), 0.6)
    (flaw,) = run(maps, score_threshold=0.6 * CRACK_MEAN + 0.05)
    assert flaw.score == pytest.approx(0.8 * CRACK_MEAN, abs=1e-3)
    assert flaw.box == pytest.approx([100, 96, 1300, 104], abs=1)


def test_a_pore_beside_a_crack_stays() -> None:
    maps = crack()
    call(maps, (600, 120, 620, 140), 0.7)
    paint(maps, (604, 124, 616, 136))
    assert len(run(maps)) == 2


def cluster() -> DenseMaps:
    """A cluster 200 px long: fifteen pores of 10 px whose field runs together."""
    maps = empty_maps(200, 400)
    paint(maps, (100, 90, 300, 114))
    for i in range(15):
        x, y = 102 + 13 * i, 92 + 10 * (i % 2)
        call(maps, (x, y, x + 10, y + 10), 0.9 if i < 14 else 0.4)
    return maps


def test_pores_of_a_cluster_stay_beside_it() -> None:
    """All but the one that is not sure enough."""
    maps = cluster()
    found = run(maps, own_score=0.5)
    sides = sorted(float((flaw.box[2:] - flaw.box[:2]).max()) for flaw in found)
    assert sides == pytest.approx([*[10] * 14, 200], abs=1)
    covered = np.sum([full(flaw, maps) for flaw in found], 0)
    assert covered.max() == 1 and np.count_nonzero(covered) == pytest.approx(200 * 24, rel=0.05)


def test_a_cluster_that_its_pores_cover_is_no_flaw_beside_them() -> None:
    maps = empty_maps(64, 400)
    paint(maps, (100, 20, 220, 40))
    for x in range(100, 220, 20):
        call(maps, (x, 20, x + 20, 40), 0.9)
    assert [float(flaw.box[2] - flaw.box[0]) for flaw in run(maps, mask_margin=0.2)] == pytest.approx([20] * 6)


def test_boxes_that_are_not_small_are_fragments() -> None:
    assert len(run(cluster(), own_px=9)) == len(run(cluster(), own_px=0)) == 1
    assert len(run(cluster(), own_px=11, own_score=0)) == 16


def test_a_crack_below_the_threshold_leaves_its_fragments() -> None:
    maps = crack(score=0.8)
    paint(maps, (100, 96, 700, 104), 0.6)  # the whole has about 0.8 * 0.7, a box 0.8 * 0.56 here and 0.8 * 0.84 there
    assert len(run(maps, score_threshold=0.5, join_threshold=0.5)) == 1
    found = run(maps, score_threshold=0.65, join_threshold=0.5)
    assert len(found) == 10 and all(flaw.box[0] >= 700 for flaw in found)


def test_doubtful_pixels_do_not_join_flaws() -> None:
    """Two slag lines end to end, 40 px of half-sure field between them."""
    maps = empty_maps(200, 800)
    paint(maps, (100, 96, 700, 104), 0.95)
    paint(maps, (380, 96, 420, 104), 0.6)
    for x in (200, 600):
        call(maps, (x - 40, 88, x + 40, 112), 0.8)
    left, right = sorted(run(maps), key=lambda flaw: float(flaw.box[0]))
    assert left.box == pytest.approx([100, 96, 380, 104], abs=4) and right.box == pytest.approx(
        [420, 96, 700, 104], abs=4
    )
    assert len(run(maps, join_threshold=0.5)) == 1


def test_parts_shorter_than_long_px_are_left_to_the_boxes() -> None:
    maps = empty_maps(64, 200)
    paint(maps, (20, 20, 100, 28))
    assert run(maps) == []
    assert len(run(maps, long_px=60, score_threshold=0)) == 1


def test_the_strongest_are_kept() -> None:
    maps = empty_maps(256, 256)
    for i in range(8):
        call(maps, (30 * i, 10, 30 * i + 16, 26), 0.5 + 0.05 * i)
    found = run(maps, max_indications=3, field_power=0)
    assert [round(f.score, 2) for f in found] == [0.85, 0.8, 0.75]


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError):
        DecodeSettings(nms_iou=2)
    with pytest.raises(ValueError):
        DecodeSettings(no_such=1)  # type: ignore[call-arg]


@pytest.mark.slow
def test_a_rich_film_decodes_in_a_fifth_of_a_second() -> None:
    random = np.random.default_rng(0)
    maps = empty_maps(1200, 5000)
    for _ in range(600):
        x, y, side = int(random.integers(20, 4960)), int(random.integers(20, 1160)), int(random.integers(4, 20))
        call(maps, (x - side, y - side, x + side, y + side), random.uniform(0.2, 1))
        paint(maps, (x - side, y - side, x + side, y + side))
    paint(maps, (100, 600, 2400, 606))
    probability = maps.probability()
    start = time.process_time()
    found = decode(maps, probability, DecodeSettings())
    assert time.process_time() - start < 0.2
    assert 300 < len(found) <= 600


def test_noise_is_bounded() -> None:
    random = np.random.default_rng(0)
    maps = empty_maps(600, 1000)
    maps.scores[:] = random.random(maps.scores.shape)
    maps.boxes[:] = random.uniform(1, 30, maps.boxes.shape)
    maps.field[:] = 0.45 * random.random(maps.field.shape)
    found = run(maps, score_threshold=0, max_indications=200)
    assert len(found) == 200
    assert all(flaw.mask.pixels.any() for flaw in found)
