"""What a corruption is, and how it is laid on an image at the image's own depth."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoDataset
from dynawave.evaluation.corruptions.rescan import rescan_dataset
from dynawave.records import WeldImage

PIXEL_MM: Final = 0.05
"""What a pixel is taken for where a film does not say it: the usual step of a film digitiser."""
DEPTHS: Final = (8, 10, 12, 14, 16)

Unit = NDArray[np.float32]
Change = Callable[[Unit, float, float, Generator], Unit]
"""From grey values 0 (black) to 1 (white), [height, width] or [height, width, 3], the level, the edge of a pixel in mm
and a stream of random numbers to grey values of the same kind; what leaves 0-1 is clipped."""


@dataclass(frozen=True, slots=True)
class Corruption:
    """A way in which films go wrong.

    Attributes:
        name: one word.
        unit: of the levels.
        levels: of severities 1 to 5.
        reason: where these levels come from, in a sentence.
        change: does it.
        resizes: the level is the new pixel's edge over the old one's.
    """

    name: str
    unit: str
    levels: tuple[float, float, float, float, float]
    reason: str
    change: Change
    resizes: bool = False

    def level(self, severity: int) -> float:
        """The level of a severity from 1 to 5."""
        return self.levels[severity - 1]


def corrupt(image: WeldImage, corruption: Corruption, severity: int, seed: int = 0) -> WeldImage:
    """The image with a corruption, of the same number type and range of grey values.

    Args:
        image: any that `read_image` gives; where its pixel size is unknown, lengths are those of 0.05 mm a pixel.
        corruption: one of `CORRUPTIONS`.
        severity: 1 to 5.
        seed: number of the series of random marks.
    """
    level, pixels = corruption.level(severity), image.pixels
    black, white = grey_limits(pixels)
    unit = (pixels.astype(np.float32) - np.float32(black)) / np.float32(white - black)
    unit = np.nan_to_num(unit, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
    rng = np.random.default_rng([seed, crc32(corruption.name.encode()), crc32(image.name.encode())])
    unit = np.clip(corruption.change(unit, level, image.pixel_size_mm or PIXEL_MM, rng), 0, 1)
    grey = unit * np.float32(white - black) + np.float32(black)
    changed = (np.rint(grey) if pixels.dtype.kind == "u" else grey).astype(pixels.dtype)
    pitch = level if corruption.resizes else 1.0
    return replace(image, pixels=changed, pixel_size_mm=image.pixel_size_mm and image.pixel_size_mm * pitch)


def corrupt_dataset(dataset: CocoDataset, corruption: Corruption, severity: int) -> CocoDataset:
    """The set with sizes, boxes and masks as they are on the corrupted films; its files stay what they are."""
    return rescan_dataset(dataset, corruption.level(severity)) if corruption.resizes else dataset


def grey_limits(pixels: NDArray[Any]) -> tuple[float, float]:
    """Black and white: 0 and the greatest number of the digitiser's bits, or the extremes of floating-point pixels."""
    if pixels.dtype.kind == "u":
        greatest = int(pixels.max())
        return 0.0, float(next(2**bits - 1 for bits in DEPTHS if greatest < 2**bits))
    finite = pixels[np.isfinite(pixels)]
    return float(finite.min()), float(finite.max())
