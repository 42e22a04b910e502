import cv2
import numpy as np
import pytest

from dynawave.images.normalise import normalise
from dynawave.inspection.maps import Map
from dynawave.inspection.runtime import Maps, Runtime
from dynawave.inspection.stitch import dense_maps
from toy import film, spot

TOLERANCE = 1e-4
"""Whole film against tiles, of a network that sees no further than the zone in which a tile has no say (32 px)."""


@pytest.mark.parametrize("size", [(700, 1300), (512, 512), (513, 1025), (90, 1500)])
def test_tiles_give_the_maps_of_the_whole_film(toy_weights, size: tuple[int, int]) -> None:
    pixels = film(*size)
    for x in range(40, size[1], 97):
        spot(pixels, x, int(x * 0.37) % size[0])
    run = Runtime(toy_weights, threads=1).run
    normalised = normalise(pixels.astype(np.float32))
    padding = [(0, 0), *((0, max(512, -(-side // 32) * 32) - side) for side in size)]
    whole = run(np.pad(normalised, padding, mode="reflect")[None])
    tiled = dense_maps(run, normalised, 512, 128)
    for name, stride in (("field", 2), ("scores", 4), ("boxes", 4), ("spread", 4), ("iou", 4)):
        expected = whole[name][0][:, : -(-size[0] // stride), : -(-size[1] // stride)]
        assert np.abs(getattr(tiled, name) - expected).max() < TOLERANCE, name
    assert tiled.field.shape == (-(-size[0] // 2), -(-size[1] // 2))
    assert tiled.scores.shape[1:] == (-(-size[0] // 4), -(-size[1] // 4))


def test_a_tile_has_no_say_at_its_border() -> None:
    """A network that is wrong within 32 px of every tile's border, but for the film's own, does no harm."""

    def run(batch: Map) -> Maps:
        frame = np.zeros(batch.shape[-2:], np.float32)
        frame[32:-32, 32:-32] = 1
        frame = np.maximum(frame, batch[0, 0])  # 1 where the film ends nearby
        fine, coarse = frame[::2, ::2][None, None], frame[::4, ::4][None, None]
        boxes = coarse.repeat(4, 1)
        return {"field": fine, "scores": coarse, "boxes": boxes, "spread": boxes, "iou": coarse}

    marked = np.zeros((3, 1100, 900), np.float32)
    for border in (np.s_[:, :33], np.s_[:, -90:], np.s_[:, :, :33], np.s_[:, :, -90:]):
        marked[border] = 1
    maps = dense_maps(run, marked, 512, 128)
    for name in ("field", "scores", "boxes", "iou"):
        assert getattr(maps, name) == pytest.approx(1, abs=1e-6), name


def test_boxes_of_a_cell_come_from_one_tile() -> None:
    calls = iter(range(1, 100))

    def run(batch: Map) -> Maps:
        height, width = batch.shape[-2:]
        coarse = np.full((1, 4, height // 4, width // 4), next(calls), np.float32)
        fine = np.zeros((1, 1, height // 2, width // 2), np.float32)
        return {"field": fine, "scores": coarse[:, :1], "boxes": coarse, "spread": coarse, "iou": coarse[:, :1]}

    maps = dense_maps(run, np.zeros((3, 512, 896), np.float32), 512, 128)
    assert set(np.unique(maps.boxes)) == {1, 2}
    assert np.all(np.diff(maps.scores[0], axis=1) >= 0)


@pytest.mark.parametrize("size", [(8, 8), (1, 1), (40, 6000), (3000, 9)])
def test_any_size_and_aspect(toy_weights, size: tuple[int, int]) -> None:
    run = Runtime(toy_weights, threads=1).run
    maps = dense_maps(run, np.zeros((3, *size), np.float32), 512, 128)
    assert maps.probability().shape == size
    assert np.isfinite(maps.probability()).all()


def test_probability_lies_where_the_flaw_is(toy_weights) -> None:
    pixels = film(300, 700)
    spot(pixels, 611, 97, 8)
    maps = dense_maps(Runtime(toy_weights, threads=1).run, normalise(pixels.astype(np.float32)), 512, 128)
    moments = cv2.moments((maps.probability() > 0.5).astype(np.uint8), binaryImage=True)
    assert moments["m10"] / moments["m00"] == pytest.approx(611, abs=0.75)
    assert moments["m01"] / moments["m00"] == pytest.approx(97, abs=0.75)
