"""Recall by what makes a flaw hard to see: its size and its contrast against the noise around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoAnnotation
from dynawave.datasets.raster import Crop
from dynawave.evaluation.detection import SIDES, Matches

CONTRASTS: Final = (1.5, 3.0)
GAP: Final = 2
RING: Final = 8


@dataclass(frozen=True, slots=True)
class Group:
    """Flaws of a kind: what they share, their number, and the share of them that was hit (None for no flaws)."""

    label: str
    flaws: int
    hit: float | None


def side(annotation: CocoAnnotation) -> float:
    """Side in pixels of the square that has the area of the flaw's box."""
    return float(np.sqrt(annotation.bbox[2] * annotation.bbox[3]))


def recall_by_side(matches: Matches, false_calls: float = 5) -> list[Group]:
    """Share of the flaws hit at some false calls a film, by their side: under 16, 16 to 32, from 32 px."""
    return _groups([side(flaw) for flaw in matches.flaws], matches.hits(false_calls), SIDES, " px")


def recall_by_contrast(matches: Matches, contrasts: Sequence[float], false_calls: float = 5) -> list[Group]:
    """Share of the flaws hit, by `contrasts`, the contrast-to-noise ratio of each of `matches.flaws`."""
    return _groups(contrasts, matches.hits(false_calls), CONTRASTS, "")


def contrast_to_noise(grey: NDArray[np.float32], flaw: Crop, flawed: NDArray[np.bool_]) -> float:
    """Difference of mean grey value between a flaw and the ring around it, over the ring's standard deviation.

    Args:
        grey: the film, [height, width].
        flaw: the flaw's mask.
        flawed: where the film has any flaw; these pixels are left out of the ring.

    Returns:
        The ratio, 0 or more; NaN where no sound ring is left.
    """
    mask, (x, y) = flaw
    reach = GAP + RING
    top, left = max(y - reach, 0), max(x - reach, 0)
    window = np.s_[top : y + mask.shape[0] + reach, left : x + mask.shape[1] + reach]
    values, others = grey[window], flawed[window]
    inside = np.zeros(values.shape, np.uint8)
    inside[y - top : y - top + mask.shape[0], x - left : x - left + mask.shape[1]] = mask
    ring = (_grow(inside, reach) & ~_grow(inside, GAP) & ~others).astype(np.bool_)
    if ring.sum() < RING or not inside.any():
        return float("nan")
    noise = max(float(values[ring].std()), 1e-12)
    return abs(float(values[inside > 0].mean()) - float(values[ring].mean())) / noise


def _grow(mask: NDArray[np.uint8], pixels: int) -> NDArray[np.bool_]:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return np.asarray(cv2.dilate(mask, kernel) > 0)


def _groups(values: Sequence[float], hit: NDArray[Any], edges: tuple[float, float], unit: str) -> list[Group]:
    """Recall under, between and from the two edges; NaN values belong to no group."""
    low, high = edges
    of = np.asarray(values, np.float64)
    chosen = {
        f"under {low:g}{unit}": of < low,
        f"{low:g} to {high:g}{unit}": (of >= low) & (of < high),
        f"from {high:g}{unit}": of >= high,
    }
    return [
        Group(label, int(members.sum()), float(hit[members].mean()) if members.any() else None)
        for label, members in chosen.items()
    ]
