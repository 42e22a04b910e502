"""An untrained detector, the floor under every table: dark blobs by a difference of Gaussians over the local noise.

The film blurred by 2 px, less the film blurred by 25 px, in units of its noise; the connected components over a ladder
of thresholds that are no longer than a flaw may be, each scored by its mean above its threshold. A flaw on a sloping
bead lies under its surroundings at one threshold and stands alone at another, so the ladder starts below zero.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.evaluation.calls import Call, Calls
from dynawave.images.normalise import Grey, grey_range, to_grey
from dynawave.records import WeldImage
from dynawave.taxonomy import FLAW

FINE: Final = 2.0
COARSE: Final = 25.0
LADDER: Final = tuple(range(-12, 14, 2))
LEAST_AREA: Final = 12
LONGEST: Final = 120
NMS_IOU: Final = 0.3
MOST: Final = 1000
HALF: Final = 4.0
"""Contrast, in units of the noise, that is given the score 0.5."""


@dataclass(frozen=True, slots=True)
class Blobs:
    """Blobs of a film: probability [height, width] 0-1, boxes (x, y, width, height) [n, 4] and scores 0-1, falling."""

    probability: NDArray[np.float32]
    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]


def blob_detect(grey: Grey) -> Blobs:
    """Find dark blobs in a film, float32 [height, width] at any scale."""
    contrast = -_difference(grey)
    probability = np.zeros(grey.shape, np.float32)
    boxes, scores = [], []
    for threshold in LADDER:
        count, labels, stats, _ = cv2.connectedComponentsWithStats((contrast > threshold).astype(np.uint8))
        area = stats[:, cv2.CC_STAT_AREA]
        sums = np.bincount(labels.ravel(), contrast.ravel(), count)
        score = _squash(sums / np.maximum(area, 1) - threshold)
        # nothing of a film's own width or height is a blob on it
        fits = (area >= LEAST_AREA) & (stats[:, 2:4] < np.minimum(grey.shape[::-1], LONGEST + 1)).all(1)
        fits[0] = False  # what is not over the threshold
        np.maximum(probability, np.where(fits, score, 0)[labels], out=probability)
        boxes.append(stats[fits, :4])
        scores.append(score[fits])
    found, strength = np.concatenate(boxes).astype(np.float32), np.concatenate(scores)
    kept = _distinct(found, strength)
    return Blobs(probability, found[kept], strength[kept])


def blob_detector(image: WeldImage) -> Calls:
    """The blobs of an image as calls of the class "flaw"."""
    blobs = blob_detect(to_grey(image.pixels))
    calls = tuple(
        Call((x, y, width, height), score, FLAW.name)
        for (x, y, width, height), score in zip(blobs.boxes.tolist(), blobs.scores.tolist(), strict=True)
    )
    return Calls(calls, blobs.probability)


def _difference(grey: Grey) -> NDArray[np.float32]:
    """Fine blur less coarse blur, in units of the local noise."""
    fine = cv2.GaussianBlur(grey, (0, 0), FINE)
    noise = np.sqrt(cv2.GaussianBlur((grey - fine) ** 2, (0, 0), COARSE))
    low, high = grey_range(grey)
    return np.asarray((fine - cv2.GaussianBlur(grey, (0, 0), COARSE)) / (noise + 1e-3 * (high - low)), np.float32)


def _distinct(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.intp]:
    """Indices of the strongest boxes, by falling score, without those that repeat a stronger one."""
    if not len(boxes):
        return np.zeros(0, np.intp)
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), 0.0, NMS_IOU)
    return np.asarray(kept, np.intp).reshape(-1)[:MOST]


def _squash(contrast: NDArray[np.float64]) -> NDArray[np.float32]:
    """Contrast to a score 0-1."""
    positive = np.maximum(contrast, 0)
    return np.asarray(positive / (positive + HALF), np.float32)
