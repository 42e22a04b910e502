"""NEU-Seg: hot-rolled steel strip with masks of inclusions, patches and scratches.

Dong et al., PGA-Net (IEEE Transactions on Industrial Informatics 16, 2020), https://github.com/DHW-Master/NEU_Seg:
`images/training` and `images/test` (JPEG, 200 x 200), `annotations/training` and `annotations/test` (PNG of class
values). Nearly every image of the training part is there three or four times, turned by a quarter each.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dynawave.datasets.about import About
from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.published.alike import grouped
from dynawave.datasets.published.semantic import Pair, read_pairs

ABOUT: Final = About(
    name="NEU-Seg",
    terms="NEU-Seg: no terms are stated; for research, not to be redistributed.",
    research_only=True,
    labels="semantic",
)
CLASSES: Final = {1: "inclusion", 2: "patches", 3: "scratches"}
PARTS: Final = {"training": "train", "test": "test"}
EVERY: Final = 10
"""One group in so many is for validation."""


def is_neu_seg(source: Path) -> bool:
    """Whether a folder has this layout."""
    return (source / "images" / "training").is_dir() and (source / "annotations" / "training").is_dir()


def read_neu_seg(source: Path) -> CocoDataset:
    """Read the set: parts "train" and "val", cut from the official training part, and "test" where it is there.

    The film of an image is its group of near-duplicates (`alike.grouped`), turned copies included. Every tenth group
    of the training part, by the name of its first image, is for validation; names run through the classes, so each
    class has its share.

    Raises:
        DatasetError: the set does not follow its layout.
        ImageError: an image cannot be read.
    """
    dataset = grouped(read_pairs(source, _pairs(source), CLASSES.values(), ABOUT))
    films = sorted({image.group for image in dataset.images if image.split == "train"})
    held_out = set(films[::EVERY])
    images = (
        image.model_copy(update={"split": "val"}) if image.split == "train" and image.group in held_out else image
        for image in dataset.images
    )
    return dataset.subset(tuple(images))


def _pairs(source: Path) -> Iterator[Pair]:
    for folder, split in PARTS.items():
        masks = source / "annotations" / folder
        for image in sorted((source / "images" / folder).glob("*.jpg")):
            yield Pair(image, masks / f"{image.stem}.png", CLASSES, split=split)
