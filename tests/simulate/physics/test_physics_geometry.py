import numpy as np
import pytest

from dynawave.simulate.physics.geometry import (
    SIGMA_PER_SRB,
    Geometry,
    blur_pixels,
    film_unsharpness_mm,
    least_distance_mm,
)


def test_geometric_unsharpness_and_magnification() -> None:
    view = Geometry(focal_spot_mm=3, source_object_mm=600, object_detector_mm=20)
    assert view.unsharpness_mm == pytest.approx(0.1)
    assert view.magnification == pytest.approx(620 / 600)
    # the same by u_G = (v - 1) d
    assert view.unsharpness_mm == pytest.approx((view.magnification - 1) * 3)
    # 0.1 mm and twice 0.05 mm at right angles, in the object's scale
    assert view.image_srb_mm(0.05) == pytest.approx(0.5 * 0.1 * np.sqrt(2) * 600 / 620)


def test_a_small_focal_spot_sees_more_the_more_it_magnifies() -> None:
    sharp = [Geometry(0.01, 100, b).image_srb_mm(0.1) for b in (1, 100, 400)]
    assert sharp == sorted(sharp, reverse=True) and sharp[-1] < 0.025


def test_least_distance_of_the_classes() -> None:
    # d = 2 mm, b = 27 mm: 27^(2/3) = 9
    assert least_distance_mm(2, 27, better=False) == pytest.approx(135)
    assert least_distance_mm(2, 27, better=True) == pytest.approx(270)


def test_film_is_less_sharp_at_high_energy() -> None:
    values = [film_unsharpness_mm(e) for e in (40, 60, 110, 215, 370, 1250, 3000)]
    assert values == sorted(values)
    assert values[1] == pytest.approx(0.05) and values[4] == pytest.approx(0.17) and values[5] == pytest.approx(0.35)


def test_a_gaussian_of_the_stated_width_leaves_a_dip_of_a_fifth() -> None:
    x = np.linspace(-6, 6, 2401)
    wires = sum(np.sqrt(np.maximum(0.25 - (x - c) ** 2, 0)) for c in (-1, 1))
    kernel = np.exp(-0.5 * (x / SIGMA_PER_SRB) ** 2)
    blurred = np.convolve(wires, kernel, "same")
    assert 1 - blurred[1200] / blurred.max() == pytest.approx(0.2, abs=0.002)


def test_the_pixel_is_part_of_the_blur() -> None:
    assert blur_pixels(0.2, 0.1) ** 2 + 1 / 12 == pytest.approx((SIGMA_PER_SRB * 2) ** 2)
    assert blur_pixels(0.03, 0.1) == 0
