"""Films scanned with larger or smaller pixels: their size, and the boxes and masks on them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoAnnotation, CocoDataset, CocoImage, RunLengths
from dynawave.datasets.raster import annotation_mask
from dynawave.rle import encode


def rescan(pixels: NDArray[np.float32], pitch: float) -> NDArray[np.float32]:
    """The film in pixels whose edge is `pitch` times the old: means over larger pixels, cubic between smaller ones."""
    height, width = scanned_size(pixels.shape[0], pixels.shape[1], pitch)
    interpolation = cv2.INTER_AREA if pitch > 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=interpolation), np.float32)


def scanned_size(height: int, width: int, pitch: float) -> tuple[int, int]:
    """Rows and columns in pixels whose edge is `pitch` times the old."""
    return max(1, round(height / pitch)), max(1, round(width / pitch))


def rescan_dataset(dataset: CocoDataset, pitch: float) -> CocoDataset:
    """The set with every size, box and mask in pixels whose edge is `pitch` times the old.

    A mask keeps the pixels of which it covers half; one too small for that keeps those of which it covers most, so
    that no flaw is lost.
    """
    images = {image.id: _image(image, pitch) for image in dataset.images}
    old = {image.id: image for image in dataset.images}
    annotations = tuple(_annotation(a, old[a.image_id], images[a.image_id]) for a in dataset.annotations)
    return CocoDataset(dataset.root, tuple(images.values()), dataset.categories, annotations)


def _image(image: CocoImage, pitch: float) -> CocoImage:
    height, width = scanned_size(image.height, image.width, pitch)
    mm = image.pixel_size_mm and image.pixel_size_mm * pitch
    return image.model_copy(update={"height": height, "width": width, "pixel_size_mm": mm})


def _annotation(annotation: CocoAnnotation, old: CocoImage, new: CocoImage) -> CocoAnnotation:
    across, down = new.width / old.width, new.height / old.height
    x, y, width, height = annotation.bbox
    segmentation = annotation.segmentation
    if isinstance(segmentation, RunLengths):
        (crop, (left, top)) = annotation_mask(annotation, old)
        rows, first_row = _shares(top, crop.shape[0], down)
        columns, first_column = _shares(left, crop.shape[1], across)
        covered = rows @ crop.astype(np.float32) @ columns.T
        mask = covered >= min(0.5, covered.max(initial=1e-6)) - 1e-6
        place, size = (first_column, first_row), (new.height, new.width)
        segmentation = RunLengths.model_validate(encode(mask, place, size))
    elif segmentation:
        segmentation = [[v * (down if i % 2 else across) for i, v in enumerate(polygon)] for polygon in segmentation]
    box = (x * across, y * down, width * across, height * down)
    changed = {"bbox": box, "area": annotation.area * across * down, "segmentation": segmentation}
    return annotation.model_copy(update=changed)


def _shares(start: int, count: int, factor: float) -> tuple[NDArray[np.float32], int]:
    """Share of each new pixel that each of `count` old ones from `start` on fills, [new, count]; first new pixel."""
    edges = (start + np.arange(count + 1)) * factor
    first, last = int(np.floor(edges[0] + 1e-6)), int(np.ceil(edges[-1] - 1e-6))
    new = np.arange(first, last)[:, None]
    shares = np.minimum(edges[1:], new + 1) - np.maximum(edges[:-1], new)
    return np.clip(shares, 0, None).astype(np.float32), first
