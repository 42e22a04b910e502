"""Groups of near-duplicates, for sets that do not say which of their images show the same piece."""

from typing import Final

from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.datasets.faults import one_by_one
from dynawave.datasets.likeness import Look, groups, look, near_duplicates

LEAST: Final = 0.9
"""Correlation from which images form a group: lower than that of a near-duplicate, as a group may be too large."""


def grouped(dataset: CocoDataset) -> CocoDataset:
    """The set with `film` of each image the stem of the first image of its group.

    Images are of a group when their thumbnails correlate by `LEAST` in any of the eight positions, or are linked by
    others that do. The same files give the same groups.

    Raises:
        ImageError: an image cannot be read.
    """
    looks, kept = list[Look](), list[CocoImage]()
    for image in dataset.images:
        with one_by_one():
            looks.append(look(dataset.picture(image).pixels))
            kept.append(image)
    pairs = [(pair.first, pair.second) for pair in near_duplicates(looks, least=LEAST)]
    firsts = groups(len(looks), pairs)
    stems = [image.group for image in kept]
    images = (image.model_copy(update={"film": stems[first]}) for image, first in zip(kept, firsts, strict=True))
    return dataset.subset(tuple(images))
