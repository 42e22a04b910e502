"""From scored boxes to calls: what every peer that gives boxes has in common."""

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.evaluation.calls import LEAST_SCORE, Call
from dynawave.inspection.settings import DecodeSettings
from dynawave.records import WeldImage

IOU: Final = 0.6
"""Of two boxes of one class that overlap more, the weaker goes."""


def best_boxes(
    boxes: NDArray[np.floating], scores: NDArray[np.floating], names: Sequence[str], image: WeldImage
) -> tuple[Call, ...]:
    """The strongest calls by falling score.

    Args:
        boxes: [n, 4], x, y, width, height in pixels of the image.
        scores: [n, classes].
        names: of the classes.
        image: that the boxes are cut at.
    """
    rows, kinds = np.nonzero(scores >= LEAST_SCORE)
    if not len(rows):
        return ()
    limit = np.array([image.width, image.height])
    low, high = (np.clip(each, 0, limit) for each in (boxes[:, :2], boxes[:, :2] + boxes[:, 2:]))
    cut = np.concatenate([low, high - low], 1)[rows].astype(np.float64)
    chances = scores[rows, kinds].astype(np.float32)
    kept = cv2.dnn.NMSBoxesBatched(cut.tolist(), chances.tolist(), kinds.tolist(), 0.0, IOU)
    return strongest(
        _call(cut[index], float(chances[index]), names[kinds[index]]) for index in np.ravel(kept).astype(int)
    )


def strongest(calls: Iterable[Call]) -> tuple[Call, ...]:
    """By falling score, and no more on an image than our own network makes."""
    return tuple(sorted(calls, key=lambda call: -call.score)[: DecodeSettings().max_indications])


def _call(box: NDArray[np.float64], score: float, name: str) -> Call:
    x, y, width, height = (float(side) for side in box)
    return Call((x, y, width, height), min(score, 1.0), name)
