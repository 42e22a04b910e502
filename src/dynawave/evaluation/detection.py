"""Measures over boxes: average precision (COCO protocol) and FROC, the share of flaws hit at some false calls a film.

A call hits a flaw when their boxes overlap with an IoU of 0.1 or more, or when the call's centre lies in the flaw's
box; a call that hits no flaw is a false call. Several calls on one flaw count once and are not false. Where a set has
flaws of one class only, the class of a call is ignored.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final, TypedDict

import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoAnnotation, CocoDataset
from dynawave.errors import DatasetError

MAX_CALLS: Final = 1000
"""Calls an image that average precision looks at: a long film holds hundreds of flaws, COCO's 100 would cut them."""
IOUS: Final = (0.3, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
HIT_IOU: Final = 0.1
SIDES: Final = (16.0, 32.0)
"""Sides in pixels that part flaws into small, middling and large; a side is that of the square with the box's area."""
RANGES: Final = {
    "under 16 px": (0.0, SIDES[0] ** 2 - 1e-6),
    "16 to 32 px": (SIDES[0] ** 2, SIDES[1] ** 2 - 1e-6),
    "from 32 px": (SIDES[1] ** 2, 1e10),
}
"""Areas of boxes of these sides."""
FALSE_CALLS: Final = (1, 5, 20)
HIT_PERCENT: Final = (50, 70, 80, 90)


class Detection(TypedDict):
    """A call in COCO's results format; `bbox` is (x, y, width, height) in pixels."""

    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True, slots=True)
class Precision:
    """Average precision at IoU 0.3, at 0.5, and on average over 0.5, 0.55, ... 0.95; NaN for a set without flaws.

    Attributes:
        ap30: see above.
        ap50: see above.
        ap: see above.
        by_side: the three over flaws of the sides that `SIDES` part (flaws and false calls of other sides are left
            out), by label.
        by_class: the three over each class, by name.
    """

    ap30: float
    ap50: float
    ap: float
    by_side: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    by_class: dict[str, tuple[float, float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Matches:
    """Which calls hit which flaws, at any score.

    Attributes:
        images: number of images (films).
        flaws: the flaws, crowd regions left out.
        best: highest score of a call that hits each flaw, [flaws]; -infinity where none does.
        false: scores of the false calls, falling.
        false_images: place in the set of the image of each of these.
    """

    images: int
    flaws: tuple[CocoAnnotation, ...]
    best: NDArray[np.float64]
    false: NDArray[np.float64]
    false_images: NDArray[np.intp]

    def hits(self, false_calls: float) -> NDArray[np.bool_]:
        """Which flaws are hit, [flaws], at the best score threshold with no more than this many false calls a film."""
        allowed = int(false_calls * self.images)
        threshold = self.false[allowed] if len(self.false) > allowed else -np.inf
        return np.asarray(self.best > threshold)

    def froc(self, false_calls: float) -> float:
        """Share of the flaws that are hit at this many false calls a film; NaN without flaws."""
        return float(self.hits(false_calls).mean()) if self.flaws else float("nan")

    def false_calls(self, share: float) -> float:
        """False calls a film at the highest score threshold that hits this share (0-1) of the flaws.

        NaN without flaws, and where no threshold hits so many.
        """
        wanted = _wanted(share, len(self.flaws))
        threshold = -np.sort(-self.best)[wanted - 1] if wanted else -np.inf
        return float((self.false >= threshold).sum() / self.images) if threshold > -np.inf else float("nan")


def precision_at(percent: int, flaws: int, images: int, false_calls: float | None) -> float | None:
    """Share of the calls that are true at the threshold that hits this share of the flaws, so that recalls are equal.

    Every flaw that is hit counts as one true call.

    Args:
        percent: share of the flaws.
        flaws: of the set.
        images: of the set.
        false_calls: an image at that threshold (`Matches.false_calls`), or None where no threshold hits so many.

    Returns:
        the precision; 0 where no threshold hits so many, as in average precision; None without flaws.
    """
    if not flaws:
        return None
    if false_calls is None:
        return 0.0
    hit = _wanted(percent / 100, flaws)
    return hit / (hit + false_calls * images)


def _wanted(share: float, flaws: int) -> int:
    """The fewest of the flaws that are this share (0-1) of them."""
    return ceil(share * flaws - 1e-9)


def average_precision(dataset: CocoDataset, detections: Sequence[Detection]) -> Precision:
    """Average precision over boxes with up to 1000 calls an image, on average over the classes that have flaws.

    Raises:
        DatasetError: a call names an image that is not in the set.
    """
    from faster_coco_eval import COCO, COCOeval_faster

    _check_images(dataset, detections)
    if not dataset.annotations:
        return Precision(float("nan"), float("nan"), float("nan"))
    if not detections:
        return Precision(0.0, 0.0, 0.0)
    truth = COCO(_coco_document(dataset))
    single = single_class(dataset)
    results = [
        dict(d, bbox=list(d["bbox"]), category_id=d["category_id"] if single is None else single) for d in detections
    ]
    evaluation = COCOeval_faster(truth, truth.loadRes(results), "bbox", print_function=_silent)
    evaluation.params.iouThrs = np.array(IOUS)
    evaluation.params.maxDets = [1, 100, MAX_CALLS]
    evaluation.params.areaRng = [(0.0, 1e10), *RANGES.values()]
    evaluation.params.areaRngLbl = ["all", *RANGES]
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][..., -1]  # [IoU, recall, class, range]
    names = {category.id: category.name for category in dataset.categories}
    return Precision(
        *_means(precision[..., 0]),
        by_side={label: _means(precision[..., place]) for place, label in enumerate(RANGES, 1)},
        by_class={names[i]: _means(precision[:, :, k, 0]) for k, i in enumerate(evaluation.params.catIds)},
    )


def match(dataset: CocoDataset, detections: Sequence[Detection]) -> Matches:
    """Find which calls hit which flaws.

    Raises:
        DatasetError: a call names an image that is not in the set.
    """
    _check_images(dataset, detections)
    single = single_class(dataset)
    calls: dict[int, list[Detection]] = defaultdict(list)
    for detection in detections:
        calls[detection["image_id"]].append(detection)
    flaws: list[CocoAnnotation] = []
    best, false, images = [np.empty(0)], [np.empty(0)], [np.empty(0, np.intp)]
    for place, image in enumerate(dataset.images):
        here = [a for a in dataset.annotations_of(image) if not a.iscrowd]
        found = calls[image.id]
        scores = np.array([d["score"] for d in found], np.float64)
        hit = hit_by_place(as_boxes([d["bbox"] for d in found]), as_boxes([a.bbox for a in here]))
        if single is None:
            kinds = np.array([d["category_id"] for d in found])[:, None]
            hit &= kinds == np.array([a.category_id for a in here])[None]
        flaws += here
        best.append(np.where(hit, scores[:, None], -np.inf).max(0, initial=-np.inf))
        false.append(scores[~hit.any(1)])
        images.append(np.full(len(false[-1]), place))
    falling = np.argsort(-np.concatenate(false), kind="stable")
    return Matches(
        len(dataset.images),
        tuple(flaws),
        np.concatenate(best),
        np.concatenate(false)[falling],
        np.concatenate(images)[falling],
    )


def box_iou(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of each box [n, 4] with each of the others [m, 4] (x, y, width, height): [n, m]."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum((first[:, :2] + first[:, 2:])[:, None], (second[:, :2] + second[:, 2:])[None])
    overlap = np.maximum(high - low, 0).prod(2)
    union = first[:, 2:].prod(1)[:, None] + second[:, 2:].prod(1)[None] - overlap
    return np.asarray(np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0))


def hit_by_place(calls: NDArray[np.float64], flaws: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which call [n, 4] hits which flaw [m, 4] (x, y, width, height), by place alone: [n, m]."""
    centres = (calls[:, :2] + calls[:, 2:] / 2)[:, None]
    inside = (centres >= flaws[:, :2]) & (centres <= flaws[:, :2] + flaws[:, 2:])
    return np.asarray((box_iou(calls, flaws) >= HIT_IOU) | inside.all(2))


def as_boxes(boxes: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Boxes as an array [n, 4], also when there are none."""
    return np.array(boxes, np.float64).reshape(-1, 4)


def single_class(dataset: CocoDataset) -> int | None:
    """The category of all flaws, when they have one; None when they have several."""
    found = {annotation.category_id for annotation in dataset.annotations}
    return found.pop() if len(found) == 1 else None


def _check_images(dataset: CocoDataset, detections: Sequence[Detection]) -> None:
    strange = {d["image_id"] for d in detections} - {image.id for image in dataset.images}
    if strange:
        raise DatasetError(f"{dataset.root}: the results name image {min(strange)}, which is not in the set.")


def _coco_document(dataset: CocoDataset) -> dict[str, object]:
    """The set in the evaluator's terms; annotations are numbered from 1, as COCO loses matches of number 0.

    Their area is that of their box, as of calls, so that both belong to a range of sides by the same rule.
    """
    annotations = [
        a.model_dump(include={"image_id", "category_id", "iscrowd"})
        | {"id": number, "bbox": list(a.bbox), "area": a.bbox[2] * a.bbox[3]}
        for number, a in enumerate(dataset.annotations, 1)
    ]
    images = [image.model_dump(include={"id", "file_name", "width", "height"}) for image in dataset.images]
    categories = [category.model_dump(include={"id", "name"}) for category in dataset.categories]
    return {"images": images, "categories": categories, "annotations": annotations}


def _means(precision: NDArray[np.float64]) -> tuple[float, float, float]:
    """At IoU 0.3, at 0.5 and over 0.5 to 0.95, of [IoU, ...]."""
    return _mean(precision[0]), _mean(precision[1]), _mean(precision[1:])


def _mean(precision: NDArray[np.float64]) -> float:
    valid = precision[precision > -1]
    return float(valid.mean()) if valid.size else float("nan")


def _silent(*_: object) -> None:
    """The evaluator prints its progress; we do not."""
