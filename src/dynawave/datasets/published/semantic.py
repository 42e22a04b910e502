"""Sets that give each pixel a class: pairs of an image and a mask of class values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dynawave.datasets.about import About
from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.collector import Collector, image_size, read_mask
from dynawave.datasets.faults import one_by_one
from dynawave.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Pair:
    """An image and its mask.

    Attributes:
        image: file.
        mask: file of class values, 0 for the ground.
        values: class of each value of the mask besides 0; several values may share one, and "" is ground, too.
        film: what the image was cut from, or None for itself.
        split: part of the set, or None.
    """

    image: Path
    mask: Path
    values: Mapping[int, str]
    film: str | None = None
    split: str | None = None


def read_pairs(root: Path, pairs: Iterable[Pair], names: Iterable[str], about: About) -> CocoDataset:
    """Read images and masks one by one; each 8-connected region of a class is an annotation.

    The regions of an image give back its mask exactly, with values of the same class as one.

    Raises:
        DatasetError: a mask is missing, damaged, of another size, or holds a value of no class.
        ImageError: an image cannot be read.
    """
    collector = Collector(root, list(names), about)
    for pair in pairs:
        with one_by_one():
            _add(collector, pair)
    return collector.dataset()


def _add(collector: Collector, pair: Pair) -> None:
    if not pair.mask.is_file():
        raise DatasetError(f"{pair.image}: has no mask, which would be {pair.mask.name}.")
    size = image_size(pair.image)
    mask = read_mask(pair.mask, size)
    present = set(np.unique(mask).tolist()) - {0}
    if strange := present - set(pair.values):
        raise DatasetError(f"{pair.mask}: holds the value {min(strange)}, which is no class of this set.")
    image = collector.add_image(pair.image, size, pair.film, split=pair.split)
    for name in sorted({pair.values[value] for value in present} - {""}):
        values = [value for value in present if pair.values[value] == name]
        collector.add_mask(pair.mask, image, name, np.isin(mask, values))


def numbered(folder: Path, prefix: str) -> dict[int, Path]:
    """The PNG files `prefix` and a number of a folder, by number."""
    found = {}
    for file in folder.glob(f"{prefix}*.png"):
        digits = file.stem.removeprefix(prefix)
        if digits.isdecimal():
            found[int(digits)] = file
    return dict(sorted(found.items()))
