"""Indicators in a scene, and the figures read from their image against those that were asked for."""

import time

import cv2
import numpy as np
import pytest

from dynawave.simulate.physics import absorbers
from dynawave.simulate.physics.digital import IMAGING_PLATE, expose_digital
from dynawave.simulate.physics.film import Digitiser, expose_film, film_class
from dynawave.simulate.physics.materials import material
from dynawave.simulate.physics.quality import (
    DUPLEX_MM,
    ROSE,
    WIRES_MM,
    dips,
    duplex_map,
    interpolated_srb,
    normalised_snr,
    snr,
    wire_visibility,
    wires_map,
)
from dynawave.simulate.physics.radiograph import View, binned, relative_dose
from dynawave.simulate.physics.source import tube
from dynawave.simulate.physics.transmission import Beam, beam

STEEL, PLATINUM = material({"Fe": 1}, 7.85), material({"Pt": 1}, 21.45)
PAIRS = DUPLEX_MM[5:12]


@pytest.fixture(scope="module")
def rays() -> Beam:
    return beam(tube(200).behind([(material({"Al": 1}, 2.7), 4.0)]), absorbers.phosphor(), {STEEL: 30, PLATINUM: 0.6})


def test_the_published_diameters() -> None:
    assert len(DUPLEX_MM) == 13 and (DUPLEX_MM[0], DUPLEX_MM[6], DUPLEX_MM[9], DUPLEX_MM[12]) == (0.8, 0.2, 0.1, 0.05)
    assert len(WIRES_MM) == 19 and (WIRES_MM[0], WIRES_MM[9], WIRES_MM[18]) == (3.2, 0.4, 0.05)
    # preferred numbers: ten steps to a decade
    assert np.diff(np.log10(WIRES_MM)) == pytest.approx(-0.1 * np.ones(18), abs=0.015)


def test_wires_hold_their_metal_whatever_the_pixel() -> None:
    for pixel in (0.04, 0.1):
        shape = (40, int(30 / pixel))
        area = duplex_map(shape, pixel, PAIRS, 0).sum(axis=1) * pixel
        assert area == pytest.approx(2 * np.pi / 4 * sum(d * d for d in PAIRS), rel=1e-4)
        assert wires_map(shape, pixel, [0.5, 0.4]).sum(axis=1)[0] * pixel == pytest.approx(np.pi / 4 * 0.41, rel=1e-4)


@pytest.mark.parametrize("srb", [0.08, 0.1, 0.16, 0.2])
def test_the_resolution_asked_for_is_measured(rays: Beam, srb: float) -> None:
    """Steel with duplex wires on it, imaging plate, noise: iSRb within 5 %, SNR_N within 5 %."""
    shape = (300, 660)
    layers = [np.full(shape, 12, np.float32), duplex_map(shape, 0.05, PAIRS)]
    dose = relative_dose(rays, layers, View(0.05, srb, 6.0), reference_mm=12)
    image = expose_digital(np.random.default_rng(11), dose, IMAGING_PLATE, 20000, 120, 1000 * srb)
    assert interpolated_srb(dips(image, 0.05, PAIRS), PAIRS) == pytest.approx(srb, rel=0.05)
    flat = relative_dose(rays, [layers[0], np.zeros(shape, np.float32)], View(0.05, srb, 6.0), reference_mm=12)
    window = expose_digital(np.random.default_rng(12), flat, IMAGING_PLATE, 20000, 120, 1000 * srb)
    assert window.mean() == pytest.approx(20000, rel=0.01)
    assert normalised_snr(window[100:200, 100:400], 1000 * srb) == pytest.approx(120, rel=0.05)


def test_a_resolution_of_one_pixel_is_measured_where_the_map_is_finer(rays: Beam) -> None:
    shape = (300, 660)
    layers = [np.full(shape, 12, np.float32), duplex_map(shape, 0.05, PAIRS)]
    dose = binned(relative_dose(rays, layers, View(0.05, 0.1, 6.0), reference_mm=12), 2)
    measured = interpolated_srb(dips(dose, 0.1, PAIRS), PAIRS)
    # the coarser pixel adds its own width: variance 0.1^2 / 12 instead of 0.05^2 / 12
    assert measured == pytest.approx(np.sqrt(0.1**2 + 2 * (0.1**2 - 0.05**2) / 12), rel=0.06)


def test_the_dip_is_that_of_the_profile() -> None:
    # one pair of 0.4 mm under a Gaussian, by a plain convolution at 1 um
    x = np.arange(-4000, 4001) * 1e-3
    wires = sum(2 * np.sqrt(np.maximum(0.04 - (x - c) ** 2, 0)) for c in (-0.4, 0.4))
    blurred = np.convolve(wires, np.exp(-0.5 * (x / 0.2) ** 2), "same")
    expected = 1 - blurred[4000] / blurred.max()
    image = 1 - 0.1 * cv2.GaussianBlur(duplex_map((200, 300), 0.04, [0.4]), (0, 0), 5.0)
    assert dips(image, 0.04, [0.4])[0] == pytest.approx(expected, abs=0.02)


def test_no_resolution_where_nothing_or_everything_is_resolved() -> None:
    assert np.isnan(interpolated_srb(np.full(7, 0.9), PAIRS))
    assert np.isnan(interpolated_srb(np.zeros(7), PAIRS))
    # a parabola is met exactly
    sizes = np.array([0.25, 0.2, 0.16])
    assert interpolated_srb(20 * (sizes - 0.1) ** 2, sizes) == pytest.approx(0.2, rel=1e-6)


def test_snr_of_known_noise_and_of_a_slope() -> None:
    window = np.random.default_rng(0).normal(1000, 10, (100, 200))
    assert snr(window) == pytest.approx(100, rel=0.02)
    assert snr(window + np.linspace(-200, 200, 100)[:, None]) == pytest.approx(100, rel=0.02)
    assert normalised_snr(window, 177.2) == pytest.approx(50, rel=0.02)


def test_thick_wires_are_seen_before_thin_ones(rays: Beam) -> None:
    shape, wires = (260, 560), [0.5, 0.32, 0.2, 0.125, 0.05]
    layers = [12 + wires_map(shape, 0.05, wires), np.zeros(shape, np.float32)]
    seen = []
    for snr_n in (400, 40):
        dose = relative_dose(rays, layers, View(0.05, 0.1, 6.0), reference_mm=12)
        seen.append(
            wire_visibility(
                expose_digital(np.random.default_rng(1), dose, IMAGING_PLATE, 20000, snr_n, 100), 0.05, wires
            )
        )
    assert (seen[0][:3] > seen[1][:3]).all()
    assert seen[0][0] > ROSE > seen[1][-1]


@pytest.mark.slow
def test_ten_images_a_second(rays: Beam) -> None:
    film, digitiser = film_class("I"), Digitiser()
    steel = 12 + np.random.default_rng(0).random((512, 512), dtype=np.float32)
    layers, rng = [steel, np.zeros_like(steel)], np.random.default_rng(0)
    start = time.process_time()
    for _ in range(5):
        expose_film(rng, relative_dose(rays, layers, View(0.04, 0.08, 6.0), 12), film, digitiser, 2.5, 40)
    assert (time.process_time() - start) / 5 < 0.1
