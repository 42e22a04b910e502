"""Masks of flaws, and classes that are left out of a class map."""

import numpy as np

from dynawave.inspection.masks import Mask, trim, without, without_absent, without_rare


def test_classes_under_a_score_are_sound_metal() -> None:
    class_map = np.array([[0, 1, 2], [3, 3, 1]], np.uint8)
    found = without_absent(class_map, np.array([0.2, 0.5, 0.9], np.float32), 0.5)
    np.testing.assert_array_equal(found, [[0, 0, 2], [3, 3, 0]])
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(without_absent(class_map, np.zeros(3, np.float32), 0.0), class_map)


def test_classes_of_few_pixels_are_sound_metal() -> None:
    class_map = np.array([[0, 1, 2], [2, 3, 3]], np.uint8)
    np.testing.assert_array_equal(without_rare(class_map, 2), [[0, 0, 2], [2, 3, 3]])
    np.testing.assert_array_equal(without_rare(class_map, 0), class_map)


def test_the_box_of_a_mask_is_tight() -> None:
    pixels = np.zeros((6, 9), bool)
    pixels[2, 3], pixels[4, 7] = True, True
    np.testing.assert_array_equal(trim(pixels, (10, 20)).box, [13, 22, 18, 25])


def test_what_is_left_of_a_mask() -> None:
    square = Mask(np.ones((4, 6), bool), (10, 20))
    beyond, within = Mask(np.ones((9, 3), bool), (8, 18)), Mask(np.ones((1, 1), bool), (12, 21))
    left = without(square, [beyond, within])
    assert left is not None and left.offset == (11, 20)
    expected = np.ones((4, 5), bool)
    expected[1, 1] = False
    assert (left.pixels == expected).all()
    assert without(square, [square]) is None
    same = without(square, [])
    assert same is not None and same.offset == (10, 20) and same.pixels.all()
