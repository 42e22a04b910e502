"""Noise of digital detectors against the statistics that they must have."""

from dataclasses import replace

import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.simulate.physics.digital import (
    DETECTOR_ARRAY,
    IMAGING_PLATE,
    Digital,
    bad_pixels,
    corrected,
    expose_digital,
)

PLAIN = Digital(pixel_um=100, srb_um=50, electronic_share=0, structure_share=0, line_share=0, bits=16)


@pytest.mark.parametrize("detector", [IMAGING_PLATE, DETECTOR_ARRAY])
def test_grey_value_and_normalised_snr_are_those_asked_for(detector: Digital) -> None:
    image = expose_digital(
        np.random.default_rng(2), np.ones((400, 400), np.float32), detector, 9000, 130, detector.srb_um
    )
    assert image.dtype == np.uint16
    assert image.mean() == pytest.approx(9000, rel=0.002)
    assert image.mean() / image.std() * 88.6 / detector.srb_um == pytest.approx(130, rel=0.02)


def test_photons_are_counted_like_poisson() -> None:
    # SNR of n photons is the root of n: four times the dose, twice the SNR
    dose = np.array([0.25, 1, 4], np.float32).repeat(200)[:, None].repeat(200, axis=1)
    image = expose_digital(np.random.default_rng(4), dose, PLAIN, 10000, 100 * 88.62 / 50, 50).astype(float)
    for part, photons in zip(np.split(image, 3), (2500, 10000, 40000), strict=True):
        drawn = np.random.default_rng(5).poisson(photons, part.shape)
        assert part.std() / part.mean() == pytest.approx(drawn.std() / drawn.mean(), rel=0.02)


def test_structure_bounds_the_snr() -> None:
    plate = replace(PLAIN, structure_share=0.5)
    dose = np.array([1, 6], np.float32).repeat(200)[:, None].repeat(300, axis=1)
    image = expose_digital(np.random.default_rng(4), dose, plate, 10000, 100 * 88.62 / 50, 50).astype(float)
    ratio = [part.mean() / part.std() for part in np.split(image, 2)]
    # variance over signal squared: 0.5 + 0.5 against 0.5 / 6 + 0.5
    assert ratio[1] / ratio[0] == pytest.approx(np.sqrt(1 / (0.5 / 6 + 0.5)), rel=0.03)


def test_rows_share_part_of_the_electronic_noise() -> None:
    lines = replace(PLAIN, electronic_share=1, line_share=0.5)
    image = expose_digital(np.random.default_rng(4), np.ones((600, 300), np.float32), lines, 9000, 100, 50)
    assert image.mean(axis=1).var() / image.var() == pytest.approx(0.5, abs=0.06)


def test_bad_pixels_are_replaced_by_their_neighbours() -> None:
    rng = np.random.default_rng(0)
    bad = bad_pixels(rng, (120, 160), 0.01, 2)
    assert bad.all(axis=0).sum() == 2 and 0.005 < bad.mean() < 0.05
    slope = np.arange(160, dtype=np.uint16)[None].repeat(120, axis=0) * 50 + 1000
    broken = slope.copy()
    broken[bad] = 65535
    assert np.abs(corrected(broken, bad).astype(int) - slope).max() <= 51
    assert (corrected(broken, bad)[~bad] == slope[~bad]).all()
    hole = np.zeros((9, 9), bool)
    hole[2:7, 2:7] = True
    assert (corrected(np.where(hole, 0, 700).astype(np.uint16), hole) == 700).all()


def test_what_cannot_be_exposed_is_refused() -> None:
    dose = np.ones((8, 8), np.float32)
    with pytest.raises(ConfigError, match="16383"):
        expose_digital(np.random.default_rng(0), dose, DETECTOR_ARRAY, 20000, 100, 100)
    with pytest.raises(ConfigError, match="good pixel"):
        corrected(np.zeros((3, 3), np.uint16), np.ones((3, 3), bool))
