import cv2
import numpy as np
import pytest

from dynawave.inspection.contrast import contrast_to_noise, film_noise, temper
from dynawave.inspection.decode import Detection
from dynawave.inspection.masks import Mask
from dynawave.inspection.settings import DecodeSettings

SPOT = Mask(np.ones((10, 10), bool), (60, 40))
BOX = np.array([60, 40, 70, 50], np.float32)


def film(contrast: float, noise: float = 2.0, slope: float = 0.0) -> np.ndarray:
    """White noise and a square spot, darker by `contrast`, on a slope along the film."""
    grey = np.random.default_rng(0).normal(100, noise, (120, 160)) + slope * np.arange(160)
    grey[40:50, 60:70] -= contrast
    return grey.astype(np.float32)


def found(score: float, mask: Mask = SPOT) -> Detection:
    return Detection(0, 1.0, score, BOX, np.ones(4, np.float32), mask)


@pytest.mark.parametrize("scale", [1.0, 257.0])
def test_noise_is_that_of_the_grain(scale: float) -> None:
    """Neither a slope, nor an edge, nor flaws move it; of white noise 3 % are coarser than grain."""
    grey = film(30, slope=0.5)
    grey[:, 80:] += 50
    assert film_noise(scale * grey) == pytest.approx(2 * scale, rel=0.05)


def test_a_film_without_grain_has_steps() -> None:
    flat = np.tile(np.linspace(0, 255, 200, dtype=np.float32).round(), (100, 1))
    assert 0.3 < film_noise(flat) < 1


@pytest.mark.parametrize("contrast", [3.0, -8.0, 40.0])
def test_contrast_of_dark_and_bright_spots(contrast: float) -> None:
    grey = film(contrast, slope=0.1)
    assert contrast_to_noise(grey, 2.0, SPOT) == pytest.approx(abs(contrast) / 2, abs=0.3)


def test_against_a_plain_ring() -> None:
    """Pixels whose distance along an axis is 2 to 6 px, by a loop."""
    grey = cv2.GaussianBlur(np.random.default_rng(1).random((120, 160), np.float32), (0, 0), 3)
    ring = [grey[y, x] for y in range(120) for x in range(160) if 1 < max(40 - y, y - 49, 60 - x, x - 69, 0) <= 6]
    expected = abs(grey[40:50, 60:70].mean() - np.median(ring)) / 0.01
    assert contrast_to_noise(grey, 0.01, SPOT) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("offset", [(0, 0), (150, 110), (0, 110)])
def test_a_flaw_at_the_border(offset: tuple[int, int]) -> None:
    grey = np.full((120, 160), 100, np.float32)
    x, y = offset
    grey[y : y + 10, x : x + 10] = 90
    assert contrast_to_noise(grey, 2.0, Mask(SPOT.pixels, offset)) == pytest.approx(5)


def test_a_mask_of_the_whole_film_has_no_contrast() -> None:
    assert contrast_to_noise(film(10), 2.0, Mask(np.ones((120, 160), bool), (0, 0))) == 0


def test_the_fainter_of_two_equal_scores_comes_last() -> None:
    grey = film(20)
    grey[80:90, 100:110] -= 4
    faint, strong = temper(
        [found(0.8, Mask(SPOT.pixels, (100, 80))), found(0.8)], grey, DecodeSettings(score_threshold=0.1, visible_cnr=5)
    )[::-1]
    assert strong.cnr == pytest.approx(10, abs=0.5) and strong.score == pytest.approx(0.8 * (1 - np.exp(-2)), rel=0.05)
    assert faint.cnr == pytest.approx(2, abs=0.5) and faint.score < 0.5 * strong.score


def test_what_falls_under_the_threshold_goes() -> None:
    assert temper([found(0.8)], film(3), DecodeSettings(score_threshold=0.3, visible_cnr=5)) == []


def test_contrast_may_not_count() -> None:
    (same,) = temper([found(0.8)], film(1), DecodeSettings(visible_cnr=0))
    assert same.score == 0.8 and same.cnr is not None
