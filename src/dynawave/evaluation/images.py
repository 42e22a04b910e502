"""Measures over whole images of a set with one class an image: is each named right by the model's image scores?

The truth of an image is the class of its flaws, or "sound". An image is called by its highest score, or "sound" where
that lies under a threshold; as for regions (`dynawave.evaluation.classification`), the threshold is the best one of the
other half of the films. In a set without sound images none is called sound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dynawave.datasets.coco import CocoDataset
from dynawave.evaluation.classification import Kinds, Regions, measure_kinds

TOP: Final = (2, 3)


@dataclass(frozen=True, slots=True)
class ImageKinds:
    """Measures over images.

    Attributes:
        kinds: as of regions; IoU has no meaning here.
        top: share of the images with a flaw whose class is among the k highest scores, by k, below the number of
            classes.
    """

    kinds: Kinds
    top: dict[str, float]


def find_images(dataset: CocoDataset, scores: Sequence[dict[str, float]]) -> Regions | None:
    """The images as regions; None where some have several classes, all have the same, or the model scores none."""
    names = [category.name for category in dataset.categories]
    labels = [{dataset.class_index[a.category_id] for a in dataset.annotations_of(image)} for image in dataset.images]
    if not any(scores) or any(len(label) > 1 for label in labels):
        return None
    truth = np.array([next(iter(label), len(names)) for label in labels], np.int64)
    if len(np.unique(truth)) < 2:
        return None
    values = np.array([[score.get(name, 0.0) for name in names] for score in scores])
    # without sound images every one has a class, however faint its score
    found = values.max(1) if (truth == len(names)).any() else np.ones(len(truth))
    return Regions(truth, found, values, np.arange(len(truth)))


def measure_images(images: Regions, names: Sequence[str]) -> ImageKinds:
    """The measures of images; `names` of the classes."""
    flawed = images.truth < images.sound
    order = np.argsort(-images.scores[flawed], axis=1, kind="stable")
    place = (order == images.truth[flawed, None]).argmax(1)
    top = {str(k): float((place < k).mean()) for k in TOP if k < len(names)}
    return ImageKinds(measure_kinds(images, names, [None] * len(names)), top)
