"""Measures over whole images: is each named right, and is it right what classes are on it?

Named (`ImageKinds`), in a set with one class an image, by the model's image scores: the truth of an image is the class
of its flaws, or "sound". An image is called by its highest score, or "sound" where that lies under a threshold; as for
regions (`dynawave.evaluation.classification`), the threshold is the best one of the other half of the films. In a set
without sound images none is called sound.

On it (`Presence`), in any set: each class is asked for by itself, by the model's image score of it or else by its
surest call. Thresholds as before, one a class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoDataset
from dynawave.evaluation.calls import Call
from dynawave.evaluation.classification import Kinds, KindScores, Regions, macro, measure_kinds
from dynawave.evaluation.film import Film

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


@dataclass(frozen=True, slots=True)
class Presence:
    """What is on an image at all: means over the classes that some images have and others have not.

    Attributes:
        accuracy: share of the images of which it is said rightly whether the class is on them.
        precision: of the images that are said to have it, the share that does.
        recall: of the images that have it, the share that is said to.
        f1: harmonic mean of the two.
        auc: of the scores.
        by_class: each such class; `flaws` counts images.
    """

    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    auc: float | None
    by_class: list[KindScores]


def find_presence(dataset: CocoDataset, films: Sequence[Film]) -> dict[str, Regions]:
    """The images as regions of each class by itself, of those that some images have and others have not.

    Args:
        dataset: its categories are the classes.
        films: of its images; of each how sure every class is on it, or where the model does not say, its calls.
    """
    names = [category.name for category in dataset.categories]
    truth = np.zeros((len(dataset.images), len(names)), np.bool_)
    for place, image in enumerate(dataset.images):
        truth[place, [dataset.class_index[a.category_id] for a in dataset.annotations_of(image)]] = True
    said = [film.image_scores or _surest(film.calls, names) for film in films]
    values = np.array([[score.get(name, 0.0) for name in names] for score in said]).reshape(truth.shape)
    asked = np.flatnonzero(truth.any(0) & ~truth.all(0))
    return {names[k]: _one(truth[:, k], values[:, k]) for k in asked.tolist()}


def measure_presence(classes: Mapping[str, Regions]) -> Presence | None:
    """The measures of presence, of what `find_presence` gives; None where no class is on some images only."""
    if not classes:
        return None
    found = [measure_kinds(images, [name], [None]) for name, images in classes.items()]
    return Presence(
        accuracy=macro([kinds.accuracy for kinds in found]),
        precision=macro([kinds.precision for kinds in found]),
        recall=macro([kinds.recall for kinds in found]),
        f1=macro([kinds.f1 for kinds in found]),
        auc=macro([kinds.auc for kinds in found]),
        by_class=[kinds.by_class[0] for kinds in found],
    )


def _surest(calls: Sequence[Call], names: Sequence[str]) -> dict[str, float]:
    """The score of the surest call of each class; of a set of one class every call is of it."""
    best: dict[str, float] = {}
    for call in calls:
        name = names[0] if len(names) == 1 else call.name
        best[name] = max(best.get(name, 0.0), call.score * (call.class_score if len(names) > 1 else 1))
    return best


def _one(present: NDArray[np.bool_], scores: NDArray[np.float64]) -> Regions:
    """The images as regions of one class, sound where it is not."""
    return Regions((~present).astype(np.int64), scores, scores[:, None], np.arange(len(present)))
