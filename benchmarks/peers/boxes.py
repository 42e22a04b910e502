"""From scored boxes to calls: what every peer that gives boxes has in common."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.evaluation.calls import LEAST_SCORE, Call
from dynawave.records import WeldImage

IOU: Final = 0.6
"""Of two boxes of one class that overlap more, the weaker goes."""
STRONGEST: Final = 1000
"""Calls on an image, as of our own network."""


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
    strongest = sorted(np.ravel(kept).astype(int).tolist(), key=lambda index: -chances[index])[:STRONGEST]
    return tuple(_call(cut[index], float(chances[index]), names[kinds[index]]) for index in strongest)


def _call(box: NDArray[np.float64], score: float, name: str) -> Call:
    x, y, width, height = (float(side) for side in box)
    return Call((x, y, width, height), min(score, 1.0), name)
