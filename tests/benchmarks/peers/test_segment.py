"""What a segmenting peer learns from, and its loss."""

import math

import numpy as np
import pytest
import torch

from benchmarks.peers.fit import Tiles
from benchmarks.peers.segment import IGNORED, loss, pixel_classes, with_classes
from dynawave.training.config import TrainingConfig
from dynawave.training.targets import UNKNOWN
from dynawave.training.tiles import Film, Pool, TileDataset


def test_classes_of_pixels() -> None:
    instances = np.array([[0, 1], [2, 3]], np.int32)
    labels = np.array([1, UNKNOWN, 0])
    assert pixel_classes(instances, labels).tolist() == [[0, 2], [IGNORED, 1]]


def test_the_tiles_are_those_of_our_own_network() -> None:
    rng = np.random.default_rng(0)
    instances = np.zeros((90, 90), np.int16)
    instances[40:52, 40:52] = 1
    pixels = rng.integers(0, 255, (90, 90)).astype(np.uint16)
    film = Film(pixels, (0.0, 255.0), instances, np.array([1]), np.array([[45.0, 45.0]]))
    config = TrainingConfig(classes=("a", "b"), tile=64, images_seen=5, seed=3, objective={"pixels": 1})
    pools = [Pool((film,), 1.0)]
    ours, theirs = TileDataset(pools, config, 2, 3), Tiles(pools, config, 2, with_classes)
    assert len(theirs) == 3
    for k in range(3):
        image, classes = theirs[k]
        np.testing.assert_array_equal(image, ours[k][0])
        np.testing.assert_array_equal(classes[1::2, 1::2], ours[k][-1])


def test_the_loss_of_hand_worked_pixels() -> None:
    """Two pixels, one sound and one of class 1; all three classes get a third: ln 3, and Dice by hand.

    Of a class with one pixel: common 1/3, both 2/3 + 1, so 1 - (2/3 + 1) / (5/3 + 1) = 3/8; class 2 is not there.
    """
    logits = torch.zeros(1, 3, 1, 2)
    value = loss(logits, torch.tensor([[[0, 1]]]))
    assert float(value) == pytest.approx(math.log(3) + 3 / 8)


def test_pixels_of_unknown_class_do_not_count() -> None:
    logits = torch.randn(1, 3, 1, 3, generator=torch.Generator().manual_seed(0))
    target = torch.tensor([[[0, 1, IGNORED]]])
    other = logits.clone()
    other[..., 2] = 9
    assert float(loss(logits, target)) == pytest.approx(float(loss(other, target)))
    assert float(loss(logits, target)) == pytest.approx(float(loss(logits[..., :2], target[..., :2])))
    assert torch.isfinite(loss(logits, torch.full((1, 1, 3), IGNORED)))


def test_the_right_answer_costs_least() -> None:
    target = torch.tensor([[[0, 1], [2, 2]]])
    right = 20.0 * torch.nn.functional.one_hot(target, 3).permute(0, 3, 1, 2).float()
    assert float(loss(right, target)) < 0.01 < float(loss(-right, target))
