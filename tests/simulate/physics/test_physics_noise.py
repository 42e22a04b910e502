"""Coloured noise against the closed forms of a Gaussian blur."""

import numpy as np
import pytest

from dynawave.simulate.physics.noise import Spread, coloured, kept_power


@pytest.mark.parametrize("sigma", [0.0, 0.6, (0.5, 1.5)])
def test_a_blur_leaves_the_power_it_says(sigma: Spread) -> None:
    noise = coloured(np.random.default_rng(1), (600, 600), sigma, keep_power=False)
    assert noise.var() == pytest.approx(kept_power(sigma), rel=0.03)
    assert coloured(np.random.default_rng(1), (600, 600), sigma, keep_power=True).var() == pytest.approx(1, rel=0.03)


def test_neighbours_correlate_as_far_as_the_blur_of_their_direction_reaches() -> None:
    """The correlation of noise behind a Gaussian of standard deviation s, k pixels apart, is exp(-k^2 / 4 s^2)."""
    noise = coloured(np.random.default_rng(2), (600, 600), (0.8, 1.5), keep_power=True)
    along, down = (noise[:, :-1] * noise[:, 1:]).mean(), (noise[:-1] * noise[1:]).mean()
    assert along == pytest.approx(np.exp(-1 / (4 * 0.8**2)), abs=0.02)
    assert down == pytest.approx(np.exp(-1 / (4 * 1.5**2)), abs=0.02)
