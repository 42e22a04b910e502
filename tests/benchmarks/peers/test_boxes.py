"""From scored boxes to calls."""

import numpy as np

from benchmarks.peers.boxes import best_boxes
from dynawave.records import WeldImage

IMAGE = WeldImage(np.zeros((50, 80), np.uint8))
NAMES = ("pore", "crack")


def test_of_one_class_the_weaker_of_two_boxes_goes() -> None:
    boxes = np.array([[10, 10, 20, 20], [11, 10, 20, 20], [50, 10, 20, 20]], np.float32)
    scores = np.array([[0.6, 0], [0.9, 0], [0.3, 0]], np.float32)
    calls = best_boxes(boxes, scores, NAMES, IMAGE)
    assert [(call.box[0], round(call.score, 3), call.name) for call in calls] == [(11, 0.9, "pore"), (50, 0.3, "pore")]


def test_a_box_is_called_for_each_class_that_it_is_scored_for() -> None:
    calls = best_boxes(np.array([[10.0, 10, 20, 20]]), np.array([[0.2, 0.7]]), NAMES, IMAGE)
    assert [call.name for call in calls] == ["crack", "pore"]


def test_boxes_end_at_the_image() -> None:
    (call,) = best_boxes(np.array([[-5.0, 40, 20, 20]]), np.array([[0.5, 0]]), NAMES, IMAGE)
    assert call.box == (0, 40, 15, 10)


def test_nothing_that_is_scored() -> None:
    assert best_boxes(np.zeros((0, 4)), np.zeros((0, 2)), NAMES, IMAGE) == ()
    assert best_boxes(np.array([[1.0, 1, 5, 5]]), np.array([[0.001, 0.0]]), NAMES, IMAGE) == ()
