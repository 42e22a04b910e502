"""The Hotelling observer against closed forms and against simulation."""

import cv2
import numpy as np
import pytest

from benchmarks.observer.__main__ import bootstrap, detected, half_contrast, stack
from benchmarks.observer.flaws import KINDS
from benchmarks.observer.hotelling import SIDE, Observer, detection, noise_power
from benchmarks.observer.trials import CONTRASTS, Outcome, flaw_box

SIGMA = 5.0


def blob(scale: float) -> np.ndarray:
    """A dark Gaussian without mean, which the observer does not look at."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    signal = -np.exp(-(x**2 + y**2) / (2 * scale**2))
    return signal - signal.mean()


def coloured(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return cv2.GaussianBlur(rng.normal(0, 30, (rows, columns)), (0, 0), 1.5) + rng.normal(0, 2, (rows, columns))


def test_in_white_noise_detectability_is_the_signals_energy_over_the_noise():
    observer = Observer(np.full((SIDE, SIDE), SIGMA**2), blob(3)[None])
    for contrast in (1, 7):
        expected = contrast * np.sqrt((blob(3) ** 2).sum()) / SIGMA
        assert observer.detectability(contrast * blob(3)) == pytest.approx(expected, rel=1e-9)


def test_measures_the_power_of_white_noise_whatever_its_mean():
    noise = 1000 + np.random.default_rng(0).normal(0, SIGMA, (512, 1024))
    power = noise_power([noise])
    low = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE))) < 2.5 / SIDE
    assert power[~low].mean() == pytest.approx(SIGMA**2, rel=0.02)
    assert power[~low].std() < 0.12 * SIGMA**2


def test_prewhitening_reaches_in_coloured_noise_what_is_promised_and_the_plain_filter_less():
    rng, signal = np.random.default_rng(1), 20 * blob(3)
    observer = Observer(noise_power([coloured(rng, 512, 2048)]), signal[None])
    promised = observer.detectability(signal)
    noise = np.array([coloured(rng, SIDE, SIDE) for _ in range(1500)])
    middle = SIDE // 2
    sound, flawed = (
        np.array([observer.statistics(n + s)[0, middle, middle] for n in noise]) for s in (0 * signal, signal)
    )
    assert sound.std() == pytest.approx(1, abs=0.08)
    assert (flawed - sound).mean() == pytest.approx(promised, rel=0.02)
    plain = (signal * (noise + signal)).sum((1, 2)), (signal * noise).sum((1, 2))
    assert (plain[0].mean() - plain[1].mean()) / plain[1].std() < 0.97 * promised


def test_probability_of_detection_has_its_known_values():
    assert detection(0, 0.1) == pytest.approx(0.1)
    assert detection(1.2815515655, 0.1) == pytest.approx(0.5)
    assert detection(3, 0.1) == pytest.approx(0.9572, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_flaw_has_the_stated_depth_and_size_and_its_expected_signal_finds_it(kind):
    rng = np.random.default_rng(2)
    flaw = kind.draw(rng, 0.0)
    left, _, right, _ = flaw_box(flaw)
    assert flaw.min() == pytest.approx(-1) and flaw.max() <= 0
    assert right - left - 8 == pytest.approx(kind.length, rel=0.35)
    observer = Observer(np.ones((SIDE, SIDE)), kind.expected(rng))
    place = np.unravel_index(observer.statistics(np.pad(flaw, SIDE)).max(0).argmax(), (3 * SIDE, 3 * SIDE))
    np.testing.assert_allclose(np.array(place) - SIDE, SIDE // 2, atol=8)


def outcome(rng: np.random.Generator, films: int, cells: int) -> Outcome:
    """Gaussian scores with d' equal to the contrast, for observer and network alike."""
    shape = (films, len(KINDS), len(CONTRASTS), cells)
    limit = np.broadcast_to(np.array(CONTRASTS)[:, None], shape)
    scores = (rng.normal(limit, 1) for _ in range(2))
    sound = rng.normal(0, 1, (films, len(KINDS), cells)), rng.normal(0, 1, (films, cells))
    return Outcome(limit, next(scores), sound[0], next(scores), sound[1])


def test_all_agree_where_scores_are_gaussian_and_intervals_hold_them():
    trials = outcome(np.random.default_rng(3), 30, 40)
    rates, intervals = detected(trials), bootstrap(trials, 0)
    np.testing.assert_allclose(rates["observer"], rates["limit"], atol=0.05)
    np.testing.assert_allclose(rates["network"], rates["limit"], atol=0.05)
    assert np.mean((intervals["network"][0] <= rates["limit"]) & (rates["limit"] <= intervals["network"][1])) > 0.7


def test_films_are_stacked_and_half_contrast_is_read_off():
    one = Outcome(*(np.zeros(2) for _ in range(5)))
    assert stack([one, one, one]).network.shape == (3, 2)
    assert half_contrast(np.array([0.1, 0.25, 0.5, 0.9, 1.0])) == pytest.approx(CONTRASTS[2])
    assert np.isnan(half_contrast(np.full(5, 0.7)))
