import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, jaccard_score, recall_score

from dynawave.evaluation.segmentation import count_pixels, measure_segmentation, pooled_figures


@pytest.fixture
def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Eight pictures, each with some of three classes; what is called is half right."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, (8, 20, 30)) * rng.integers(0, 2, (8, 1, 1))
    called = np.where(rng.random(truth.shape) < 0.5, truth, rng.integers(0, 4, truth.shape))
    called[3] = 0
    return truth, called


def counts(truth: np.ndarray, called: np.ndarray) -> np.ndarray:
    return np.stack([count_pixels(one, other, 3) for one, other in zip(truth, called, strict=True)])


def test_pooled_figures_are_scikit_learns(pictures) -> None:
    truth, called = pictures
    found = measure_segmentation(counts(truth, called), ("a", "b", "c"))
    flat = truth.ravel(), called.ravel()
    assert found.miou == pytest.approx(jaccard_score(*flat, labels=[1, 2, 3], average="macro"))
    assert found.miou_with_sound == pytest.approx(jaccard_score(*flat, average="macro"))
    assert found.pixel_accuracy == pytest.approx(accuracy_score(*flat))
    assert found.recall == pytest.approx(recall_score(*flat, average="macro"))
    assert found.f1 == pytest.approx(f1_score(*flat, average="macro"))
    assert [each.iou for each in found.by_class] == pytest.approx(jaccard_score(*flat, average=None))
    assert [each.name for each in found.by_class] == ["sound", "a", "b", "c"]


def test_in_the_published_manner_a_class_that_is_absent_from_both_counts_one(pictures) -> None:
    truth, called = pictures
    expected = [
        jaccard_score(one.ravel(), other.ravel(), labels=[kind], average="macro", zero_division=1)
        for one, other in zip(truth, called, strict=True)
        for kind in (1, 2, 3)
    ]
    assert measure_segmentation(counts(truth, called), "abc").miou_per_image == pytest.approx(np.mean(expected))


def test_by_hand() -> None:
    """Two pictures of four pixels: class 1 half found on the first, class 2 called too widely on the second."""
    truth = np.array([[[1, 1, 0, 0]], [[0, 0, 0, 2]]])
    called = np.array([[[1, 0, 0, 0]], [[0, 0, 2, 2]]])
    found = measure_segmentation(np.stack([count_pixels(t, c, 2) for t, c in zip(truth, called, strict=True)]), "ab")
    assert [each.iou for each in found.by_class] == pytest.approx([4 / 6, 1 / 2, 1 / 2])
    assert [each.recall for each in found.by_class] == pytest.approx([4 / 5, 1 / 2, 1])
    assert (found.miou, found.miou_with_sound, found.pixel_accuracy) == pytest.approx((1 / 2, 5 / 9, 6 / 8))
    assert found.miou_per_image == pytest.approx((1 / 2 + 1 + 1 + 1 / 2) / 4)


def test_a_class_that_the_set_lacks_does_not_count() -> None:
    truth, called = np.array([[1, 1, 0]]), np.array([[1, 3, 0]])
    found = measure_segmentation(count_pixels(truth, called, 3)[None], "abc")
    assert (found.miou, found.miou_per_image) == pytest.approx((0.5, 0.5)) and found.by_class[3].iou is None
    nothing = measure_segmentation(np.zeros((1, 4, 4), np.int64), "abc")
    assert nothing.miou is nothing.pixel_accuracy is nothing.miou_per_image is None


def test_weights_are_how_often_a_picture_counts(pictures) -> None:
    weights = np.array([2, 0, 1, 1, 0, 3, 1, 0])
    twice = [np.repeat(part, weights, 0) for part in pictures]
    found = pooled_figures(counts(*pictures), weights.astype(float))
    assert found == pytest.approx(pooled_figures(counts(*twice), np.ones(8)))
