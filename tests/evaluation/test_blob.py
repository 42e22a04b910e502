import numpy as np
import pytest

from dynawave.evaluation.blob import blob_detect, blob_detector
from dynawave.evaluation.detection import box_iou
from dynawave.records import WeldImage


@pytest.fixture
def film() -> np.ndarray:
    """A bright bead with noise and two dark pores of 12 px, on its crest and on its flank."""
    y, x = np.mgrid[:200, :400].astype(np.float32)
    grey = 120 + 80 * np.exp(-(((y - 100) / 50) ** 2)) + np.random.default_rng(0).normal(0, 1.5, y.shape)
    for cx, cy in ((100, 100), (300, 130)):
        grey -= 25 * (np.hypot(x - cx, y - cy) < 6)
    return grey.astype(np.float32)


@pytest.mark.parametrize(("gain", "offset"), [(1, 0), (200, 3000), (0.001, 0)])
def test_finds_pores_at_any_scale_of_grey(film: np.ndarray, gain: float, offset: float) -> None:
    blobs = blob_detect(film * np.float32(gain) + np.float32(offset))
    assert (np.diff(blobs.scores) <= 0).all() and 0 < blobs.scores.max() < 1
    truth = np.array([[94, 94, 13, 13], [294, 124, 13, 13]], float)
    strongest = blobs.boxes[:2].astype(float)
    assert (box_iou(truth, strongest).max(1) > 0.5).all()
    assert blobs.probability.shape == film.shape and blobs.probability[100, 100] > 0.4 > blobs.probability[20, 200]


def test_brighter_spots_are_no_flaws(film: np.ndarray) -> None:
    boxes = blob_detect(400 - film).boxes[:2].astype(float)
    assert (box_iou(np.array([[94, 94, 13, 13], [294, 124, 13, 13]], float), boxes) < 0.5).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (64, 64)])
def test_a_blank_film_has_none(shape: tuple[int, int]) -> None:
    found = blob_detector(WeldImage(np.full(shape, 700, np.uint16)))
    assert found.calls == () and not found.probability.any()
