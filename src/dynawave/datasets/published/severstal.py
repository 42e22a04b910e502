"""Severstal: photographs of flat steel with masks of four classes of defect.

https://www.kaggle.com/c/severstal-steel-defect-detection: `train_images/*.jpg`, 1600 x 256, and `train.csv`, either
with ImageId, ClassId and EncodedPixels, or as first published with ImageId_ClassId ("NAME.jpg_3") and EncodedPixels.
Pixels are counted from 1, down the columns; a mask is pairs of a start and a length. An image that is in no row has
no defect.
"""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.about import About
from dynawave.datasets.coco import ITEM, MISSING, CocoDataset
from dynawave.datasets.collector import Collector, image_files, image_size
from dynawave.datasets.faults import one_by_one, refuse
from dynawave.errors import DatasetError

ABOUT: Final = About(
    name="Severstal",
    terms="Severstal steel defect detection: rules of the Kaggle competition, non-commercial and academic use only.",
    research_only=True,
    labels="semantic",
)
CLASSES: Final = ("class_1", "class_2", "class_3", "class_4")
COLUMNS: Final = (("ImageId", "ClassId", "EncodedPixels"), ("ImageId_ClassId", "EncodedPixels"))

Rows = dict[str, list[tuple[int, str]]]


def is_severstal(source: Path) -> bool:
    """Whether a folder has this layout."""
    return (source / "train.csv").is_file() and (source / "train_images").is_dir()


def read_severstal(source: Path) -> CocoDataset:
    """Read the training images, which alone have masks.

    Every image is a film of its own: nothing says which were cut from one strip. Classes may overlap in an image.

    Raises:
        DatasetError: the set does not follow its layout.
        ImageError: an image cannot be read.
    """
    table = source / "train.csv"
    rows = _read_rows(table)
    collector = Collector(source, CLASSES, ABOUT)
    for file in image_files(source / "train_images"):
        masks = rows.pop(file.name, [])
        with one_by_one():
            image = collector.add_image(file, image_size(file))
            for kind, runs in masks:
                with one_by_one(ITEM):
                    mask = _mask(table, file.name, runs, (image.width, image.height))
                    collector.add_mask(table, image, CLASSES[kind - 1], mask)
    for name in rows:
        refuse(MISSING, f"{table}: names {name}, which is not in train_images.")
    return collector.dataset()


def _read_rows(table: Path) -> Rows:
    """Class and runs of each mask by file name; rows without pixels are left out."""
    rows: Rows = defaultdict(list)
    try:
        # bytes that are no text make a name that is not there, or no pairs: a fault of their row alone
        with table.open(encoding="utf-8", errors="replace", newline="") as lines:
            reader = csv.DictReader(lines)
            if not any(set(columns) <= set(reader.fieldnames or ()) for columns in COLUMNS):
                raise DatasetError(f"{table}: is not a table of ImageId, ClassId and EncodedPixels.")
            for row in reader:
                with one_by_one(ITEM):
                    name, kind, runs = _read_row(table, reader.line_num, row)
                    if runs:
                        rows[name].append((kind, runs))
    except csv.Error as error:
        raise DatasetError(f"{table}: is not a table of ImageId, ClassId and EncodedPixels.") from error
    return rows


def _read_row(table: Path, line: int, row: dict[str, str]) -> tuple[str, int, str]:
    """File name, class and runs."""
    try:
        name, kind = (
            row["ImageId_ClassId"].rsplit("_", 1) if "ImageId_ClassId" in row else (row["ImageId"], row["ClassId"])
        )
        number = int(kind)
    except (AttributeError, TypeError, ValueError) as error:
        raise DatasetError(f"{table}: line {line} is not a row of ImageId, ClassId and EncodedPixels.") from error
    if not 1 <= number <= len(CLASSES):
        raise DatasetError(f"{table}: {name} has the class {kind}, which is not 1 to 4.")
    return name, number, row["EncodedPixels"]


def _mask(table: Path, name: str, text: str, size: tuple[int, int]) -> NDArray[np.bool_]:
    """The mask of pairs of start and length, bool [height, width]."""
    width, height = size
    flat = np.zeros(width * height, np.bool_)
    numbers = [int(word) if word.isdecimal() and len(word) < 12 else 0 for word in text.split()]
    starts, lengths = numbers[::2], numbers[1::2]
    if len(starts) != len(lengths) or min(numbers) < 1:
        raise DatasetError(f"{table}: the pixels of {name} are not pairs of start and length from 1.")
    for start, length in zip(starts, lengths, strict=True):
        if start - 1 + length > flat.size:
            raise DatasetError(f"{table}: the pixels of {name} leave its {width} x {height} pixels.")
        flat[start - 1 : start - 1 + length] = True
    return flat.reshape(width, height).T
