"""Tiles of our own network's sequence as pictures and YOLO labels on disk, for a peer that reads them from there."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.images.files import write_bytes
from dynawave.images.normalise import Channels
from dynawave.training.config import TrainingConfig
from dynawave.training.targets import UNKNOWN, extents
from dynawave.training.tiles import Source, draw_number

MIDDLE: Final = np.float32(127)
GAINS: Final[dict[Channels, np.float32]] = {"grey": np.float32(42), "colour": np.float32(84)}
"""Grey levels a unit: normalised values run from -3 to 3 in grey, from -1.5 to 1.5 in colour."""
VALIDATION: Final = 16
"""Tiles named for validation, which YOLO asks for; nothing is chosen by it."""


def to_bytes(film: NDArray[np.float32], channels: Channels) -> NDArray[np.uint8]:
    """A normalised film or tile [3, height, width] as an 8-bit picture [height, width, 3]."""
    levels = np.rint(film.transpose(1, 2, 0) * GAINS[channels] + MIDDLE)
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def write_tiles(sources: Sequence[Source], tiles: TrainingConfig, count: int, out: Path) -> None:
    """Write the first tiles to `out`: images/, labels/, and data.yaml last; what is there already stays."""
    if (out / "data.yaml").exists():
        return
    for number in range(count):
        label = out / "labels" / f"{number:06d}.txt"
        if label.exists():
            continue
        drawn = draw_number(sources, tiles, number)
        picture = to_bytes(drawn.image, tiles.channels)[..., ::-1]
        _, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        write_bytes(out / "images" / f"{number:06d}.png", data.tobytes())
        write_bytes(label, "".join(f"{line}\n" for line in labels(drawn.instances, drawn.labels)).encode())
    some = [f"./images/{number:06d}.png\n" for number in range(min(count, VALIDATION))]
    write_bytes(out / "validation.txt", "".join(some).encode())
    document = {"path": str(out.resolve()), "train": "images", "val": "validation.txt", "names": list(tiles.classes)}
    write_bytes(out / "data.yaml", json.dumps(document).encode())  # JSON is YAML


def labels(instances: NDArray[np.int32], kinds: NDArray[np.int64]) -> list[str]:
    """YOLO's lines of a tile: those of `known_boxes`."""
    return [
        " ".join([str(int(kind)), *(f"{side:.6f}" for side in sides)]) for kind, *sides in known_boxes(instances, kinds)
    ]


def known_boxes(instances: NDArray[np.int32], kinds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Class, and centre, width and height as parts of the tile, of the flaws in it: [flaws, 5].

    They are the boxes that our own network learns; a flaw of unknown kind has none, as no peer has a word for it.
    """
    rows, columns = instances.shape
    found = []
    for number, (left, top, right, bottom) in sorted(extents(instances).items()):
        kind = int(kinds[number - 1])
        if kind != UNKNOWN:
            sides = ((left + right) / 2 / columns, (top + bottom) / 2 / rows, (right - left) / columns)
            found.append((kind, *sides, (bottom - top) / rows))
    return np.array(found, np.float64).reshape(-1, 5)
