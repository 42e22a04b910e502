from functools import cache

import cv2
import numpy as np
import pytest

from dynawave.images.normalise import LIMIT, grey_range, normalise, to_colour, to_grey, to_values


@cache
def film() -> np.ndarray:
    """A weld bead on shaded plates with film noise, 700 x 1000 px, 16-bit grey values that are whole multiples."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:700, :1000]
    bead = -9000 / (1 + np.exp((np.abs(y - 350) - 120) / 15))
    noise = cv2.GaussianBlur(rng.normal(0, 1500, (700, 1000)), (0, 0), 1)
    return np.rint(25000 + bead + 4 * x + 300 * np.sin(x / 40) + noise).astype(np.uint16)


@cache
def normalised() -> np.ndarray:
    return normalise(to_grey(film()))


def largest(difference: np.ndarray) -> np.ndarray:
    """Greatest absolute difference a channel."""
    return np.abs(difference).reshape(3, -1).max(1)


def test_shape_type_and_range() -> None:
    out = normalised()
    assert (out.shape, out.dtype) == ((3, 700, 1000), np.float32)
    assert np.abs(out).max() <= LIMIT
    assert np.abs(out.mean((1, 2))).max() < 0.6
    assert (out.std((1, 2)) > 0.5).all(), "each channel uses its range"


@pytest.mark.parametrize(("gain", "offset"), [(3.0, 1000.0), (1 / 65535, 0.0), (0.01, -500.0)])
def test_gain_and_offset_make_no_difference(gain: float, offset: float) -> None:
    assert largest(normalise(to_grey(film()) * np.float32(gain) + np.float32(offset)) - normalised()).max() < 1e-3


def test_eight_bits_scaled_to_sixteen_look_the_same() -> None:
    eight = (film() // 257).astype(np.uint8)
    sixteen = eight.astype(np.uint16) * 257
    assert np.allclose(normalise(to_grey(eight)), normalise(to_grey(sixteen)), atol=1e-4)


def test_sixteen_bits_are_not_squeezed_through_eight() -> None:
    faint = np.full((700, 1000), 30000, np.uint16)
    faint[300:400] += 300
    faint[:, ::2] += 20  # less than a tenth of a step of 8 bits
    narrow = normalise(to_grey(faint))[2]
    assert narrow[100, 400:500:2].min() > narrow[100, 401:500:2].max() + 0.5


def test_a_lead_letter_changes_nothing_far_from_it() -> None:
    marked = film().copy()
    marked[20:80, 20:80] = 65535
    difference = (normalise(to_grey(marked)) - normalised())[:, 300:, 300:]
    assert (largest(difference) < [0.05, 0.05, 0.01]).all()


def test_a_black_border_leaves_the_local_channels() -> None:
    bordered = film().copy()
    bordered[:35] = 0
    difference = (normalise(to_grey(bordered)) - normalised())[:, 250:]
    assert (largest(difference)[1:] < 0.25).all()


def test_a_no_data_value_stays_harmless() -> None:
    grey = to_grey(film()).copy()
    grey[5, 5], grey[600, 900] = 3.4e38, -3.4e38
    out = normalise(grey)
    assert np.isfinite(out).all()
    difference = (out - normalised())[:, 300:400, 300:600]
    assert (largest(difference) < [0.01, 0.3, 0.01]).all()


@pytest.mark.parametrize(("top", "left"), [(100, 200), (33, 301), (188, 488)])
def test_a_crop_agrees_with_the_film_away_from_its_border(top: int, left: int) -> None:
    """Measured 96 px inside: 0.26 in the wide channel (its spread reaches 128 px and more), 0.01 in the narrow one."""
    grey = to_grey(film())
    crop = normalise(np.ascontiguousarray(grey[top : top + 512, left : left + 512]), grey_range(grey))
    inner = slice(96, 512 - 96)
    difference = (crop - normalised()[:, top : top + 512, left : left + 512])[:, inner, inner]
    assert (largest(difference) <= [1e-6, 0.3, 0.02]).all()
    assert np.abs(difference[1]).mean() < 0.03


def test_to_grey_weighs_colours_and_fills_what_is_no_number() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)
    assert np.allclose(to_grey(colours), 255 * np.array([[0.299, 0.587], [0.114, 1]]), atol=1e-3)
    grey = to_grey(np.array([[1.0, np.nan, 3.0], [np.inf, 2.0, -np.inf]], np.float32))
    assert np.array_equal(grey, np.array([[1, 2, 3], [2, 2, 2]], np.float32))
    assert np.array_equal(to_grey(np.full((2, 2), np.nan)), np.zeros((2, 2)))


def test_the_range_of_a_constant_film_is_not_empty() -> None:
    low, high = grey_range(np.full((20, 20), 7, np.float32))
    assert high > low
    assert np.isfinite(normalise(np.full((20, 20), 7, np.float32))).all()


def photo() -> np.ndarray:
    """Steel with a patch of rust, 8-bit colours."""
    rng = np.random.default_rng(0)
    pixels = np.repeat(rng.integers(90, 170, (80, 120, 1)), 3, 2).astype(np.uint8)
    pixels[20:50, 30:70] = [140, 80, 50]
    return pixels


def test_colours_keep_their_hue_and_order() -> None:
    """All three channels on one scale: grey steel stays grey, and red of rust lies above its green and blue."""
    out = normalise(to_colour(photo()))
    assert (out.shape, out.dtype) == ((3, 80, 120), np.float32) and out.flags.c_contiguous
    low, high = grey_range(to_grey(photo()))
    expected = np.clip(2 * (photo().astype(float) - low) / (high - low) - 1, -LIMIT / 2, LIMIT / 2)
    np.testing.assert_allclose(out, expected.transpose(2, 0, 1), atol=1e-5)
    assert (out[0, 25, 40] > out[1, 25, 40] > out[2, 25, 40]) and np.ptp(out[:, 70, 100]) < 1e-6


@pytest.mark.parametrize(("gain", "offset"), [(257.0, 0.0), (1 / 255, 0.2)])
def test_exposure_of_a_photograph_makes_no_difference(gain: float, offset: float) -> None:
    colours = to_colour(photo())
    assert largest(normalise(colours * np.float32(gain) + np.float32(offset)) - normalise(colours)).max() < 1e-3


def test_a_crop_of_a_photograph_looks_as_it_did_in_the_whole() -> None:
    colours = to_colour(photo())
    crop = normalise(colours[10:60, 20:90], grey_range(colours))
    assert np.array_equal(crop, normalise(colours)[:, 10:60, 20:90])


def test_grey_and_colour_pictures_for_networks_of_either_kind() -> None:
    grey = np.array([[1, 2], [3, 4]], np.uint8)
    assert np.array_equal(to_values(grey, "colour"), np.stack([grey] * 3, 2))
    assert np.array_equal(to_values(photo(), "grey"), to_grey(photo()))
    assert np.array_equal(to_values(photo(), "colour"), photo())
    broken = photo().astype(np.float32)
    broken[0, 0, 1] = np.nan
    assert np.isfinite(to_colour(broken)).all()
