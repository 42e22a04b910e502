"""Tiles on disk for YOLO."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from benchmarks.peers.pictures import labels, to_bytes, write_tiles
from dynawave.training.config import TrainingConfig
from dynawave.training.targets import UNKNOWN
from dynawave.training.tiles import Film, Pool, draw_number


def test_labels_are_tight_boxes_with_their_class() -> None:
    """Columns 2 to 6 and rows 4 to 6 of 16 px: middle 4 and 5, size 4 and 2."""
    instances = np.zeros((16, 16), np.int32)
    instances[4:6, 2:6] = 1
    instances[10:14, 10:14] = 2
    assert labels(instances, np.array([3, UNKNOWN])) == ["3 0.250000 0.312500 0.250000 0.125000"]


@pytest.mark.parametrize(("channels", "limit"), [("grey", 3.0), ("colour", 1.5)])
def test_eight_bits_hold_the_whole_range(channels: str, limit: float) -> None:
    film = np.linspace(-limit, limit, 48, dtype=np.float32).reshape(3, 4, 4)
    picture = to_bytes(film, channels)
    assert picture.shape == (4, 4, 3) and (picture.min(), picture.max()) == (1, 253)


def test_written_tiles_are_the_first_of_the_sequence(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (90, 90, 3)).astype(np.uint16)
    instances = np.zeros((90, 90), np.int16)
    instances[40:52, 40:52] = 1
    film = Film(pixels, (0.0, 255.0), instances, np.array([1]), np.array([[45.0, 45.0]]))
    config = TrainingConfig(classes=("a", "b"), tile=64, flaw_share=1, channels="colour", seed=2)
    pools = [Pool((film,), 1.0)]
    write_tiles(pools, config, 3, tmp_path / "tiles")
    written = cv2.imread(str(tmp_path / "tiles" / "images" / "000002.png"))
    drawn = draw_number(pools, config, 2)
    np.testing.assert_array_equal(written[..., ::-1], to_bytes(drawn.image, "colour"))
    lines = (tmp_path / "tiles" / "labels" / "000002.txt").read_text().splitlines()
    assert lines == labels(drawn.instances, drawn.labels) and lines[0].startswith("1 ")
    document = yaml.safe_load((tmp_path / "tiles" / "data.yaml").read_text())
    assert document["names"] == ["a", "b"] and len(list((tmp_path / "tiles" / "images").iterdir())) == 3
