"""What a detector says of one film, and what that is measured against: all that an evaluation needs of the film."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoAnnotation, CocoDataset, CocoImage
from dynawave.datasets.raster import Crop, annotation_mask, instance_map
from dynawave.errors import DatasetError
from dynawave.evaluation.calls import Call, Calls, Detector
from dynawave.evaluation.classification import sound_windows
from dynawave.evaluation.pixels import PixelHistogram, to_uint16
from dynawave.evaluation.segmentation import count_pixels
from dynawave.evaluation.sizes import contrast_to_noise
from dynawave.images.files import write_png
from dynawave.images.normalise import to_grey
from dynawave.images.tiles import Tile
from dynawave.inspection.measure import measure
from dynawave.records import WeldImage

FLAWED: Final = 0.5
"""Probability from which on a pixel is a flaw, of a detector of one class, which has no class map."""

Reader = Callable[[CocoImage], WeldImage]


@dataclass(frozen=True, slots=True)
class Film:
    """The outcome of one image.

    Attributes:
        calls: of the detector.
        seconds: that it took.
        contrasts: contrast-to-noise ratio of each flaw, [flaws]; flaws are the annotations without crowd regions.
        sizes: length and width in pixels of each flaw's mask, [flaws].
        windows: of sound metal.
        pixels: counts by probability, or None without a probability map.
        classes: pixels by true (rows) and called class (columns), 0 sound, [classes + 1, classes + 1], or None.
        image_scores: of the whole image, by class.
    """

    calls: tuple[Call, ...]
    seconds: float
    contrasts: tuple[float, ...]
    sizes: tuple[tuple[float, float], ...]
    windows: tuple[Tile, ...]
    pixels: PixelHistogram | None
    classes: NDArray[np.int64] | None
    image_scores: dict[str, float]


def flaws_of(dataset: CocoDataset, image: CocoImage) -> list[CocoAnnotation]:
    """The flaws of an image, without crowd regions."""
    return [annotation for annotation in dataset.annotations_of(image) if not annotation.iscrowd]


def look_at(
    detector: Detector, dataset: CocoDataset, image: CocoImage, read: Reader, probability: Path | None = None
) -> Film:
    """Ask the detector, and hold what it says against the annotations.

    Args:
        detector: from an image to its calls.
        dataset: that the image is of.
        image: to look at.
        read: gives its pixels.
        probability: file for the probability map (uint16 PNG), or None.

    Raises:
        DatasetError: the image or the probability map has another size than the set says.
        ImageError: the image cannot be read.
    """
    picture = read(image)
    if image.context:
        picture = replace(picture, context=image.context)
    _check_size(dataset, image, (picture.height, picture.width), "image")
    start = time.perf_counter()
    found = detector(picture)
    seconds = time.perf_counter() - start
    instances, labels = instance_map(dataset, image)
    flawed = instances > 0
    masks = [annotation_mask(flaw, image) for flaw in flaws_of(dataset, image)]
    grey = to_grey(picture.pixels)
    pixels = None
    if found.probability is not None:
        _check_size(dataset, image, found.probability.shape, "probability map")
        pixels = PixelHistogram()
        pixels.add(found.probability, flawed)
        if probability:
            write_png(probability, to_uint16(found.probability))
    return Film(
        found.calls,
        seconds,
        tuple(contrast_to_noise(grey, mask, flawed) for mask in masks),
        tuple(_size(mask) for mask in masks),
        tuple(sound_windows(flawed)),
        pixels,
        _classes(found, np.concatenate([[0], labels + 1])[instances], len(dataset.categories)),
        found.image_scores,
    )


def _classes(found: Calls, truth: NDArray[np.int64], classes: int) -> NDArray[np.int64] | None:
    """Pixels by true and called class."""
    if classes > 1:
        return None if found.class_map is None else count_pixels(truth, found.class_map, classes)
    if found.probability is None:
        return None
    return count_pixels(truth, to_uint16(found.probability) >= round(FLAWED * 65535), classes)


def _size(mask: Crop) -> tuple[float, float]:
    """Length and width of a mask in pixels; 0 of an empty one."""
    size = measure(mask[0]) if mask[0].any() else None
    return (size.length, size.width) if size else (0.0, 0.0)


def _check_size(dataset: CocoDataset, image: CocoImage, shape: Sequence[int], what: str) -> None:
    if tuple(shape) != (image.height, image.width):
        raise DatasetError(
            f"{dataset.path(image)}: the {what} has {shape[1]} x {shape[0]} pixels, "
            f"the data set says {image.width} x {image.height}."
        )
