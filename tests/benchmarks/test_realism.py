"""The measures of realism against cases whose answer is known."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.realism.measures import (
    PATCH,
    SPECTRUM,
    bead_profile,
    by_film,
    decades_distance,
    flaw_table,
    radial_power,
    sample_distance,
    shape_distance,
    spectrum_distance,
)
from benchmarks.realism.pieces import Piece, eight_bits, find_bead, simulated_pieces
from benchmarks.realism.trend import TOLD, remember, row_of, trend_table
from benchmarks.realism.twosample import Tiles, auc, tell_apart
from dynawave.simulate.dataset import simulate_dataset

HEIGHT, WIDTH, BAND = 480, 800, (160, 320)


def film(rng: np.random.Generator, sigma: float = 3.0, crown: float = 150) -> np.ndarray:
    grey = np.full((HEIGHT, WIDTH), 50.0)
    grey[slice(*BAND)] = crown
    return np.rint(grey + rng.normal(0, sigma, grey.shape)).astype(np.float32)


def piece(grey: np.ndarray, name: str = "a", flaws: np.ndarray | None = None) -> Piece:
    return Piece(name, grey, BAND, np.zeros(grey.shape, bool) if flaws is None else flaws)


def test_finds_the_bead_and_only_a_bead_with_plate_on_both_sides_along_the_rows():
    grey = film(np.random.default_rng(0))
    assert find_bead(grey) == BAND
    assert find_bead(np.ascontiguousarray(grey.T)) is None
    assert find_bead(grey[BAND[0] :]) is None
    assert find_bead(np.full((HEIGHT, WIDTH), 50, np.float32)) is None


def test_rounds_16_bits_to_8_and_leaves_8_alone():
    levels = np.arange(256)
    assert (eight_bits((levels * 257 - 100 * (levels > 0)).astype(np.uint16)) == levels).all()
    assert (eight_bits(levels.astype(np.uint8)) == levels).all()


def test_white_noise_has_its_variance_at_every_frequency():
    rng = np.random.default_rng(1)
    power = np.mean([radial_power(rng.normal(0, 3, (PATCH, PATCH))) for _ in range(60)], 0)
    np.testing.assert_allclose(power, 9, rtol=0.2)


def test_doubling_the_noise_is_six_decibels_and_no_change_of_shape():
    rng = np.random.default_rng(2)
    one, two = (by_film(SPECTRUM, [piece(film(rng, sigma), name) for name in "abcdef"]) for sigma in (2, 4))
    assert spectrum_distance(one, two) == pytest.approx(6, abs=0.4)
    assert shape_distance(one, two) < 0.5


def test_profile_is_one_in_the_bead_and_zero_beside_it():
    profiles = bead_profile(piece(film(np.random.default_rng(3))))
    np.testing.assert_allclose(profiles[:, 16], 1, atol=0.02)
    np.testing.assert_allclose(profiles[:, [0, -1]], 0, atol=0.02)


def test_flaw_has_its_contrast_and_sides():
    grey, flaws = film(np.random.default_rng(4)), np.zeros((HEIGHT, WIDTH), bool)
    flaws[200:210, 100:130] = True
    grey[flaws] -= 30
    ((ratio, contrast, longer, shorter),) = flaw_table(piece(grey, flaws=flaws))
    assert contrast == pytest.approx(30, abs=1) and (longer, shorter) == (30, 10)
    assert ratio == pytest.approx(10, rel=0.15)  # the grain is measured on what is finer than 2 px


def test_a_shift_is_its_own_distance_and_every_film_counts_the_same():
    values = np.linspace(1, 2, 50)
    assert sample_distance([values], [values + 0.3]) == pytest.approx(0.3)
    assert decades_distance([values], [values * 10]) == pytest.approx(1)
    assert sample_distance([values, values + 1], [values, np.repeat(values + 1, 9)]) == pytest.approx(0, abs=1e-9)


def tiles(rng: np.random.Generator, shift: float) -> Tiles:
    films = np.repeat([f"{k}" for k in range(30)], 6)
    own = np.repeat(rng.normal(0, 1, (30, 4)), 6, 0)  # what the tiles of a film share
    return Tiles(films, {"grey": own + shift + rng.normal(0, 0.1, own.shape)})


def test_the_classifier_tells_sets_apart_only_by_what_is_common_to_their_films():
    rng = np.random.default_rng(5)
    one = tiles(rng, 0)
    assert tell_apart(one, tiles(rng, 0), "grey").auc.mean() == pytest.approx(0.5, abs=0.12)
    assert tell_apart(one, tiles(rng, 5), "grey").auc.mean() > 0.99


def test_auc_counts_ordered_pairs():
    assert auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])) == pytest.approx(0.75)
    assert auc(np.zeros(4), np.array([0, 1, 0, 1])) == pytest.approx(0.5)


def test_takes_a_folder_of_dynawave_simulate(tmp_path: Path):
    simulate_dataset(tmp_path, 2, seed=3)
    for each in simulated_pieces(tmp_path, 2):
        assert each.grey.shape[0] <= 640 and each.flaws is not None and each.flaws.shape == each.grey.shape
        assert (each.grey == np.rint(each.grey)).all()


def test_the_trend_keeps_every_version_once(tmp_path: Path):
    file = tmp_path / "trend.csv"
    remember(file, [row_of("2026-01-01", "a1", "physical", 60, {TOLD: 0.94})])
    remember(file, [row_of("2026-01-02", "b2", "physical", 60, {TOLD: 0.9, "its shape alone": 2.0})])
    rows = remember(file, [row_of("2026-01-03", "b2", "physical", 60, {TOLD: 0.8, "its shape alone": 1.0})])
    assert [(row["revision"], row[TOLD]) for row in rows] == [("a1", "0.940"), ("b2", "0.800")]
    assert [row[4:7] for row in trend_table(rows).rows] == [("0.940", "-", "-"), ("0.800", "-", "1.000")]
