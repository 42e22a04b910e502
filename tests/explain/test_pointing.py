import numpy as np
import pytest

from dynawave.explain.pointing import mass_inside, raised

HEAT = np.array([[1, 2, 0], [3, 0, 4]], np.float32)


def test_share_of_the_mass_by_hand() -> None:
    mask = np.array([[True, False, False], [True, True, False]])
    assert mass_inside(HEAT, mask) == pytest.approx((1 + 3 + 0) / 10)
    assert mass_inside(HEAT, ~mask) == pytest.approx(6 / 10)


def test_an_even_map_has_the_share_of_area_and_an_empty_one_none() -> None:
    mask = np.zeros((10, 10), bool)
    mask[:3, :4] = True
    assert mass_inside(np.full((10, 10), 0.7, np.float32), mask) == pytest.approx(0.12)
    assert mass_inside(np.zeros((10, 10), np.float32), mask) is None


def test_raised_keeps_the_centres_of_the_cells() -> None:
    """A ramp over cells of 4 px stays a ramp through their centres, at pixels 1.5, 5.5, ..."""
    ramp = np.tile(np.arange(8, dtype=np.float32), (8, 1))
    high = raised(ramp, (32, 32))
    assert high.shape == (32, 32)
    np.testing.assert_allclose(high[5, 2:30], (np.arange(2, 30) - 1.5) / 4, atol=1e-5)
