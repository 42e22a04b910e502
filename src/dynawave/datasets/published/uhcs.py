"""Ultrahigh-carbon steel: scanning electron micrographs with the constituent of every pixel.

DeCost et al., Microscopy and Microanalysis 25 (2019), data at https://hdl.handle.net/11256/964, in the layout of
https://github.com/lei-bo/MatSeg: `images/*.tif`, `labels/*.npy`, `splits/split_cv.csv` with the fold of each image, 0
to 5. What the values mean is not written there; it is plain from the pictures.
"""

import csv
from pathlib import Path
from typing import Final

from dynawave.datasets.about import About
from dynawave.datasets.coco import ITEM, CocoDataset
from dynawave.datasets.faults import refuse
from dynawave.datasets.published.semantic import Pair, read_pairs
from dynawave.errors import DatasetError

ABOUT: Final = About(
    name="UHCS",
    terms="UHCS: repository under MIT, data of NIST (hdl.handle.net/11256/964).",
    labels="semantic",
    ground="ferritic_matrix",
)
CLASSES: Final = {1: "cementite_network", 2: "spheroidite", 3: "widmanstatten_cementite"}
FOLDS: Final = "splits/split_cv.csv"


def is_uhcs(source: Path) -> bool:
    """Whether a folder has this layout."""
    return (source / FOLDS).is_file() and (source / "labels").is_dir()


def read_uhcs(source: Path) -> CocoDataset:
    """Read the set; its parts are the six published folds, "fold0" to "fold5", and each micrograph is a film.

    To test fold k as published, validate on fold k + 1 (modulo 6) and train on the other four.

    Raises:
        DatasetError: the set does not follow its layout.
        ImageError: an image cannot be read.
    """
    folds = _read_folds(source / FOLDS)
    images = sorted((source / "images").glob("*.tif"))
    for image in images:
        if image.name not in folds:
            refuse(ITEM, f"{source / FOLDS}: has no fold for {image.name}.")
    pairs = (
        Pair(image, source / "labels" / f"{image.stem}.npy", CLASSES, split=f"fold{folds[image.name]}")
        for image in images
        if image.name in folds
    )
    return read_pairs(source, pairs, CLASSES.values(), ABOUT)


def _read_folds(file: Path) -> dict[str, int]:
    """Fold by file name."""
    folds: dict[str, int] = {}
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (ValueError, csv.Error) as error:
        raise DatasetError(f"{file}: is not a table of name and split.") from error
    for row in rows:
        try:
            folds[row["name"]] = int(row["split"])
        except (KeyError, TypeError, ValueError):
            refuse(ITEM, f"{file}: is not a table of name and split, as a row of {row.get('name')} says.")
    return folds
