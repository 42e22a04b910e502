"""TOFD defects: ultrasonic time-of-flight-diffraction scans of steel with slots, and simulated ones, with masks.

Layout and values after the set's own description (its folder `OriginalData`): measured `data_base/data_N.png` with
`mask_base/Label_N.png`, simulated by CIVA `civa_base/data_N.png` with `mask_civa/Label_N.png`, 96 x 176 pixels.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dynawave.datasets.about import About
from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.faults import refuse
from dynawave.datasets.published.semantic import Pair, numbered, read_pairs

ABOUT: Final = About(
    name="TOFD defects",
    terms="TOFD defects dataset: CC BY-NC 4.0, no commercial use.",
    research_only=True,
    labels="semantic",
)
CLASSES: Final = {
    50: "near_surface",
    100: "near_root",
    125: "internal",
    150: "internal",
    200: "volumetric_cluster",
    220: "lateral_wave",
    250: "back_wall",
}
"""125 is internal and long, 150 volumetric; the measured internal slots carry 150, the simulated 125: they are one."""

SEQUENCE: Final = 31
"""Measured scans are taken in sequences of so many nearly equal ones: number N is of sequence (N - 1) // 31."""

FOLDERS: Final = (("measured", "data_base", "mask_base"), ("simulated", "civa_base", "mask_civa"))


def is_tofd(source: Path) -> bool:
    """Whether a folder has this layout."""
    return any((source / images).is_dir() and (source / masks).is_dir() for _, images, masks in FOLDERS)


def read_tofd(source: Path) -> CocoDataset:
    """Read the set, in the parts "measured" and "simulated".

    The film of a measured scan is its sequence; a simulated scan is a film of its own. Every scan shows the lateral
    wave and the back wall, which are classes as the others.

    Raises:
        DatasetError: the set does not follow its layout.
        ImageError: an image cannot be read.
    """
    return read_pairs(source, _pairs(source), dict.fromkeys(CLASSES.values()), ABOUT)


def _pairs(source: Path) -> Iterator[Pair]:
    for split, images, masks in FOLDERS:
        labels = numbered(source / masks, "Label_")
        for number, image in numbered(source / images, "data_").items():
            mask = labels.pop(number, source / masks / f"Label_{number}.png")
            film = f"sequence{(number - 1) // SEQUENCE:02d}" if split == "measured" else f"simulated{number}"
            yield Pair(image, mask, CLASSES, film, split)
        for mask in labels.values():
            refuse("mask of an image that is not there", f"{mask}: has no image in {images}.")
