import numpy as np
import pytest

from dynawave.simulate.detector import digitise
from dynawave.simulate.exposure import Exposure
from dynawave.simulate.fields import curve, grain, surface


def exposure(scatter: float = 0.0) -> Exposure:
    flat = np.ones((4, 4), np.float32)
    return Exposure(0.05, flat, scatter * flat, (0.5, 1.0), (60.0, 160.0), 1.0)


def test_without_scatter_grey_rises_linearly_with_thickness():
    """-log(exp(-mu t)) = mu t: Beer-Lambert and a logarithmic film undo each other between toe and shoulder."""
    thickness = np.array([[10.0, 15.0, 20.0, 25.0]])
    grey = exposure().grey(thickness, (slice(0, 1), slice(0, 4)))
    expected = 60 + 100 * (0.05 * thickness - 0.5) / 0.5
    assert grey[0, :3] == pytest.approx(expected[0, :3], abs=1e-3)


def test_scatter_lowers_contrast():
    thin, thick = (np.full((4, 4), t) for t in (14.0, 16.0))
    clean, foggy = (e.grey(thick) - e.grey(thin) for e in (exposure(), exposure(0.5)))
    assert (foggy < 0.7 * clean).all() and (foggy > 0).all()


def test_grey_stays_in_range_for_any_thickness():
    grey = exposure().grey(np.array([[0.0, 1.0, 100.0, 1000.0]]), (slice(0, 1), slice(0, 4)))
    assert (grey > 0).all() and (grey <= 255).all() and (np.diff(grey) >= 0).all()


def test_grain_has_unit_spread_and_the_asked_correlation():
    rng = np.random.default_rng(0)
    noise = grain(rng, (400, 500), 1.4, 1.4)
    assert noise.std() == pytest.approx(1, abs=0.03)
    # blurring white noise by sigma gives the correlation exp(-d^2 / (4 sigma^2))
    assert (noise[:, 2:] * noise[:, :-2]).mean() == pytest.approx(np.exp(-4 / (4 * 1.4**2)), abs=0.04)


def test_random_fields_have_unit_spread():
    rng = np.random.default_rng(1)
    assert np.mean([curve(rng, 2000, 10).std() for _ in range(20)]) == pytest.approx(1, abs=0.15)
    assert np.mean([surface(rng, (200, 300), (8, 12)).std() for _ in range(10)]) == pytest.approx(1, abs=0.15)
    assert curve(rng, 7, 900).shape == (7,) and surface(rng, (5, 3), (90, 90)).shape == (5, 3)


def test_digitiser_clips_and_fills_the_range():
    assert digitise(np.array([[-5.0, 0.0, 255.0, 300.0]]), True).tolist() == [[0, 0, 65535, 65535]]
