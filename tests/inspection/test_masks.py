"""Masks of flaws, and classes that are left out of a class map."""

import numpy as np

from dynawave.inspection.masks import trim, without_absent, without_rare


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
