import numpy as np
import pytest

from dynawave.images.tiles import plan_tiles


@pytest.mark.parametrize(
    ("height", "width", "tile", "overlap"),
    [(512, 512, 512, 128), (300, 200, 512, 128), (2400, 5000, 512, 128), (513, 100, 64, 0), (97, 1001, 50, 49)],
)
def test_tiles_cover_the_image_with_the_stated_overlap(height: int, width: int, tile: int, overlap: int) -> None:
    tiles = plan_tiles(height, width, tile, overlap)
    seen = np.zeros((height, width), int)
    for t in tiles:
        assert (t.height, t.width) == (min(tile, height), min(tile, width))
        assert seen[t.window].shape == (t.height, t.width), "inside the image"
        seen[t.window] += 1
    assert seen.min() == 1
    assert len(set(tiles)) == len(tiles)
    for starts, length in ((sorted({t.x for t in tiles}), width), (sorted({t.y for t in tiles}), height)):
        assert starts[-1] + min(tile, length) == length
        steps = np.diff(starts)
        assert (steps[:-1] == tile - overlap).all()
        assert (steps <= tile - overlap).all()


def test_one_tile_where_the_image_fits() -> None:
    assert [(t.x, t.y) for t in plan_tiles(512, 512, 512, 128)] == [(0, 0)]


@pytest.mark.parametrize("arguments", [(10, 10, 8, 8), (10, 10, 8, -1), (0, 10, 8, 2), (10, 10, 0, 0)])
def test_what_leaves_no_step_is_refused(arguments: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="no tiles"):
        plan_tiles(*arguments)
