"""Film against the limits of its class (ASTM E1815) and the definition of granularity."""

import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.simulate.physics.film import Digitiser, expose_film, film_class

CLASSES = {
    "special": (4.5, 7.5, 300),
    "I": (4.1, 6.8, 150),
    "II": (3.8, 6.4, 120),
    "III": (3.5, 5.0, 100),
    "W-A": (3.8, 5.7, 135),
}


@pytest.mark.parametrize("name", CLASSES)
def test_the_curve_has_the_gradients_of_its_class(name: str) -> None:
    film = film_class(name)
    log_dose = np.linspace(-3, 1.5, 9001)
    density = film.density(10**log_dose, 2.5).astype(float) - film.fog
    gradient = np.gradient(density, log_dose)
    found = np.interp([2, 4], density, gradient)
    np.testing.assert_allclose(found, CLASSES[name][:2], rtol=0.01)
    assert gradient[0] < 0.1 and gradient[-1] < gradient.max() / 3, "toe and shoulder"
    assert film.gradient_2 / film.granularity_2 == pytest.approx(CLASSES[name][2])


def test_a_dose_of_one_gives_the_density_asked_for() -> None:
    film = film_class("I")
    assert film.density(np.array([1.0, 0.0]), 2.7) == pytest.approx([2.7, film.fog])
    with pytest.raises(ConfigError, match="density 20"):
        film.density(np.ones(1), 20)


def test_grain_through_a_circle_of_100_um_is_the_granularity() -> None:
    film, pixel = film_class("I"), 10.0
    dose = np.ones((500, 500), np.float32)
    grey = expose_film(
        np.random.default_rng(3), dose, film, Digitiser(noise=0, spot_px=0, bits=16), 2 + film.fog, pixel
    )
    density = (1 - grey / 65535) * 4.5
    y, x = np.mgrid[-4.5:5, -4.5:5]
    circle = x**2 + y**2 <= 25
    means = density.reshape(50, 10, 50, 10).transpose(0, 2, 1, 3)[:, :, circle].mean(axis=2)
    assert means.mean() == pytest.approx(2 + film.fog, abs=0.01)
    assert means.std() == pytest.approx(film.granularity_2, rel=0.06)


def test_grain_grows_with_density_and_the_scanner_sees_thick_metal_bright() -> None:
    film = film_class("II")
    assert film.granularity(np.array([0.25, 1.25, 4.25]), 50) == pytest.approx(
        film.granularity(np.array(2.25), 50) * np.sqrt([0, 0.5, 2])
    )
    dose = np.array([[0.1, 1.0]], np.float32).repeat(80, axis=0).repeat(80, axis=1)
    grey = expose_film(np.random.default_rng(0), dose, film, Digitiser(), 2.5, 50)
    assert grey.max() <= 4095 and grey[:, :80].mean() > grey[:, 80:].mean()
    assert grey[:, 80:].mean() == pytest.approx(4095 * (1 - 2.5 / 4.5), rel=0.005)


def test_the_same_stream_gives_the_same_film() -> None:
    images = [
        expose_film(np.random.default_rng(7), np.ones((32, 32), np.float32), film_class("I"), Digitiser(), 2.5, 40)
        for _ in "ab"
    ]
    assert (images[0] == images[1]).all()
    with pytest.raises(ConfigError, match="'D7'"):
        film_class("D7")
