"""What an annotator sees on a film and how they outline it: the rules that every simulated mask follows."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.simulate.records import Array

PEN: Final = 1.0
"""Pixels that annotators add on either side of a line."""
LINE: Final = 0.65
"""Contrast over that of a spot from which on the eye follows a line: cracks and root lines of 3 to 5 grey values were
recorded on films of GDXray W0003 (0002, 0032, 0060)."""
GAP: Final = 13
"""Pixels of a line that may be missing without the annotator's lifting the pen."""
LONG: Final = 60
"""Pixels from which on it does."""


@dataclass(frozen=True, slots=True)
class Annotator:
    """How one film is annotated.

    Attributes:
        looseness: how far the line lies outside the visible edge, in pixels.
        visible_grey: least contrast in grey values that is outlined.
        least_cnr: least contrast over the noise, however large the flaw is.
    """

    looseness: float
    visible_grey: float
    least_cnr: float

    def outline(self, shape: Array, contrast: float, noise: float) -> NDArray[np.bool_] | None:
        """The visible extent of a flaw as it is drawn, or None where nobody outlines it.

        Measured on annotated films it ends at a tenth (strong flaws) to 0.4 (faint ones) of the peak, and lines are
        drawn with a broader pen than pores.

        Args:
            shape: contrast at each pixel over that at the core, blurred, [rows, columns], peak 1.
            contrast: at the core, in grey values.
            noise: standard deviation of the grain there, in grey values.
        """
        cnr = contrast / noise
        if cnr < self.least_cnr:
            return None
        mask = (shape > np.clip(0.9 / np.sqrt(cnr), 0.08, 0.4)).astype(np.uint8)
        long, short = sides(mask)
        line = long > 5 * short
        visible = self.visible_grey * (LINE if line and long > LONG else 1)
        if contrast < visible or cnr < visible_contrast(shape, self.least_cnr):
            return None
        if line:  # gaps of a line are drawn through
            disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (GAP, GAP))
            mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc), np.uint8)
        pen = self.looseness + PEN * line
        return np.asarray(cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5) <= pen + 0.25, np.bool_)


def visible_contrast(shape: Array, least: float) -> float:
    """Least contrast-to-noise ratio at which a flaw of this shape (peak 1) is seen: Rose's criterion.

    The eye integrates over the flaw, of which film grain leaves about one independent sample in 25 pixels.
    """
    samples = float((shape**2).sum()) / 25
    return float(np.clip(4 / np.sqrt(max(samples, 1e-3)), least, 3.5))


def sides(mask: NDArray[np.uint8]) -> tuple[float, float]:
    """Longer and shorter side in pixels of the smallest rectangle about a mask."""
    lengths = cv2.minAreaRect(cv2.findNonZero(mask))[1]
    return max(lengths) + 1, min(lengths) + 1


def trimmed(mask: NDArray[np.bool_], x: int, y: int) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    """A mask whose first pixel lies at (x, y), without its empty borders, and where its first pixel lies then."""
    ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return mask[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1].copy(), (x + int(xs[0]), y + int(ys[0]))
