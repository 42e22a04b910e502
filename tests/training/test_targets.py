import numpy as np
import pytest
from numpy.typing import NDArray

from dynawave.training.targets import UNKNOWN, make_targets, merge_touching


def canvas(*boxes: tuple[int, int, int, int]) -> NDArray[np.int32]:
    """64 x 64 px with rectangles (left, top, right, bottom), ends excluded, numbered from one."""
    instances = np.zeros((64, 64), np.int32)
    for number, (left, top, right, bottom) in enumerate(boxes, start=1):
        instances[top:bottom, left:right] = number
    return instances


def test_a_square_by_hand() -> None:
    """16 px wide at (8, 12): the cells whose centres 10, 14, 18, 22 and 14, 18, 22, 26 lie on it, nine of weight."""
    t = make_targets(canvas((8, 12, 24, 28)), np.array([0]), 1)
    cells = np.zeros((16, 16), bool)
    cells[3:7, 2:6] = True
    np.testing.assert_array_equal(t.weight > 0, cells)
    np.testing.assert_allclose(t.weight[cells], np.sqrt(9 / 16))
    assert t.box[:, 3, 2].tolist() == [2, 2, 14, 14]  # its centre (10, 14) to left, top, right, bottom
    assert t.box[:, 6, 5].tolist() == [14, 14, 2, 2]
    assert t.present.tolist() == [1] and t.label[cells].tolist() == [0] * 16
    assert (t.field.dtype, t.weight.dtype, t.box.dtype) == (np.float32,) * 3


def test_every_cell_names_the_same_box() -> None:
    t = make_targets(canvas((9, 5, 50, 12)), np.array([0]), 1)
    rows, columns = np.nonzero(t.weight)
    x, y = 4 * columns + 2, 4 * rows + 2
    left, top, right, bottom = t.box[:, rows, columns]
    for sides, side in ((x - left, 9), (y - top, 5), (x + right, 50), (y + bottom, 12)):
        np.testing.assert_array_equal(sides, side)


def test_a_flaw_between_the_cells_centres_gets_the_cell_of_its_own_centre() -> None:
    """Columns and rows 3 to 5 hold none of the centres 2, 6, 10: the cell of (4.5, 4.5) answers."""
    t = make_targets(canvas((3, 3, 6, 6)), np.array([0]), 1)
    assert np.argwhere(t.weight).tolist() == [[1, 1]] and t.weight[1, 1] == 1
    assert t.box[:, 1, 1].tolist() == [3, 3, 0.5, 0.5]  # no distance is under half a pixel


def test_in_the_last_cell() -> None:
    assert np.argwhere(make_targets(canvas((63, 58, 64, 64)), np.array([0]), 1).weight).tolist() == [[15, 15]]


def test_what_is_tiny_is_no_object_but_stays_in_the_field() -> None:
    """Five pixels are dropped, six are kept."""
    t = make_targets(canvas((10, 10, 15, 11), (30, 30, 33, 32)), np.array([0, 0]), 1)
    assert t.weight[2, 3] == 0 and t.weight.max() == 1 and np.count_nonzero(t.weight[:6, :6]) == 0
    assert t.field[0, 5].sum() == pytest.approx(5 / 4)
    alone = make_targets(canvas((10, 10, 15, 11)), np.array([0]), 1)
    assert alone.present.tolist() == [0] and alone.weight.max() == 0


def test_the_field_is_the_share_of_the_cell() -> None:
    """3 x 3 px from (3, 3): cells of 2 x 2 px hold one, two or four of them."""
    field = make_targets(canvas((3, 3, 6, 6)), np.array([0]), 1).field
    assert field.shape == (1, 32, 32)
    np.testing.assert_allclose(field[0, 1:3, 1:3], [[0.25, 0.5], [0.5, 1]])
    assert field.sum() == pytest.approx(9 / 4)


def test_the_field_by_counting() -> None:
    flaws = (np.random.default_rng(0).random((64, 64)) < 0.3).astype(np.int32)
    expected = flaws.reshape(32, 2, 32, 2).mean((1, 3))
    np.testing.assert_allclose(make_targets(flaws, np.array([0]), 1).field[0], expected, atol=1e-6)


def test_a_small_flaw_keeps_its_cells_on_a_large_one() -> None:
    """A pore of 8 px on a plate of 40, in either order of numbers."""
    pore, plate = (28, 28, 36, 36), (12, 12, 52, 52)
    on_top = make_targets(canvas(plate, pore), np.array([0, 1]), 2)
    below = canvas(plate, pore)
    below[below > 0] = 3 - below[below > 0]
    swapped = make_targets(below, np.array([1, 0]), 2)
    for t in (on_top, swapped):
        assert t.label[7:9, 7:9].tolist() == [[1, 1], [1, 1]] and t.box[:, 7, 7].tolist() == [2, 2, 6, 6]
        assert t.label[4, 4] == 0 and t.present.tolist() == [1, 1]


def test_a_long_flaw_weighs_like_a_few_cells() -> None:
    """Squared weights add to nine at most."""
    t = make_targets(canvas((0, 30, 64, 34)), np.array([0]), 1)
    assert np.count_nonzero(t.weight) > 9 and np.square(t.weight).sum() == pytest.approx(9)


def test_labels_name_classes() -> None:
    t = make_targets(canvas((0, 0, 16, 16), (32, 32, 48, 48)), np.array([2, 0]), 3)
    assert (t.label[1:3, 1:3] == 2).all() and (t.label[9:11, 9:11] == 0).all() and t.label.dtype == np.int64
    assert t.present.tolist() == [1, 0, 1]


def test_the_class_of_pixels_is_that_in_the_middle_of_a_cell() -> None:
    """Also of what is tiny; nobody knows that of a flaw of unknown kind."""
    flaws = canvas((0, 0, 16, 16), (32, 32, 48, 48), (21, 21, 22, 22))
    t = make_targets(flaws, np.array([2, UNKNOWN, 0]), 3)
    assert t.pixels.dtype == np.uint8 and t.pixels.shape == (32, 32)
    assert (t.pixels[:8, :8] == 3).all() and not t.pixels[16:24, 16:24].any() and t.pixels[10, 10] == 1
    assert np.count_nonzero(t.pixels) == 65


def test_sound_metal() -> None:
    t = make_targets(canvas(), np.zeros(0, np.int64), 2)
    assert not t.field.any() and not t.weight.any() and not t.present.any()


def test_what_touches_is_one() -> None:
    """Side by side or corner to corner; a pixel of sound metal parts."""
    merged, labels = merge_touching(canvas((0, 0, 8, 8), (8, 8, 16, 16), (17, 0, 25, 8)))
    assert labels.tolist() == [0, 0] and merged.max() == 2
    assert merged[4, 4] == merged[12, 12] != merged[4, 20]
