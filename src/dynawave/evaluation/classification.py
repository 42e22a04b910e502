"""Measures over regions: is each flaw found and named, and is sound metal left alone?

The paper (tables 1 to 5) gives accuracy, precision, recall, F1 and AUC without saying of what. Our reading: every flaw
is a region whose truth is its class, and every window of 128 px without any flaw is one whose truth is "sound".

- A call stands for the flaws that it hits (`dynawave.evaluation.detection`), whatever class it names, and for the sound
  window that its centre lies in if it hits none. False calls in windows with flaws count for average precision only.
- A region's score is that of the surest call that stands for it. Under the threshold it is called sound, from it on by
  the class with the highest score there. A call shares its score among the classes as it is sure of its own (9).
- The threshold is the one that gives the best macro F1 on the other half of the films, so that none is chosen on the
  films that it is used on.

Accuracy is over all regions, sound ones too. Precision, recall, F1 and AUC of a class are one class against all else;
their macro means are over the classes of flaws. Figures are scikit-learn's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.evaluation.calls import Call
from dynawave.evaluation.detection import as_boxes, hit_by_place
from dynawave.images.tiles import Tile, plan_tiles

WINDOW: Final = 128
"""Side in pixels of a window of sound metal."""

CANDIDATES: Final = 50
"""Thresholds among which the best is chosen."""


@dataclass(frozen=True, slots=True)
class KindScores:
    """Measures of one class; None where it has no flaw, and IoU also without a class map."""

    name: str
    flaws: int
    precision: float | None
    recall: float | None
    f1: float | None
    auc: float | None
    iou: float | None


@dataclass(frozen=True, slots=True)
class Kinds:
    """Measures over regions.

    Attributes:
        accuracy: share of the regions, sound windows among them, that are called what they are.
        precision: mean over the classes of flaws; so are recall, f1, auc and miou.
        recall: see precision.
        f1: see precision.
        auc: see precision.
        miou: intersection over union of the class map, without sound metal; None without a map.
        named: of the flaws that are found at all, the share that is given the right class.
        sound: number of sound windows.
        thresholds: of the films at even and at odd places in the set.
        confusion: regions by true class (rows) and called class (columns), sound last.
        by_class: each class.
    """

    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    auc: float | None
    miou: float | None
    named: float | None
    sound: int
    thresholds: tuple[float, float]
    confusion: list[list[int]]
    by_class: list[KindScores]


@dataclass(frozen=True, slots=True)
class Regions:
    """Flaws and sound windows.

    Attributes:
        truth: index of the class, or the number of classes for sound metal, int64 [n].
        found: score of the surest call, 0 without one, [n].
        scores: of each class, [n, classes].
        film: place of its film in the set, [n].
    """

    truth: NDArray[np.int64]
    found: NDArray[np.float64]
    scores: NDArray[np.float64]
    film: NDArray[np.int64]

    @property
    def sound(self) -> int:
        """What `truth` is for sound metal."""
        return int(self.scores.shape[1])

    def called(self, threshold: float | NDArray[np.float64]) -> NDArray[np.int64]:
        """What each region is called, [n]."""
        return np.where(self.found >= threshold, self.scores.argmax(1), self.sound)


def sound_windows(flawed: NDArray[np.bool_]) -> list[Tile]:
    """The windows of a film that have no flaw, from where it has any, [height, width]."""
    height, width = flawed.shape
    return [tile for tile in plan_tiles(height, width, WINDOW, 0) if not flawed[tile.window].any()]


def find_regions(
    dataset: CocoDataset, calls: Iterable[tuple[CocoImage, Sequence[Call]]], windows: Iterable[Sequence[Tile]]
) -> Regions:
    """The regions of all films and what they are scored.

    Args:
        dataset: its categories are the classes.
        calls: on each film; those of other classes are left out, but of a set of one class every call
            is of it.
        windows: `sound_windows` of each film, in the same order.
    """
    index = {category.name: place for place, category in enumerate(dataset.categories)}
    parts = []
    for place, ((image, found), sound) in enumerate(zip(calls, windows, strict=True)):
        flaws = [a for a in dataset.annotations_of(image) if not a.iscrowd]
        known = [call for call in found if call.name in index or len(index) == 1]
        stands = _stands_for(known, as_boxes([flaw.bbox for flaw in flaws]), sound)
        truth = [dataset.class_index[flaw.category_id] for flaw in flaws] + [len(index)] * len(sound)
        score = np.array([call.score for call in known]).reshape(-1, 1)
        shares = np.array([_shares(call, index) for call in known]).reshape(-1, len(index))
        scores = np.where(stands[:, :, None], (score * shares)[:, None], 0).max(0, initial=0)
        parts.append((truth, np.where(stands, score, 0).max(0, initial=0), scores, [place] * len(truth)))
    truths, founds, all_scores, films = zip(*parts, strict=True)
    return Regions(
        np.concatenate(truths).astype(np.int64),
        np.concatenate(founds),
        np.concatenate(all_scores),
        np.concatenate(films).astype(np.int64),
    )


def measure_kinds(regions: Regions, names: Sequence[str], ious: Sequence[float | None]) -> Kinds:
    """The measures of regions; `names` and `ious` of each class."""
    from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

    thresholds = best_thresholds(regions)
    called, truth = regions.called(np.array(thresholds)[regions.film % 2]), regions.truth
    labels = list(range(len(names)))
    figures = precision_recall_fscore_support(truth, called, labels=labels, zero_division=0)
    by_class = []
    for k, (name, precision, recall, f1, flaws) in enumerate(zip(names, *figures, strict=True)):
        known = [float(value) if flaws else None for value in (precision, recall, f1)]
        by_class.append(
            KindScores(name, int(flaws), known[0], known[1], known[2], _auc(truth == k, regions.scores[:, k]), ious[k])
        )
    hit = (truth < regions.sound) & (called < regions.sound)
    return Kinds(
        accuracy=float(accuracy_score(truth, called)) if len(truth) else None,
        precision=macro([kind.precision for kind in by_class]),
        recall=macro([kind.recall for kind in by_class]),
        f1=macro([kind.f1 for kind in by_class]),
        auc=macro([kind.auc for kind in by_class]),
        miou=macro(ious),
        named=float(np.mean(called[hit] == truth[hit])) if hit.any() else None,
        sound=int((truth == regions.sound).sum()),
        thresholds=thresholds,
        confusion=confusion_matrix(truth, called, labels=[*labels, regions.sound]).tolist() if len(truth) else [],
        by_class=by_class,
    )


def best_thresholds(regions: Regions) -> tuple[float, float]:
    """Of the films at even and at odd places, each the best of the other half."""
    odd = regions.film % 2 == 1
    return _best_threshold(regions, odd), _best_threshold(regions, ~odd)


def _stands_for(calls: Sequence[Call], flaws: NDArray[np.float64], windows: Sequence[Tile]) -> NDArray[np.bool_]:
    """Which call [n] stands for which flaw or, after these, sound window, [flaws + windows]."""
    boxes = as_boxes([call.box for call in calls])
    hits = hit_by_place(boxes, flaws)
    centres = (boxes[:, :2] + boxes[:, 2:] / 2)[:, None]
    tiles = as_boxes([(tile.x, tile.y, tile.width, tile.height) for tile in windows])
    inside = ((centres >= tiles[:, :2]) & (centres < tiles[:, :2] + tiles[:, 2:])).all(2)
    return np.hstack([hits, inside & ~hits.any(1, keepdims=True)])


def _shares(call: Call, index: dict[str, int]) -> NDArray[np.float64]:
    """How a call's score is shared among the classes: what it is not sure of goes to the others alike."""
    if len(index) == 1:
        return np.ones(1)
    shares = np.full(len(index), (1 - call.class_score) / (len(index) - 1))
    shares[index[call.name]] = call.class_score
    return shares


def _best_threshold(regions: Regions, part: NDArray[np.bool_]) -> float:
    """The threshold with the best macro F1 on a part of the regions, or on all where the part has no flaw."""
    from sklearn.metrics import f1_score

    if not (regions.truth[part] < regions.sound).any():
        part = np.ones_like(part)
    truth, found, best = regions.truth[part], regions.found[part], regions.scores[part].argmax(1)
    present = np.unique(truth[truth < regions.sound])
    if not len(present) or not found.any():
        return 1.0
    candidates = np.unique(np.quantile(found[found > 0], np.linspace(0, 1, CANDIDATES), method="nearest"))
    f1 = [
        f1_score(
            truth, np.where(found >= t, best, regions.sound), labels=present.tolist(), average="macro", zero_division=0
        )
        for t in candidates
    ]
    return float(candidates[int(np.argmax(f1))])


def _auc(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float | None:
    """Area under the receiver operating characteristic; None where all or none are positive."""
    from sklearn.metrics import roc_auc_score

    return None if positive.all() or not positive.any() else float(roc_auc_score(positive, scores))


def macro(values: Sequence[float | None]) -> float | None:
    """The mean over the classes that have a value."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
