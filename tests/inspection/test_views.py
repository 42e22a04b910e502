"""Enlarged and mirrored views of a picture, and the way back."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.inspection import Inspector
from dynawave.inspection.decode import Detection
from dynawave.inspection.masks import Mask
from dynawave.inspection.views import bring_back, enlarge, mirrored
from dynawave.records import WeldImage
from toy import CARD, film, spot, toy_model

RNG = np.random.default_rng(3)


def lopsided(batch: np.ndarray) -> dict[str, np.ndarray]:
    """A network that sees only brightness to its right and below: no mirror image of it answers alike."""
    right = np.roll(batch, -1, 3)[:, :1, ::2, ::2]
    return {
        "field": right + 2 * np.roll(batch, -1, 2)[:, :1, ::2, ::2],
        "boxes": np.concatenate([k * batch[:, :1, ::4, ::4] for k in (1, 2, 3, 4)], 1),
        "image_scores": batch.mean((1, 2, 3))[:, None],
    }


def test_mirrored_views_are_turned_back_before_the_mean() -> None:
    tile = RNG.random((1, 3, 32, 64)).astype(np.float32)
    several = mirrored(lopsided)(tile)
    singles = {
        "": lopsided(tile),
        "x": lopsided(tile[..., ::-1]),
        "y": lopsided(tile[:, :, ::-1]),
        "xy": lopsided(tile[:, :, ::-1, ::-1]),
    }
    field = sum(
        [
            singles[""]["field"][0, 0],
            singles["x"]["field"][0, 0][:, ::-1],
            singles["y"]["field"][0, 0][::-1],
            singles["xy"]["field"][0, 0][::-1, ::-1],
        ]
    )
    np.testing.assert_allclose(several["field"][0, 0], field / 4, rtol=1e-5)
    left = (
        singles[""]["boxes"][0, 0]
        + singles["x"]["boxes"][0, 2][:, ::-1]
        + singles["y"]["boxes"][0, 0][::-1]
        + singles["xy"]["boxes"][0, 2][::-1, ::-1]
    )
    np.testing.assert_allclose(several["boxes"][0, 0], left / 4, rtol=1e-5)
    low = (
        singles[""]["boxes"][0, 3]
        + singles["x"]["boxes"][0, 3][:, ::-1]
        + singles["y"]["boxes"][0, 1][::-1]
        + singles["xy"]["boxes"][0, 1][::-1, ::-1]
    )
    np.testing.assert_allclose(several["boxes"][0, 3], low / 4, rtol=1e-5)
    assert several["image_scores"].shape == (1, 1)


def test_turned_views_come_back_with_their_sides_changed() -> None:
    tile = RNG.random((1, 3, 32, 64)).astype(np.float32)
    eight = mirrored(lopsided, turned=True)(tile)
    upright, lying = mirrored(lopsided)(tile), mirrored(lopsided)(np.swapaxes(tile, 2, 3))
    np.testing.assert_allclose(eight["field"][0, 0], (upright["field"][0, 0] + lying["field"][0, 0].T) / 2, rtol=1e-5)
    for side, as_lying in enumerate((1, 0, 3, 2)):  # what is left of a picture is the top of the same lying
        said = (upright["boxes"][0, side] + lying["boxes"][0, as_lying].T) / 2
        np.testing.assert_allclose(eight["boxes"][0, side], said, rtol=1e-5)
    np.testing.assert_allclose(eight["image_scores"], tile.mean(), rtol=1e-5)


def test_a_network_of_eight_views_does_not_care_how_a_picture_lies() -> None:
    """Whichever way a square tile is turned or mirrored, what is said of it turns with it."""
    tile = RNG.random((1, 3, 64, 64)).astype(np.float32)
    field = mirrored(lopsided, turned=True)(tile)["field"]
    for turns in range(4):
        for axes in ((), (3,)):
            other = np.flip(np.rot90(tile, turns, (2, 3)), axes)
            said = mirrored(lopsided, turned=True)(np.ascontiguousarray(other))["field"]
            np.testing.assert_allclose(said, np.flip(np.rot90(field, turns, (2, 3)), axes), rtol=1e-5)


@pytest.mark.parametrize("scale", [0.5, 1.5, 2.0])
def test_a_disc_comes_back_where_it_was(scale: float) -> None:
    height, width = 90, 120
    disc = np.zeros((height, width), np.uint8)
    cv2.circle(disc, (50, 40), 14, 1, -1)
    image = WeldImage(disc)
    large = enlarge(image, scale)
    assert (large.height, large.width) == (height * scale, width * scale)
    pixels = cv2.resize(disc, (large.width, large.height), interpolation=cv2.INTER_NEAREST) > 0
    x, y, w, h = cv2.boundingRect(pixels.astype(np.uint8))
    mask = Mask(pixels[y : y + h, x : x + w], (x, y))
    flaw = Detection(0, 1.0, 0.9, np.array([x, y, x + w, y + h], np.float32), np.full(4, 2.0, np.float32), mask)
    back = bring_back(flaw, image, scale)
    np.testing.assert_allclose(back.box, [36, 26, 65, 55], atol=1 + 1 / scale)
    np.testing.assert_allclose(back.spread, 2 / scale)
    whole = np.zeros((height, width), bool)
    (left, top), (rows, columns) = back.mask.offset, back.mask.pixels.shape
    whole[top : top + rows, left : left + columns] = back.mask.pixels
    assert (whole & (disc > 0)).sum() / (whole | (disc > 0)).sum() > 0.9


def test_a_speck_at_the_corner_keeps_a_pixel() -> None:
    image = WeldImage(np.zeros((41, 51), np.uint8))
    speck = Mask(np.ones((1, 1), bool), (101, 81))
    flaw = Detection(0, 1.0, 0.9, np.array([101, 81, 102, 82], np.float32), np.ones(4, np.float32), speck)
    back = bring_back(flaw, image, 2.0)
    assert back.mask.offset == (50, 40) and back.mask.pixels.tolist() == [[True]]
    assert back.box.tolist() == [50.5, 40.5, 51, 41]


@pytest.mark.parametrize("card", [{"scale": 2.0}, {"mirrored": True}, {"scale": 0.5, "mirrored": True, "turned": True}])
def test_a_model_is_shown_what_its_card_says(card: dict[str, object], tmp_path: Path) -> None:
    """Sizes and places are those of the picture, whatever the network was shown."""
    classes = [{"name": "slag_inclusion", "iso6520": 301}, {"name": "mine", "iso6520": None}]
    pixels = film(301, 603)
    spot(pixels, 350, 120, 12)
    plain = Inspector(toy_model(tmp_path / "plain.onnx", CARD | {"classes": classes}), threads=1)
    changed = Inspector(toy_model(tmp_path / "changed.onnx", CARD | {"classes": classes} | card), threads=1)
    before, after = (each.inspect(WeldImage(pixels, pixel_size_mm=0.1)) for each in (plain, changed))
    assert after.probability.shape == pixels.shape and after.class_map is not None and before.class_map is not None
    assert after.class_map.shape == pixels.shape and after.class_map[120, 350] == 1
    old, new = before.indications[0], after.indications[0]
    assert new.length_px == pytest.approx(old.length_px, abs=8) and new.length_mm == pytest.approx(new.length_px * 0.1)
    assert new.box[0] + new.box[2] / 2 == pytest.approx(350, abs=4)
    assert np.count_nonzero(after.class_map) == pytest.approx(np.count_nonzero(before.class_map), rel=0.35)
