"""What every file format yields, a `Page`, and the checks that all of them share."""

from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dynawave.records import WeldContext

MAX_PIXELS: Final = 400_000_000
MIN_SIDE: Final = 8
# Densities that software writes for screens (1, 1.25, 1.5 and 2 times 96 dpi; 1 and 2 times 72): they measure nothing.
SCREEN_DPI: Final = (72, 96, 120, 144, 192)
# Scanners and detectors for welds lie between 254 and 5 micrometres a pixel.
SCANNER_DPI: Final = (100, 5080)
MM_PER_INCH: Final = 25.4

Pixels = NDArray[Any]


class Refused(Exception):
    """Why an image is not read, as the sentence after the file's name, without its full stop ("is empty")."""


@dataclass(frozen=True, slots=True)
class Page:
    """One image of a file as decoded.

    Attributes:
        pixels: [height, width] or [height, width, 3] (red, green, blue), any number type; larger is brighter.
        spacing_mm: distance of pixel centres in mm along (x, y) where the file states a physical one.
        context: what the file says of the weld.
    """

    pixels: Pixels
    spacing_mm: tuple[float, float] | None = None
    context: WeldContext = field(default_factory=WeldContext)


def check_size(width: int, height: int) -> None:
    """Refuse by the header, before anything is decoded, what is too large (a decompression bomb) or too small."""
    if width * height > MAX_PIXELS:
        raise Refused(f"is {width} x {height} px large, more than the {MAX_PIXELS // 10**6} megapixels that are read")
    if min(width, height) < MIN_SIDE:
        raise Refused(f"is {width} x {height} px small, less than {MIN_SIDE} px on a side")


def spacing_from_density(x: float, y: float, units_per_inch: float) -> tuple[float, float] | None:
    """Pixel spacing in mm of a print density, or None where it cannot be that of a scanner.

    Args:
        x: pixels a unit of length, horizontal.
        y: pixels a unit of length, vertical.
        units_per_inch: 1 for densities an inch, 2.54 an centimetre, 0.0254 a metre.
    """
    dpi = (x * units_per_inch, y * units_per_inch)
    if not all(isfinite(d) and SCANNER_DPI[0] <= d <= SCANNER_DPI[1] for d in dpi):
        return None
    if all(any(abs(d - screen) < 0.5 for screen in SCREEN_DPI) for d in dpi):
        return None
    return MM_PER_INCH / dpi[0], MM_PER_INCH / dpi[1]


def _numbers(pixels: Pixels) -> Pixels:
    """The values that are numbers: all of an integer image, the finite ones of a float image."""
    return pixels[np.isfinite(pixels)] if pixels.dtype.kind == "f" else pixels


def invert(pixels: Pixels) -> Pixels:
    """Swap dark and bright within the range of the values, for files whose lowest value is white."""
    numbers = _numbers(pixels)
    return numbers.max() - (pixels - numbers.min()) if numbers.size else pixels


def settle(pixels: Pixels) -> Pixels:
    """Bring decoded pixels to what `WeldImage` holds: uint8, uint16 or float32; grey where all colours are equal.

    Raises:
        Refused: the pixels are complex, hold no number at all, or one grey value only.
    """
    if pixels.dtype.kind == "c":
        raise Refused("holds complex numbers, which are no grey values")
    if pixels.ndim == 3 and all(np.array_equal(pixels[..., 0], pixels[..., k]) for k in (1, 2)):
        pixels = pixels[..., 0]
    if pixels.dtype == bool:
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    exact = {("u", 1): np.uint8, ("u", 2): np.uint16}.get((pixels.dtype.kind, pixels.dtype.itemsize), np.float32)
    with np.errstate(over="ignore"):
        pixels = np.ascontiguousarray(pixels, exact)
    numbers = _numbers(pixels)
    if not numbers.size:
        raise Refused("holds no number, only NaN")
    if numbers.min() == numbers.max():
        raise Refused("holds one grey value only")
    return pixels
