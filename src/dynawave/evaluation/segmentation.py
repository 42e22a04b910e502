"""Measures over the classes of pixels: IoU by class and on average, in the strict manner and in the published one.

Strict: pixels of all images are pooled, so a class counts by its area. Published for NEU-Seg (Sime et al., 2023 and
2024): the mean over images and classes, sound metal left out, of the IoU on an image, where a class that neither the
truth nor the call has on an image counts 1. That is lenient, and comparable with such figures only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
"""Pixels by true (rows) and called class (columns), 0 sound and k + 1 class k, [classes + 1, classes + 1]."""


@dataclass(frozen=True, slots=True)
class ClassIou:
    """Of the pixels of a class: share of the true ones that are called so (recall), and IoU; None where it has none."""

    name: str
    iou: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Measures over pixels of classes; None where they have no meaning.

    Attributes:
        miou: mean IoU of the classes that the set has, without sound metal.
        miou_with_sound: the same with sound metal as a class.
        pixel_accuracy: share of the pixels that are called what they are.
        miou_per_image: in the published manner.
        recall: share of the pixels of a class that are called so, mean over the classes with sound metal.
        f1: harmonic mean of their precision and recall (Dice), mean like it.
        by_class: sound metal first.
    """

    miou: float | None
    miou_with_sound: float | None
    pixel_accuracy: float | None
    miou_per_image: float | None
    recall: float | None
    f1: float | None
    by_class: list[ClassIou]


def count_pixels(truth: NDArray[Any], called: NDArray[Any], classes: int) -> Counts:
    """Count the pixels of a film, both [height, width]."""
    size = classes + 1
    cells = np.bincount((truth.astype(np.int64) * size + called).ravel(), minlength=size * size)
    return np.asarray(cells.reshape(size, size), np.int64)


def class_ious(counts: Counts) -> list[float | None]:
    """Intersection over union of each class of flaws; None where neither truth nor call has it."""
    both, union = _overlap(counts)
    return [float(b / u) if u else None for b, u in zip(both[1:], union[1:], strict=True)]


def measure_segmentation(films: NDArray[np.int64], names: Sequence[str]) -> Segmentation:
    """The measures of a set.

    Args:
        films: `Counts` of each, [films, classes + 1, classes + 1].
        names: of the classes of flaws.
    """
    counts = films.sum(0)
    both, union = _overlap(counts)
    true = counts.sum(1)
    by_class = [
        ClassIou(name, float(b / u) if t else None, float(b / t) if t else None)
        for name, b, u, t in zip(("sound", *names), both, union, true, strict=True)
    ]
    figures = pooled_figures(films, np.ones(len(films)))
    known = {name: None if np.isnan(value) else value for name, value in figures.items()}
    return Segmentation(**known, by_class=by_class)


def pooled_figures(films: NDArray[np.int64], weights: NDArray[np.float64]) -> dict[str, float]:
    """The means of `Segmentation`, by their names, of films that count as often as `weights` [films] says."""
    counts = np.tensordot(weights, films, 1)
    both, union = _overlap(counts)
    true, present = counts.sum(1), np.flatnonzero(films.sum((0, 2)))
    flawed = present[present > 0]
    ious = np.divide(both, union, out=np.full(len(both), np.nan), where=union > 0)
    recalls = np.divide(both, true, out=np.full(len(both), np.nan), where=true > 0)
    ones, unions = _overlap(films)
    each = np.divide(ones, unions, out=np.ones(ones.shape), where=unions > 0)[:, flawed]
    return {
        "miou": _mean(ious[flawed]),
        "miou_with_sound": _mean(ious[present]),
        "pixel_accuracy": float(both.sum() / counts.sum()) if counts.sum() else float("nan"),
        "miou_per_image": float(np.average(each.mean(1), weights=weights)) if each.size else float("nan"),
        "recall": _mean(recalls[present]),
        "f1": _mean((2 * ious / (1 + ious))[present]),
    }


def _overlap(counts: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Intersection and union of each class, [..., classes + 1]."""
    both = np.diagonal(counts, axis1=-2, axis2=-1)
    return both, counts.sum(-1) + counts.sum(-2) - both


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
