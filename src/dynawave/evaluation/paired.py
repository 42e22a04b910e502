"""Two detectors on the same films by their boxes: what is asked before one takes the other's place.

Average precision and hits are those of `dynawave evaluate`; a difference comes with its 95 % interval over films drawn
anew, the same draws for both. Needs nothing beyond the core.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from dynawave.datasets.coco import CocoDataset, in_classes, one_class
from dynawave.evaluation.calls import Call
from dynawave.evaluation.detection import FALSE_CALLS, match
from dynawave.evaluation.evaluate import detections_of
from dynawave.evaluation.uncertainty.bootstrap import Drawn, Measure, differences, redraw
from dynawave.evaluation.uncertainty.precision import WeighedPrecision
from dynawave.evaluation.uncertainty.weighed import weighed_hits

MEASURES: Final = ("ap30", "ap50", *(f"hits.{rate}" for rate in FALSE_CALLS))
"""Average precision at IoU 0.3 and 0.5; share of the flaws hit at some false calls a film."""

Found = Sequence[Sequence[Call]]
"""Calls of each image of a set, in its order."""


@dataclass(frozen=True, slots=True)
class Paired:
    """A measure of two detectors; None where it has no meaning, as without flaws.

    Attributes:
        measure: one of `MEASURES`.
        first: of the first detector.
        second: of the second.
        difference: what the second has more.
        low: lower end of the difference's 95 % interval; None of a single film.
        high: upper end.
        p: two-sided probability of a difference as far from 0 where there is none.
    """

    measure: str
    first: float | None
    second: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


def compare_boxes(
    dataset: CocoDataset, first: Found, second: Found, classes: tuple[Sequence[str], Sequence[str]]
) -> list[Paired]:
    """The measures of two detectors on a set.

    Args:
        dataset: annotated images.
        first: calls of the first detector.
        second: calls of the second.
        classes: names of the classes of each; where they differ, any class counts as "flaw", so that both are asked
            the same.
    """
    same = list(classes[0]) == list(classes[1])
    asked = in_classes(dataset, classes[0]) if same else one_class(dataset)
    (one, drawn), (other, redrawn) = (_measured(asked, found) for found in (first, second))
    between = differences(drawn, redrawn, one, other)
    rows = []
    for name in MEASURES:
        a, b = _known(one[name]), _known(other[name])
        row = Paired(name, a, b, None if a is None or b is None else b - a)
        if name in between and row.difference is not None:
            sure = between[name]
            row = Paired(name, a, b, sure.difference, sure.low, sure.high, sure.p)
        rows.append(row)
    return rows


def _measured(dataset: CocoDataset, found: Found) -> tuple[dict[str, float], Drawn]:
    """The figures of a detector on the films as they are, and on films drawn anew."""
    pairs = zip(dataset.images, found, strict=True)
    detections = [detection for image, calls in pairs for detection in detections_of(dataset, image, calls)]
    matches = match(dataset, detections)
    place = {image.id: number for number, image in enumerate(dataset.images)}
    images = np.array([place[flaw.image_id] for flaw in matches.flaws], np.intp)
    measures: list[Measure] = [WeighedPrecision(dataset, detections), partial(weighed_hits, matches, images)]
    once = np.ones(len(dataset.images))
    figures = {name: value for measure in measures for name, value in measure(once).items()}
    return figures, redraw(measures, [image.group for image in dataset.images])


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
