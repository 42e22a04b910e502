"""Boxes from the cells of the maps: scores, peaks, suppression of repeats, votes of the cells within."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.inspection.maps import CELL_STRIDE, DenseMaps, Map
from dynawave.inspection.settings import DecodeSettings

VOTE_WIDTH: Final = 0.05
"""How fast a vote loses weight with the square of what its box and the one voted on do not share."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """`n` boxes: (left, top, right, bottom) and its spread in pixels [n, 4], and scores [n].

    `kinds` is the class index of each [n], or -1 where the pixels are to tell it.
    """

    sides: NDArray[np.float32]
    spread: NDArray[np.float32]
    scores: NDArray[np.float32]
    kinds: NDArray[np.intp]

    def take(self, which: NDArray[np.intp]) -> "Boxes":
        """The boxes of these indices, in their order."""
        return Boxes(self.sides[which], self.spread[which], self.scores[which], self.kinds[which])


def cell_scores(maps: DenseMaps, settings: DecodeSettings) -> Map:
    """Score of a flaw in every cell [h, w]: how sure one of any class is, and how well the box will fit."""
    return _scores(maps, maps.scores.sum(0).clip(0, 1), settings)


def find_boxes(maps: DenseMaps, scores: Map, settings: DecodeSettings) -> Boxes:
    """The boxes of the maps, by falling score, with repeats suppressed: of `cell_scores`, or class by class."""
    if not settings.by_class:
        return _find(maps, scores, -1, settings)
    found = [_find(maps, _scores(maps, flaw, settings), kind, settings) for kind, flaw in enumerate(maps.scores)]
    fields = ("sides", "spread", "scores", "kinds")
    every = Boxes(*(np.concatenate([getattr(boxes, name) for boxes in found]) for name in fields))
    return every.take(np.argsort(-every.scores, kind="stable")[: settings.max_indications])


def _scores(maps: DenseMaps, flaw: Map, settings: DecodeSettings) -> Map:
    return np.asarray(flaw**settings.score_power * maps.iou**settings.iou_power, np.float32)


def _find(maps: DenseMaps, scores: Map, kind: int, settings: DecodeSettings) -> Boxes:
    """The boxes of one score map.

    Only cells whose score is a peak among their eight neighbours stand for a box: the others repeat it, and vote on
    where its sides are.
    """
    peaks = cv2.dilate(scores, np.ones((3, 3), np.uint8))
    which = np.nonzero((scores >= settings.score_threshold) & (scores >= peaks) & (scores > 0))
    # the strongest only, so that a film of noise, or a threshold of 0, takes no longer than a rich one
    order = np.argsort(-scores[which], kind="stable")[: 2 * settings.max_indications]
    rows, columns = (index[order] for index in which)
    sides = _sides(maps, rows, columns)
    found = Boxes(sides, maps.spread[:, rows, columns].T, scores[rows, columns], np.full(len(rows), kind))
    distinct = found.take(_distinct(found, settings.nms_iou)[: settings.max_indications])
    if not settings.vote_iou:
        return distinct
    voted = [_voted(box, maps, scores, settings) for box in distinct.sides]
    return replace(distinct, sides=np.array(voted, np.float32).reshape(-1, 4))


def common_areas(box: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Area that a box [4] has in common with each of others [n, 4], [n]."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    return np.asarray(sides.clip(0).prod(1), np.float32)


def _voted(box: NDArray[np.float32], maps: DenseMaps, scores: Map, settings: DecodeSettings) -> NDArray[np.float32]:
    """The mean [4] of the boxes that agree with a box [4], of the cells within it: those count that are sure of theirs.

    A vote weighs score exp(-(1 - IoU)^2 / `VOTE_WIDTH`) / variance of the side (5). Source: He et al. 2019, variance
    voting.
    """
    left, top, right, bottom = (box / CELL_STRIDE).astype(int)
    window = scores[top : bottom + 1, left : right + 1]
    rows, columns = np.nonzero(window >= settings.score_threshold)
    rows, columns = rows + top, columns + left
    sides = _sides(maps, rows, columns)
    common = common_areas(box, sides)
    areas = (sides[:, 2:] - sides[:, :2]).prod(1) + (box[2:] - box[:2]).prod()
    overlap = common / (areas - common)
    agree = overlap >= settings.vote_iou
    if not agree.any():
        return box
    weight = scores[rows, columns] * np.exp(-((1 - overlap) ** 2) / VOTE_WIDTH)
    weights = weight[agree, None] / maps.spread[:, rows, columns].T[agree] ** 2
    return np.asarray((weights * sides[agree]).sum(0) / weights.sum(0), np.float32)


def _sides(maps: DenseMaps, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float32]:
    """Boxes of cells, within the image and at least one pixel wide and high."""
    left, top, right, bottom = maps.boxes[:, rows, columns]
    x, y = (columns + 0.5) * CELL_STRIDE, (rows + 0.5) * CELL_STRIDE
    x0, y0 = (x - left).clip(0, maps.width - 1), (y - top).clip(0, maps.height - 1)
    x1, y1 = (x + right).clip(x0 + 1, maps.width), (y + bottom).clip(y0 + 1, maps.height)
    return np.stack([x0, y0, x1, y1], 1).astype(np.float32)


def _distinct(boxes: Boxes, iou: float) -> NDArray[np.intp]:
    """Indices that greedy suppression keeps, by falling score."""
    if not len(boxes.scores):
        return np.zeros(0, np.intp)
    sized = np.hstack([boxes.sides[:, :2], boxes.sides[:, 2:] - boxes.sides[:, :2]])
    kept = cv2.dnn.NMSBoxes(sized.tolist(), boxes.scores.tolist(), 0.0, iou)
    return np.asarray(kept, np.intp)
