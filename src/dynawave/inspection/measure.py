"""Sizes of a mask in pixels and millimetres."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Size:
    """Length and width (sides of the smallest rectangle around the mask, at any angle) and area, in px and px^2.

    A pixel is a square, not a point: a row of n pixels is n long and 1 wide, so 1 is added to the distance of the
    outermost pixel centres. Along a diagonal this stays true to half a pixel.
    """

    length: float
    width: float
    area: int


def measure(mask: NDArray[np.bool_]) -> Size:
    """Measure a mask with at least one pixel.

    Example:
        >>> measure(np.ones((3, 8), bool))
        Size(length=8.0, width=3.0, area=24)
    """
    # the ends of each row span the same rectangle as all pixels do
    rows = np.flatnonzero(mask.any(1))
    first, last = mask[rows].argmax(1), mask.shape[1] - 1 - mask[rows, ::-1].argmax(1)
    ends = np.stack([np.r_[first, last], np.r_[rows, rows]], 1).astype(np.float32)
    width, length = sorted(cv2.minAreaRect(ends)[1])
    return Size(round(length + 1, 3), round(width + 1, 3), int(np.count_nonzero(mask)))
