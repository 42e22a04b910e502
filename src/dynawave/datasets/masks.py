"""Images with class masks: each mask has the class value of every pixel, 0 for sound metal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.collector import Collector, image_files, image_size, partner, read_mask
from dynawave.datasets.names import class_names
from dynawave.errors import DatasetError
from dynawave.taxonomy import FLAW

MASK_FOLDERS: Final = ("masks", "labels", "annotations")
MASK_SUFFIXES: Final = (".png", ".npy")
IGNORED: Final = 255


def read_mask_folders(source: Path) -> CocoDataset:
    """Read `source/images` with `source/masks` (or `labels`, `annotations`), and the names of `class_names`."""
    masks = next((source / name for name in MASK_FOLDERS if (source / name).is_dir()), None)
    if masks is None:
        raise DatasetError(f"{source}: has no folder of masks, which is one of {', '.join(MASK_FOLDERS)}.")
    return read_masks(source / "images", masks, class_names(source))


def read_masks(images: Path, masks: Path, names: Mapping[int, str] | None = None) -> CocoDataset:
    """Read images and their masks (8-bit grey PNG, or an integer .npy), matched by stem or by trailing number.

    Each 8-connected component of a class is an annotation. Without `names`, masks of one value besides 0 are of the
    class "flaw", those of several of the classes "class_1", ... Beside other values 255 means "not known" and is left
    out, unless it is named.

    Raises:
        DatasetError: a mask is missing, of another size, or has a value that is not among `names`.
    """
    pairs = [(image, _mask_of(image, images, masks)) for image in image_files(images)]
    sizes = [image_size(image) for image, _ in pairs]
    found = [np.unique(read_mask(mask, size)).tolist() for (_, mask), size in zip(pairs, sizes, strict=True)]
    chosen = dict(names) if names else _invented({value for values in found for value in values if value})
    named = {value: name for value, name in chosen.items() if value}
    collector = Collector(images, list(named.values()))
    for (file, mask_file), size, values in zip(pairs, sizes, found, strict=True):
        strange = set(values) - set(named) - {0, IGNORED}
        if strange:
            raise DatasetError(f"{mask_file}: holds the value {min(strange)}, which is no class of this set.")
        image, mask = collector.add_image(file, size), read_mask(mask_file, size)
        for value in sorted(set(values) & set(named)):
            collector.add_mask(mask_file, image, named[value], mask == value)
    return collector.dataset()


def _mask_of(image: Path, images: Path, masks: Path) -> Path:
    folder = masks / image.parent.relative_to(images)
    for suffix in MASK_SUFFIXES:
        mask = partner(image, folder, suffix)
        if mask:
            return mask
    raise DatasetError(f"{image}: has no mask in {folder}.")


def _invented(values: set[int]) -> dict[int, str]:
    classes = sorted(values - {IGNORED} or values)
    return {value: FLAW.name if len(classes) == 1 else f"class_{value}" for value in classes}
