from pathlib import Path

import numpy as np
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage
from dynawave.evaluation.detection import match
from dynawave.evaluation.sizes import contrast_to_noise, recall_by_contrast, recall_by_side


@pytest.fixture
def matches():
    boxes = [(0, 0, 10, 10), (50, 0, 4, 64), (0, 50, 20, 20), (200, 200, 90, 40)]  # sides 10, 16, 20, 60
    dataset = CocoDataset(
        Path("films"),
        (CocoImage(id=1, file_name="a.png", width=500, height=500),),
        (CocoCategory(id=1, name="flaw"),),
        tuple(CocoAnnotation(id=n, image_id=1, category_id=1, bbox=b, area=1) for n, b in enumerate(boxes)),
    )
    return match(dataset, [{"image_id": 1, "category_id": 1, "bbox": boxes[n], "score": 0.5} for n in (1, 3)])


def test_flaws_are_grouped_by_side(matches) -> None:
    found = [(group.label, group.flaws, group.hit) for group in recall_by_side(matches)]
    assert found == [("under 16 px", 1, 0.0), ("16 to 32 px", 2, 0.5), ("from 32 px", 1, 1.0)]


def test_flaws_are_grouped_by_contrast(matches) -> None:
    found = [(group.flaws, group.hit) for group in recall_by_contrast(matches, [1.0, 1.4, float("nan"), 9.0])]
    assert found == [(2, 0.5), (0, None), (1, 1.0)]


@pytest.mark.parametrize("corner", [(30, 40), (0, 0), (90, 70)])
def test_contrast_is_in_units_of_the_noise_around(corner: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    grey = rng.normal(100, 4, (80, 100)).astype(np.float32)
    mask, (x, y) = np.ones((10, 10), bool), corner
    grey[y : y + 10, x : x + 10] -= 12
    flawed = np.zeros(grey.shape, bool)
    flawed[y : y + 10, x : x + 10] = True
    assert contrast_to_noise(grey, (mask, corner), flawed) == pytest.approx(3, abs=0.5)


def test_other_flaws_are_not_noise() -> None:
    grey = np.random.default_rng(2).normal(100, 4, (60, 60)).astype(np.float32)
    flawed = np.zeros(grey.shape, bool)
    grey[20:30, 20:30] -= 12
    grey[20:30, 33:60] += 500
    flawed[20:30, 20:30] = flawed[20:30, 33:60] = True
    found = contrast_to_noise(grey, (np.ones((10, 10), bool), (20, 20)), flawed)
    assert found == pytest.approx(3, abs=0.6)


def test_a_flaw_without_surroundings_has_no_contrast() -> None:
    grey = np.zeros((10, 10), np.float32)
    assert np.isnan(contrast_to_noise(grey, (np.ones((10, 10), bool), (0, 0)), np.ones((10, 10), bool)))
