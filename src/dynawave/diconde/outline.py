"""The outline of a mask as polygons along the edges of its pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.records import Indication

Polygon = NDArray[np.float32]
"""[points, 2] (column, row), closed: the last point is the first. (0, 0) is the image's upper left corner."""


def outlines(indication: Indication) -> list[Polygon]:
    """A polygon for every part of the mask; holes are not told.

    Every pixel is made two by two: where the border of those runs, halved, are the corners of the pixels.
    """
    doubled = indication.mask.astype(np.uint8).repeat(2, 0).repeat(2, 1)
    contours, _ = cv2.findContours(doubled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [_closed((contour[:, 0] + 1) // 2 + np.array(indication.mask_offset)) for contour in contours]


def _closed(points: NDArray[np.int64]) -> Polygon:
    """The polygon without points that follow themselves."""
    closed = np.vstack([points, points[:1]])
    return closed[np.r_[True, np.any(np.diff(closed, axis=0) != 0, 1)]].astype(np.float32)
