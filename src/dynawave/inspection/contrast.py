"""Contrast of what was found over the film's grain, and how it tempers scores: what nobody can see is no sure call.

The network sees a film in units of its local spread and so finds spots that no inspector would outline. How far a
flaw stands out is measured on the film itself, in units of the grain, as Rose's criterion does.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.images.normalise import FLOOR, grey_range
from dynawave.inspection.decode import Detection
from dynawave.inspection.masks import Mask
from dynawave.inspection.settings import DecodeSettings

GRAIN: Final = 2.0
"""Structure finer than this many pixels is grain."""

RING: Final = (1, 6)
"""The sound metal that a flaw is compared with lies between these distances in pixels from its mask."""

Grey = NDArray[np.float32]


def film_noise(grey: Grey) -> float:
    """Standard deviation of the film's grain, from the median deviation, which flaws and edges do not move.

    Args:
        grey: float32 [height, width] at any scale.

    Returns:
        In grey values; at least a share of the film's range, for a film without grain has digitisation steps.
    """
    fine = cv2.absdiff(grey, cv2.GaussianBlur(grey, (0, 0), GRAIN))
    step = max(1, math.isqrt(grey.size // 250_000))
    low, high = grey_range(grey)
    return max(1.4826 * float(np.median(fine[::step, ::step])), FLOOR * (high - low))


def contrast_to_noise(grey: Grey, noise: float, mask: Mask) -> float:
    """Difference between the mean of a mask and the median about it, over the grain; 0 where nothing lies about it."""
    (x, y), (rows, columns) = mask.offset, mask.pixels.shape
    gap, reach = RING
    left, top = min(x, reach), min(y, reach)
    values = grey[y - top : y + rows + reach, x - left : x + columns + reach]
    inside = np.zeros(values.shape, np.uint8)
    inside[top : top + rows, left : left + columns] = mask.pixels
    near, far = (cv2.dilate(inside, np.ones((2 * px + 1,) * 2, np.uint8)) > 0 for px in (gap, reach))
    ring: NDArray[Any] = values[far & ~near]
    if not ring.size:
        return 0.0
    return abs(float(values[inside > 0].mean()) - float(np.median(ring))) / noise


def temper(found: Sequence[Detection], grey: Grey, settings: DecodeSettings) -> list[Detection]:
    """Weigh every score by 1 - exp(-contrast / `visible_cnr`); what falls under the threshold goes.

    Args:
        found: as `decode` gives it.
        grey: the film, float32 [height, width].
        settings: threshold and `visible_cnr`.

    Returns:
        The detections with their contrast, by falling score.
    """
    noise = film_noise(grey) if found else 1.0
    weighed = []
    for flaw in found:
        cnr = contrast_to_noise(grey, noise, flaw.mask)
        visible = 1 - math.exp(-cnr / settings.visible_cnr) if settings.visible_cnr else 1.0
        if (score := flaw.score * visible) >= settings.score_threshold:
            weighed.append(replace(flaw, score=score, cnr=cnr))
    return sorted(weighed, key=lambda flaw: -flaw.score)
