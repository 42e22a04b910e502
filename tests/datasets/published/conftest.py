"""Small sets of our own drawing in the layouts of published ones."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.datasets.raster import annotation_mask, instance_map

Draw = Callable[..., NDArray[np.uint8]]

REAL = Path(os.environ.get("DYNAWAVE_DATA", Path(__file__).parents[4] / "shared" / "data"))


@pytest.fixture
def draw() -> Draw:
    """Draw a file: texture of a seed, or the given pixels; and give back the pixels."""

    def drawn(path: Path, pixels: NDArray[np.uint8] | int, size: tuple[int, int] = (40, 30)) -> NDArray[np.uint8]:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(pixels, int):
            coarse = np.random.default_rng(pixels).integers(20, 230, (6, 8), np.uint8)
            pixels = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
        assert cv2.imwrite(str(path), pixels)
        return pixels

    return drawn


def class_mask(dataset: CocoDataset, image: CocoImage) -> NDArray[np.int64]:
    """The class number of every pixel from all annotations one by one, 0 for the ground."""
    mask = np.zeros((image.height, image.width), np.int64)
    for annotation in dataset.annotations_of(image):
        part, (x, y) = annotation_mask(annotation, image)
        place = mask[y : y + part.shape[0], x : x + part.shape[1]]
        assert not place[part].any(), "annotations overlap"
        place[part] = annotation.category_id
    return mask


def trained_mask(dataset: CocoDataset, image: CocoImage) -> NDArray[np.int64]:
    """The same as training and evaluation see it."""
    instances, classes = instance_map(dataset, image)
    return np.r_[0, classes + 1][instances]
