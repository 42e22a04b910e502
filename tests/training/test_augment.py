import cv2
import numpy as np
import pytest
from scipy.ndimage import center_of_mass

from dynawave.metallurgy.vector import context_vector, known_fields, spans
from dynawave.records import WeldContext
from dynawave.training.augment import _film_noise, draw_geometry, expose, forget, warp
from dynawave.training.config import AugmentConfig

STILL = AugmentConfig(scale=(1, 1), rotation_deg=0, gamma=0, contrast=0, blur_px=0, noise=0, inverted=0)
LIVELY = AugmentConfig(scale=(0.7, 1.45), rotation_deg=45)


def bump(height: int, width: int, x: float, y: float) -> np.ndarray:
    """A smooth spot."""
    rows, columns = np.mgrid[:height, :width]
    return np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 18).astype(np.float32)


@pytest.mark.parametrize("seed", range(6))
def test_a_point_lands_where_the_map_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    to_film = draw_geometry(rng, LIVELY, (70, 50), (32, 32))
    film_point = np.array([74.0, 45.0])
    expected = np.linalg.solve(to_film[:, :2], film_point - to_film[:, 2])
    tile = warp(bump(100, 140, *film_point), to_film, 64, cv2.INTER_LINEAR)
    np.testing.assert_allclose(center_of_mass(tile)[::-1], expected, atol=0.1)


@pytest.mark.parametrize("seed", range(6))
def test_masks_follow_their_pixels(seed: int) -> None:
    """Also where the film ends within the tile and both are mirrored."""
    rng = np.random.default_rng(seed)
    to_film = draw_geometry(rng, LIVELY, (4, 95), (32, 32))
    smooth = cv2.GaussianBlur(np.random.default_rng(seed).random((100, 140), np.float32), (0, 0), 5)
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    mask = (smooth > 0.5).astype(np.int16)
    tile, flaws = warp(smooth, to_film, 64, cv2.INTER_LINEAR), warp(mask, to_film, 64, cv2.INTER_NEAREST)
    assert flaws.dtype == np.int16 and 0.05 < flaws.mean() < 0.95
    wrong = (tile > 0.5) != (flaws > 0)
    assert np.abs(tile[wrong] - 0.5).max(initial=0) < 0.05 and wrong.mean() < 0.05


def test_still_geometry_is_one_of_eight_exactly() -> None:
    """Four quarter turns, each with its mirror image: every tile pixel is one of the film, by either interpolation."""
    film = np.random.default_rng(0).integers(0, 65536, (90, 90)).astype(np.uint16)
    columns, rows = np.meshgrid(np.arange(40), np.arange(40))
    turns = set()
    for seed in range(100):
        to_film = draw_geometry(np.random.default_rng(seed), STILL, (50, 40), (20, 20))
        turns.add(tuple(to_film[:, :2].round().astype(int).ravel().tolist()))
        x, y = np.rint(np.tensordot(to_film, np.stack([columns, rows, np.ones_like(rows)]), 1)).astype(int)
        for interpolation in (cv2.INTER_LINEAR, cv2.INTER_NEAREST):
            np.testing.assert_array_equal(warp(film, to_film, 40, interpolation), film[y, x])
    assert len(turns) == 8


def test_what_is_upright_stays_so() -> None:
    """Down in the tile is down in the film; left and right may change places; the draws that follow are the same."""
    config = AugmentConfig(scale=(1, 1), rotation_deg=10, upright=True)
    sides = set()
    for seed in range(40):
        rng, free = np.random.default_rng(seed), np.random.default_rng(seed)
        linear = draw_geometry(rng, config, (30, 20), (32, 32))[:, :2]
        draw_geometry(free, config.model_copy(update={"upright": False}), (30, 20), (32, 32))
        assert linear[1, 1] >= np.cos(np.deg2rad(10)) - 1e-9 and rng.random() == free.random()
        sides.add(float(np.sign(linear[0, 0])))
    assert sides == {-1.0, 1.0}


def test_scale_and_turn_stay_in_range() -> None:
    config = AugmentConfig(scale=(0.8, 1.25), rotation_deg=10)
    for seed in range(50):
        to_film = draw_geometry(np.random.default_rng(seed), config, (30, 20), (32, 32))
        linear = to_film[:, :2]
        scale = np.sqrt(abs(np.linalg.det(linear)))
        turn = np.rad2deg(np.arctan2(linear[1, 1], linear[0, 1])) % 90
        assert 0.8 <= scale <= 1.25 and min(turn, 90 - turn) <= 10 + 1e-9
        np.testing.assert_allclose(linear.T @ linear, scale**2 * np.eye(2), atol=1e-9)  # no shear
        np.testing.assert_allclose(to_film @ [32, 32, 1], [30, 20])  # the centre stays


def test_still_exposure_only_shifts_and_digitises() -> None:
    unit = bump(40, 40, 20, 20)
    for seed in range(10):
        out = expose(unit.copy(), np.random.default_rng(seed), STILL)
        assert out.dtype == np.float32
        shift = np.median(out - unit)
        assert abs(shift) <= 0.11 and np.abs(out - unit - shift).max() < 2 / 64


def test_what_differs_in_dark_plates_stays_different() -> None:
    """Also below the range of the film, where an exponent alone would end."""
    config = STILL.model_copy(update={"gamma": 0.5})
    dark = np.array([[-0.06, -0.03, 0.0, 0.03]], np.float32)
    kept = [np.diff(expose(dark, np.random.default_rng(seed), config)) for seed in range(20)]
    assert sum((step > 0).all() for step in kept) > 10  # the others were digitised coarsely


def test_polarity_turns_round() -> None:
    unit = bump(40, 40, 20, 20)
    turned = expose(unit, np.random.default_rng(0), STILL.model_copy(update={"inverted": 1.0}))
    assert np.corrcoef(unit.ravel(), turned.ravel())[0, 1] < -0.99


def test_exposure_stays_finite_and_leaves_its_input() -> None:
    """Brightness beyond the film's range, both ways, at every strength."""
    unit = np.linspace(-3, 8, 1600, dtype=np.float32).reshape(40, 40)
    before = unit.copy()
    strong = AugmentConfig(gamma=1, contrast=0.9, blur_px=3, noise=0.2, inverted=0.5)
    for seed in range(20):
        assert np.isfinite(expose(unit, np.random.default_rng(seed), strong)).all()
    np.testing.assert_array_equal(unit, before)


def test_noise_has_unit_spread() -> None:
    for seed in range(6):
        assert _film_noise((128, 128), np.random.default_rng(seed)).std() == pytest.approx(1, abs=0.03)


WELD = WeldContext("radiograph", ("P91", "316L"), "82", "GTAW", 12, 180, "7", {"Source": "X-ray"})


def test_fields_are_forgotten_as_often_as_asked() -> None:
    rng = np.random.default_rng(0)
    drawn = [forget(WELD, rng, 0.3) for _ in range(4000)]
    nothing = np.mean([one == WeldContext() for one in drawn])
    # the whole with 0.3, and what little of the rest loses all its eight fields
    assert nothing == pytest.approx(0.3, abs=0.03)
    for name in ("modality", "base_metals", "filler", "process", "thickness_mm", "voltage_kv", "component", "details"):
        known = np.mean([getattr(one, name) == getattr(WELD, name) for one in drawn])
        assert known == pytest.approx(0.7 * 0.7, abs=0.03), name
    both = np.mean([one.filler is not None and one.process is not None for one in drawn])
    assert both == pytest.approx(0.7**3, abs=0.03)


def test_nothing_or_everything_is_forgotten() -> None:
    rng = np.random.default_rng(0)
    assert all(forget(WELD, rng, 0.0) == WELD for _ in range(50))
    assert all(forget(WELD, rng, 1.0) == WeldContext() for _ in range(50))


def test_what_follows_from_a_field_goes_with_it() -> None:
    rng = np.random.default_rng(0)
    vectors = [context_vector(one) for _ in range(300) if (one := forget(WELD, rng, 0.4)).filler is None]
    assert len(vectors) > 50 and not any({"filler", "weld"} & set(known_fields(vector)) for vector in vectors)
    assert not any(b"82" in bytes(vector[spans()["text"]][1:].astype(np.uint8)) for vector in vectors)


def test_colours_vary_where_they_are_asked_to() -> None:
    """Grey stays grey but for the light's tint, the same all over; pictures without colours stay as they were."""
    rng, still = np.random.default_rng(0), AugmentConfig(**{**STILL.model_dump(), "blur_px": 0})
    picture = rng.random((40, 40, 3), np.float32)
    grey = np.repeat(picture[..., :1], 3, -1)
    lively = still.model_copy(update={"colour": 0.5})

    def ratio(shown: np.ndarray) -> np.ndarray:
        """Of the spreads of red, green and blue to that of their mean."""
        return shown.std((0, 1)) / shown.mean(-1).std()

    for seed in range(5):
        plain, varied = (expose(picture, np.random.default_rng(seed), each) for each in (still, lively))
        assert np.ptp(ratio(plain)) < 0.05 and not np.allclose(plain, varied, atol=0.01)
        tinted = expose(grey, np.random.default_rng(seed), lively)
        spread = tinted.std((0, 1))
        assert np.ptp(spread) > 0.01 and spread.max() / spread.min() < np.exp(1 / 3) + 0.05
        channels = tinted.reshape(-1, 3).T
        assert np.corrcoef(channels).min() > 0.999
        one = [expose(grey[..., 0], np.random.default_rng(seed), each) for each in (still, lively)]
        np.testing.assert_array_equal(*one)
