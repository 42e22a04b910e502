"""Masks of COCO annotations: run lengths, polygons and boxes turned into pixels."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoAnnotation, CocoDataset, CocoImage, RunLengths
from dynawave.errors import DatasetError
from dynawave.rle import decode_runs

Crop = tuple[NDArray[np.bool_], tuple[int, int]]

OVERSAMPLING: Final = 4


def annotation_mask(annotation: CocoAnnotation, image: CocoImage) -> Crop:
    """The annotation's mask as a boolean crop [rows, columns] and the (x, y) of its first pixel in the image.

    Polygons cover a pixel when they cover at least half of it. An annotation without a segmentation is its box.

    Raises:
        DatasetError: the run lengths do not fit the image.
    """
    segmentation = annotation.segmentation
    if isinstance(segmentation, RunLengths):
        return _from_runs(segmentation, annotation, image)
    if segmentation:
        return _from_polygons(segmentation, image)
    x, y, width, height = annotation.bbox
    left, top = min(round(x), image.width - 1), min(round(y), image.height - 1)
    right, bottom = max(round(x + width), left + 1), max(round(y + height), top + 1)
    return np.ones((bottom - top, right - left), np.bool_), (left, top)


def instance_map(dataset: CocoDataset, image: CocoImage) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """All flaws of an image in one map.

    Where annotations overlap the one of less area wins, so that a pore on a slag line stays; crowd
    regions are left out.

    Returns:
        int32 [height, width]: 0 sound, k the k-th of `dataset.annotations_of(image)`; and the class index of each of
        these annotations (index in `dataset.categories`), int64 [annotations].
    """
    annotations = dataset.annotations_of(image)
    instances = np.zeros((image.height, image.width), np.int32)
    for index in sorted(range(len(annotations)), key=lambda k: -annotations[k].area):
        if not annotations[index].iscrowd:
            mask, (x, y) = annotation_mask(annotations[index], image)
            instances[y : y + mask.shape[0], x : x + mask.shape[1]][mask] = index + 1
    classes = np.array([dataset.class_index[a.category_id] for a in annotations], np.int64)
    return instances, classes


def rounded(dataset: CocoDataset) -> CocoDataset:
    """The set with every box that has no outline outlined as a superellipse of the fourth degree in it.

    Turned by 45 degrees a box grows by 41 % in either direction, a circle not at all, a superellipse by 19 %: welds and
    their flaws lie between. Not turned, its box is the same.
    """
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    cos, sin = np.cos(angle), np.sin(angle)
    circle = np.stack([np.sign(cos) * np.abs(cos) ** 0.5, np.sign(sin) * np.abs(sin) ** 0.5], 1)

    def outlined(annotation: CocoAnnotation) -> CocoAnnotation:
        if annotation.segmentation:
            return annotation
        x, y, width, height = annotation.bbox
        outline = (circle + 1) / 2 * (width, height) + (x, y)
        return annotation.model_copy(update={"segmentation": [outline.ravel().tolist()]})

    return replace(dataset, annotations=tuple(map(outlined, dataset.annotations)))


def _from_runs(rle: RunLengths, annotation: CocoAnnotation, image: CocoImage) -> Crop:
    """Decode only the columns that the mask touches, so that a small flaw on a large film costs little."""
    lengths = decode_runs(rle.counts)
    height, width = image.height, image.width
    if rle.size != (height, width) or min(lengths, default=0) < 0 or sum(lengths) != height * width:
        raise DatasetError(
            f"{image.file_name}: the run lengths of annotation {annotation.id} do not fill an image "
            f"of {width} x {height} pixels."
        )
    runs = np.array(lengths, np.int64)
    edges = np.cumsum(runs)
    starts, stops = edges[::2], edges[1::2]
    if not runs[1::2].any():
        return np.zeros((0, 0), np.bool_), (0, 0)
    first, last = int(starts[0]) // height, (int(stops[-1]) - 1) // height
    ones = runs[: 2 * len(stops)].copy()
    ones[0] = starts[0] - first * height
    values = np.repeat(np.arange(len(ones)) % 2 == 1, ones)
    columns = np.zeros((last - first + 1) * height, np.bool_)
    columns[: len(values)] = values
    crop = columns.reshape(-1, height).T
    rows = np.flatnonzero(crop.any(1))
    return np.ascontiguousarray(crop[rows[0] : rows[-1] + 1]), (first, int(rows[0]))


def _from_polygons(polygons: list[list[float]], image: CocoImage) -> Crop:
    """Draw polygons on a finer grid, then ask how much of each pixel they cover."""
    points = [np.array(polygon, np.float64).reshape(-1, 2) for polygon in polygons]
    corners = np.concatenate(points)
    left, top = np.clip(np.floor(corners.min(0)), 0, [image.width - 1, image.height - 1]).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(0)), [left + 1, top + 1], [image.width, image.height]).astype(int)
    fine = np.zeros(((bottom - top) * OVERSAMPLING, (right - left) * OVERSAMPLING), np.uint8)
    for polygon in points:
        cv2.fillPoly(fine, [np.rint((polygon - (left, top)) * OVERSAMPLING - 0.5).astype(np.int32)], 1)
    area = fine.reshape(bottom - top, OVERSAMPLING, right - left, OVERSAMPLING).sum((1, 3), dtype=np.int32)
    # fillPoly draws the outline too, which adds half a fine pixel along an edge: the half is counted with it
    return 2 * area >= OVERSAMPLING * (OVERSAMPLING + 1), (int(left), int(top))
