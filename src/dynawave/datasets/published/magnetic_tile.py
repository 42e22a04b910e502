"""Magnetic tiles: photographs of tile surfaces with masks of five kinds of defect.

Huang et al., Surface defect saliency of magnetic tile (The Visual Computer 36, 2020),
https://github.com/abin24/Magnetic-tile-defect-datasets.: `MT_Blowhole/Imgs/exp1_num_108719.jpg` with the mask of the
same stem (`.png`), likewise `MT_Break`, `MT_Crack`, `MT_Fray`, `MT_Uneven` and `MT_Free`, as is listed in
https://github.com/Charmve/Surface-Defect-Detection/tree/master/Magnetic-Tile-Defect.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from dynawave.datasets.about import About
from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.faults import one_by_one
from dynawave.datasets.published.semantic import Pair, read_pairs
from dynawave.errors import DatasetError

ABOUT: Final = About(
    name="Magnetic tile",
    terms="Magnetic tile defects: free to use, to be cited; no licence is stated.",
    research_only=True,
    labels="semantic",
)
CLASSES: Final = ("MT_Blowhole", "MT_Break", "MT_Crack", "MT_Fray", "MT_Uneven")
FREE: Final = "MT_Free"

GAP: Final = 200
"""The names count frames of a camera, at up to six exposures a tile ("exp1" to "exp6"). Frames of one tile are within
about 130 of each other; a gap of this length or more parts two tiles."""


def is_magnetic_tile(source: Path) -> bool:
    """Whether a folder has this layout."""
    return any((source / name / "Imgs").is_dir() for name in (*CLASSES, FREE))


def read_magnetic_tile(source: Path) -> CocoDataset:
    """Read the set; the film of an image is its tile, by the frame's number. It has no parts of its own.

    A mask is marked from half of full white on. Classes have the names of their folders.

    Raises:
        DatasetError: the set does not follow its layout.
        ImageError: an image cannot be read.
    """
    files = [file for name in (*CLASSES, FREE) for file in sorted((source / name / "Imgs").glob("*.jpg"))]
    frames: dict[Path, int] = {}
    for file in files:
        with one_by_one():
            frames[file] = _frame(file)
    return read_pairs(source, _pairs(frames), CLASSES, ABOUT)


def _pairs(frames: dict[Path, int]) -> Iterator[Pair]:
    tiles = _tiles(frames.values())
    for file, frame in frames.items():
        name = file.parent.parent.name
        values = {value: name if value >= 128 and name != FREE else "" for value in range(1, 256)}
        yield Pair(file, file.with_suffix(".png"), values, f"tile{tiles[frame]}")


def _frame(file: Path) -> int:
    match = re.search(r"num_(\d+)$", file.stem)
    if not match:
        raise DatasetError(f"{file}: has no frame number in its name.")
    return int(match[1])


def _tiles(frames: Iterable[int]) -> dict[int, int]:
    """The first frame of the tile that each frame shows."""
    tiles: dict[int, int] = {}
    last = first = -GAP
    for frame in sorted(set(frames)):
        first = frame if frame - last >= GAP else first
        tiles[frame], last = first, frame
    return tiles
