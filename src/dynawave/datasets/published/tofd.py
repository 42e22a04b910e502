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

EVERY: Final = 5
"""One sequence in so many is for validation."""

MEASURED: Final = ("data_base", "mask_base")
SIMULATED: Final = ("civa_base", "mask_civa")
"""Folders of the scans and of their masks."""


def is_tofd(source: Path) -> bool:
    """Whether a folder has this layout."""
    return any(all((source / folder).is_dir() for folder in folders) for folders in (MEASURED, SIMULATED))


def read_tofd(source: Path) -> CocoDataset:
    """Read the set: the measured scans in the parts "train" and "val", the others in the part "simulated".

    The film of a measured scan is its sequence; every fifth sequence is for validation. They run through the kinds of
    flaw, so each kind has its share. A simulated scan is a film of its own. Every scan shows the lateral wave and the
    back wall, which are classes as the others.

    Raises:
        DatasetError: the set does not follow its layout.
        ImageError: an image cannot be read.
    """
    pairs = (*_measured(source), *_simulated(source))
    return read_pairs(source, pairs, dict.fromkeys(CLASSES.values()), ABOUT)


def _measured(source: Path) -> Iterator[Pair]:
    files = list(_files(source, *MEASURED))
    sequences = sorted({(number - 1) // SEQUENCE for number, _, _ in files})
    held_out = set(sequences[::EVERY])
    for number, image, mask in files:
        sequence = (number - 1) // SEQUENCE
        part = "val" if sequence in held_out else "train"
        yield Pair(image, mask, CLASSES, f"sequence{sequence:02d}", part)


def _simulated(source: Path) -> Iterator[Pair]:
    for number, image, mask in _files(source, *SIMULATED):
        yield Pair(image, mask, CLASSES, f"simulated{number}", "simulated")


def _files(source: Path, images: str, masks: str) -> Iterator[tuple[int, Path, Path]]:
    """Number, image and mask, by number."""
    labels = numbered(source / masks, "Label_")
    for number, image in numbered(source / images, "data_").items():
        yield number, image, labels.pop(number, source / masks / f"Label_{number}.png")
    for mask in labels.values():
        refuse("mask of an image that is not there", f"{mask}: has no image in {images}.")
