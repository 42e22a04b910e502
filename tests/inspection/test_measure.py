import cv2
import numpy as np
import pytest

from dynawave.inspection.measure import measure


def test_a_row_of_pixels_is_as_long_as_it_has_pixels() -> None:
    size = measure(np.ones((1, 17), bool))
    assert (size.length, size.width, size.area) == (17, 1, 17)


def test_a_single_pixel_measures_one() -> None:
    size = measure(np.ones((1, 1), bool))
    assert (size.length, size.width, size.area) == (1, 1, 1)


def test_an_upright_rectangle_is_measured_along_its_longer_side() -> None:
    mask = np.zeros((60, 40), bool)
    mask[5:55, 10:22] = True
    size = measure(mask)
    assert (size.length, size.width, size.area) == (50, 12, 600)


@pytest.mark.parametrize("angle", [10, 30, 45, 70, 120])
def test_a_rotated_rectangle_keeps_its_sides(angle: float) -> None:
    length, width = 200.0, 24.0
    yy, xx = np.mgrid[:300, :300] - 149.5
    turn = np.deg2rad(angle)
    along, across = xx * np.cos(turn) + yy * np.sin(turn), yy * np.cos(turn) - xx * np.sin(turn)
    mask = (np.abs(along) <= length / 2) & (np.abs(across) <= width / 2)
    size = measure(mask)
    # the pixel centres inside reach within half a diagonal of the true border on either side
    assert size.length == pytest.approx(length, abs=1.5)
    assert size.width == pytest.approx(width, abs=1.5)
    assert size.area == pytest.approx(length * width, rel=0.04)


def test_a_disc_is_as_long_as_wide() -> None:
    yy, xx = np.mgrid[:61, :61] - 30
    size = measure(xx**2 + yy**2 <= 25**2)
    assert size.length == pytest.approx(51, abs=1)
    assert size.width == pytest.approx(51, abs=1)
    assert size.area == pytest.approx(np.pi * 25**2, rel=0.02)


def test_row_ends_give_the_same_rectangle_as_all_pixels() -> None:
    noise = cv2.GaussianBlur(np.random.default_rng(1).normal(size=(80, 90)), (0, 0), 5)
    mask = noise > 0.02
    ys, xs = np.nonzero(mask)
    width, length = sorted(cv2.minAreaRect(np.stack([xs, ys], 1).astype(np.float32))[1])
    size = measure(mask)
    assert (size.length, size.width) == pytest.approx((length + 1, width + 1), abs=1e-3)
