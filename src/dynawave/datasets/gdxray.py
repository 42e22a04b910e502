"""GDXray welds in their published layout: films in `W0001`, flaw masks in `W0002`, whole films in `W0003`.

Mery et al., GDXray: the database of X-ray images for nondestructive testing (2015); the films are those of BAM,
digitised at 40.3 um a pixel. For research and education only.
"""

from pathlib import Path
from typing import Final

import numpy as np

from dynawave.datasets.about import About
from dynawave.datasets.coco import Box, CocoDataset, CocoImage
from dynawave.datasets.collector import Collector, image_files, image_size, partner, read_mask
from dynawave.datasets.faults import one_by_one
from dynawave.errors import DatasetError
from dynawave.taxonomy import FLAW

ABOUT: Final = About(
    name="GDXray welds",
    terms="GDXray: for research and education only; films of BAM: to be cited, no commercial use.",
    research_only=True,
)

Boxes = dict[int, list[Box]]

PIXEL_SIZE_MM: Final = 0.0403

# The films of W0001 are crops of those of W0003 (bam5), by number; a film and its crop never part in a split.
PARENTS: Final = {1: 68, 3: 30, 4: 36, 6: 42, 7: 12, 8: 39, 9: 6}

FOLDS: Final = (("W0003_0068", "W0003_0039"), ("W0003_0042", "W0003_0006"), ("W0003_0030", "W0003_0036", "W0003_0012"))
"""Films of the parts "fold0" to "fold2", with 204, 127 and 126 of the flaws."""


def read_gdxray(source: Path) -> CocoDataset:
    """Read the annotated films of a root holding `W0001`, or the bare films of one folder such as `W0003`.

    Flaws are the 8-connected components of the masks in `W0002`; where that folder is absent, the boxes of
    `W0001/ground_truth.txt`. A folder without a `W0001` gives images alone. `film` is the stem of the whole film.
    The films of W0001, and those that they were cut from, are dealt to three parts, for cross-validation by film.

    Raises:
        DatasetError: no images, or a mask is missing, damaged or of another size.
        ImageError: an image cannot be read.
    """
    films = source / "W0001" if (source / "W0001").is_dir() else source
    collector = Collector(source, [FLAW.name], ABOUT)
    boxes_file = films / "ground_truth.txt"
    masks = source / "W0002"
    boxes: Boxes = {}
    if boxes_file.is_file() and not masks.is_dir():
        with one_by_one():
            boxes = _read_boxes(boxes_file)
    for file in image_files(films):
        with one_by_one():
            image = _add(collector, file, masks if films != source and masks.is_dir() else None)
            for box in boxes.get(_number(file), []):
                collector.add(boxes_file, image, FLAW.name, box)
    return collector.dataset()


def _add(collector: Collector, file: Path, masks: Path | None) -> CocoImage:
    """Add a film, with the flaws of its mask where there are `masks`."""
    size, film = image_size(file), film_of(file)
    mask_file = partner(file, masks) if masks else None
    if masks and mask_file is None:
        raise DatasetError(f"{file}: has no mask in {masks}.")
    mask = read_mask(mask_file, size) > 0 if mask_file else None
    part = next((f"fold{k}" for k, fold in enumerate(FOLDS) if film in fold), None)
    image = collector.add_image(file, size, film, PIXEL_SIZE_MM, part)
    if mask_file and mask is not None:
        collector.add_mask(mask_file, image, FLAW.name, mask)
    return image


def film_of(file: Path) -> str:
    """Stem of the whole film that a file is, or was cut from."""
    parent = PARENTS.get(_number(file)) if file.stem.startswith("W0001_") else None
    return f"W0003_{parent:04d}" if parent else file.stem


def _number(file: Path) -> int:
    digits = file.stem.rpartition("_")[2]
    return int(digits) if digits.isdecimal() else -1


def _read_boxes(file: Path) -> Boxes:
    """Boxes (x, y, width, height) by image number; the file has x1 x2 y1 y2 on pixel edges, the first edge at 0.5."""
    try:
        rows = np.loadtxt(file, ndmin=2)
        numbers, left, right, top, bottom = rows.T
    except ValueError as error:
        raise DatasetError(f"{file}: is not a table of image number, x1, x2, y1 and y2 ({error}).") from error
    found: Boxes = {}
    for number, x1, x2, y1, y2 in zip(numbers, left, right, top, bottom, strict=True):
        found.setdefault(int(number), []).append((x1 - 0.5, y1 - 0.5, x2 - x1, y2 - y1))
    return found
