"""Average precision of images that count more or less often, which the library of the COCO protocol does not know.

Matching and averaging are COCO's, to the last digit (the tests hold it against faster-coco-eval); calls are matched
once, and each draw only adds up anew.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoDataset
from dynawave.evaluation.detection import IOUS, MAX_CALLS, Detection, as_boxes, box_iou, single_class
from dynawave.evaluation.uncertainty.bootstrap import Weights

RECALLS: Final = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Calls of a class by falling score.

    Attributes:
        image: place of each call's image, [calls].
        true: whether each finds a flaw of its own, at each IoU, [IoUs, calls].
        false: whether each finds nothing, not even a crowd, [IoUs, calls].
        flaws: of each image, [images].
    """

    image: NDArray[np.intp]
    true: NDArray[np.float64]
    false: NDArray[np.float64]
    flaws: NDArray[np.float64]

    def average(self, weights: Weights) -> NDArray[np.float64]:
        """Average precision at each IoU, [IoUs]; NaN without flaws."""
        total = weights @ self.flaws
        if not total:
            return np.full(len(IOUS), np.nan)
        if not len(self.image):
            return np.zeros(len(IOUS))
        each = weights[self.image]
        true, false = np.cumsum(self.true * each, 1), np.cumsum(self.false * each, 1)
        recall, precision = true / total, true / (true + false + np.spacing(1))
        best = np.maximum.accumulate(precision[:, ::-1], 1)[:, ::-1]  # precision at this recall or a greater one
        best = np.hstack([best, np.zeros((len(IOUS), 1))])
        return np.array([row[np.searchsorted(r, RECALLS)].mean() for row, r in zip(best, recall, strict=True)])


class WeighedPrecision:
    """AP30, AP50 and AP of a set; to be called with the weights of its images."""

    def __init__(self, dataset: CocoDataset, detections: Sequence[Detection]) -> None:
        single = single_class(dataset)
        calls: dict[tuple[int, int], list[Detection]] = defaultdict(list)
        for call in detections:
            calls[call["image_id"], call["category_id"] if single is None else single].append(call)
        kinds = {annotation.category_id for annotation in dataset.annotations}
        self._classes = [_rank(dataset, calls, kind) for kind in sorted(kinds)]

    def __call__(self, weights: Weights) -> dict[str, float]:
        """The three figures."""
        values = np.array([ranked.average(weights) for ranked in self._classes]).reshape(-1, len(IOUS))
        values = values[~np.isnan(values).any(1)]
        if not len(values):
            return dict.fromkeys(("ap30", "ap50", "ap"), float("nan"))
        at = values.mean(0)
        return {"ap30": float(at[0]), "ap50": float(at[1]), "ap": float(at[1:].mean())}


def _rank(dataset: CocoDataset, calls: dict[tuple[int, int], list[Detection]], kind: int) -> _Ranked:
    scores, places, matched = [np.empty(0)], [np.empty(0, np.intp)], [np.empty((2, len(IOUS), 0))]
    flaws = np.zeros(len(dataset.images))
    for place, image in sorted(enumerate(dataset.images), key=lambda item: item[1].id):
        here = [a for a in dataset.annotations_of(image) if a.category_id == kind]
        single, crowds = [as_boxes([a.bbox for a in here if a.iscrowd == crowd]) for crowd in (0, 1)]
        flaws[place] = len(single)
        found = sorted(calls[image.id, kind], key=lambda call: -call["score"])[:MAX_CALLS]
        scores.append(np.array([call["score"] for call in found]))
        places.append(np.full(len(found), place))
        matched.append(_match(as_boxes([call["bbox"] for call in found]), single, crowds))
    order = np.argsort(-np.concatenate(scores), kind="stable")
    true, false = np.concatenate(matched, 2)[:, :, order]
    return _Ranked(np.concatenate(places)[order], true, false, flaws)


def _match(calls: NDArray[np.float64], flaws: NDArray[np.float64], crowds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Which calls are true and which false, at each IoU, [2, IoUs, calls]; the surest call chooses first."""
    least = np.array(IOUS)
    true = np.zeros((len(IOUS), len(calls)))
    free = np.ones((len(IOUS), len(flaws)), np.bool_)
    for k, overlap in enumerate(box_iou(calls, flaws)) if len(flaws) else ():
        open_to_it = np.where(free, overlap, -1)[:, ::-1]  # of two that it fits as well, the later one
        best = len(flaws) - 1 - open_to_it.argmax(1)
        enough = open_to_it.max(1) >= least
        true[enough, k] = 1
        free[np.flatnonzero(enough), best[enough]] = False
    in_crowd = _covered(calls, crowds)[None] >= least[:, None]
    return np.stack([true, (true == 0) & ~in_crowd])


def _covered(calls: NDArray[np.float64], crowds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Greatest share of each call that lies in one crowd region, [calls]."""
    low = np.maximum(calls[:, None, :2], crowds[None, :, :2])
    high = np.minimum((calls[:, :2] + calls[:, 2:])[:, None], (crowds[:, :2] + crowds[:, 2:])[None])
    return np.asarray((np.maximum(high - low, 0).prod(2) / calls[:, 2:].prod(1)[:, None]).max(1, initial=0))
