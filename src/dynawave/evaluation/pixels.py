"""Measures over pixels pooled from all images: average precision, AUROC and best F1 of a probability map."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LEVELS: Final = 65536
COARSE: Final = 1024
"""Levels that are enough to see how far films differ."""
RANGES: Final = 100

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PixelScores:
    """Measures over pixels; NaN when there is no flaw or no sound metal.

    Attributes:
        ap: area under the precision-recall steps; pixels of equal probability are one step.
        auroc: area under the receiver operating characteristic.
        best_f1: highest F1 over all thresholds.
        best_threshold: probability from which on pixels are flaws at the best F1.
    """

    ap: float
    auroc: float
    best_f1: float
    best_threshold: float


class PixelHistogram:
    """Counts flawed and sound pixels by probability, image by image, so that memory stays small.

    Attributes:
        flawed: pixels of flaws by level, at rising probability, [levels].
        sound: pixels of sound metal.
    """

    def __init__(self, flawed: Counts | None = None, sound: Counts | None = None) -> None:
        self.flawed = np.zeros(LEVELS, np.int64) if flawed is None else flawed
        self.sound = np.zeros(LEVELS, np.int64) if sound is None else sound

    def add(self, probability: NDArray[Any], truth: NDArray[np.bool_]) -> None:
        """Count an image: probability [height, width] as uint16 (65535 = 1) or float 0-1, and where its flaws are."""
        levels = to_uint16(probability)
        self.flawed += np.bincount(levels[truth], minlength=LEVELS)
        self.sound += np.bincount(levels[~truth], minlength=LEVELS)

    def join(self, other: "PixelHistogram") -> None:
        """Add what another has counted."""
        self.flawed += other.flawed
        self.sound += other.sound

    def coarse(self, levels: int = COARSE) -> "PixelHistogram":
        """The same counts in fewer levels, which divide 65536."""
        return PixelHistogram(self.flawed.reshape(levels, -1).sum(1), self.sound.reshape(levels, -1).sum(1))

    def scores(self) -> PixelScores:
        """The measures over all pixels counted so far."""
        levels = len(self.flawed)
        hits, false = np.cumsum(self.flawed[::-1]), np.cumsum(self.sound[::-1])  # at falling thresholds
        flawed, sound = hits[-1], false[-1]
        if not flawed or not sound:
            return PixelScores(*[float("nan")] * 4)
        recall, false_rate = hits / flawed, false / sound
        precision = hits / np.maximum(hits + false, 1)
        f1 = 2 * hits / (hits + false + flawed)
        best = int(f1.argmax())
        return PixelScores(
            ap=float(np.sum(np.diff(recall, prepend=0) * precision)),
            auroc=float(np.sum(np.diff(false_rate, prepend=0) * (recall + np.r_[0, recall[:-1]]) / 2)),
            best_f1=float(f1[best]),
            best_threshold=(levels - 1 - best) / (levels - 1),
        )

    def calibration_error(self) -> float:
        """Mean distance of the probability from the share of flawed pixels, over 100 ranges of it; NaN without any."""
        total = self.flawed + self.sound
        if not total.any():
            return float("nan")
        probability = np.arange(len(total)) / (len(total) - 1)
        ranges = np.minimum((probability * RANGES).astype(np.int64), RANGES - 1)
        claimed = np.bincount(ranges, probability * total, RANGES)
        return float(np.abs(claimed - np.bincount(ranges, self.flawed, RANGES)).sum() / total.sum())


def to_uint16(probability: NDArray[Any]) -> NDArray[np.uint16]:
    """Probability in 65536 levels, 65535 = 1, from 0-1 or from such levels themselves."""
    if probability.dtype == np.uint16:
        return probability
    return np.clip(np.rint(probability * 65535.0), 0, 65535).astype(np.uint16)
