"""What every simulator that draws no film hands back: a picture, grey or coloured, and the flaws in it."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.errors import ConfigError
from dynawave.records import WeldContext
from dynawave.simulate.records import SimulatedFlaw
from dynawave.taxonomy import BY_NUMBER

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SimulatedPicture:
    """A picture and what is in it.

    Attributes:
        pixels: uint8 [height, width, 3] (red, green, blue) of a photograph, uint16 [height, width] of a scan.
        pixel_size_mm: edge of a square pixel in mm; None where an axis is a time or the two axes differ.
        flaws: every flaw that shows.
        context: modality and what else is known of the weld.
    """

    pixels: NDArray[Any]
    pixel_size_mm: float | None
    flaws: tuple[SimulatedFlaw, ...]
    context: WeldContext

    def flaw_mask(self) -> Mask:
        """Union of all flaws, boolean [height, width]."""
        mask: NDArray[Any] = np.zeros(self.pixels.shape[:2], bool)
        for flaw in self.flaws:
            (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
            mask[y : y + rows, x : x + columns] |= flaw.mask
        return mask


def check_size(width: int, height: int, sound_share: float) -> None:
    """Refuse a picture that cannot be drawn.

    Raises:
        ConfigError: a side is outside 128 to 4096 pixels, or the share of sound pictures outside 0 to 1.
    """
    if min(width, height) < 128 or max(width, height) > 4096:
        raise ConfigError(f"picture size {width} x {height} is outside 128 to 4096 pixels.")
    if not 0 <= sound_share <= 1:
        raise ConfigError("the share of sound pictures lies outside 0 to 1.")


def cut_flaw(mask: Mask, iso6520: int, size_mm: tuple[float, float], cnr: float) -> SimulatedFlaw:
    """The flaw of a mask [height, width] of the whole picture that has a pixel set.

    `size_mm` is (length, width) of the flaw itself, in any order.
    """
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    crop = mask[y : y + height, x : x + width].copy()
    return SimulatedFlaw(BY_NUMBER[iso6520], crop, (x, y), max(size_mm), min(size_mm), min(cnr, 99.0))
