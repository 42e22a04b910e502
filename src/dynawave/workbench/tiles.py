"""Tiles at the screen's 8 bits, rendered from the film's own depth: window, inversion, CLAHE, detail."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal
from uuid import uuid4

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.workbench.pyramid import TILE, Pyramid, Scale

Picture = NDArray[np.uint8]
Format = Literal["png", "jpeg"]
MARGIN: Final = 32
"""Pixels around a tile that the detail filter sees, so that tiles show no seams."""
DETAIL_SIGMA: Final = 6.0
DETAIL_GAIN: Final = 2.0
CLAHE_CELL: Final = 1 / 12
"""Share of the film's longer side that a cell of the local equalisation covers."""
CLAHE_CLIP: Final = 3.0
OPTIONS: Final[dict[Format, list[int]]] = {
    # as it is: to compress grain takes over ten times as long as to store it, for half the bytes
    "png": [cv2.IMWRITE_PNG_COMPRESSION, 0, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE],
    "jpeg": [cv2.IMWRITE_JPEG_QUALITY, 90],
}

_making = Lock()


@dataclass(frozen=True)
class View:
    """How grey values become what is seen; `low` is shown black and `high` white.

    Attributes:
        low: grey value of the film, or None for its 1st percentile.
        high: grey value of the film, or None for its 99th percentile.
        invert: swap black and white.
        clahe: local histogram equalisation of the whole film (contrast-limited, Zuiderveld 1994).
        detail: unsharp masking at the scale that is shown.
    """

    low: float | None = None
    high: float | None = None
    invert: bool = False
    clahe: bool = False
    detail: bool = False


def render(pyramid: Pyramid, level: int, column: int, row: int, view: View) -> Picture | None:
    """A tile [height, width] or [height, width, 3], smaller at the film's border; None where there is none."""
    if not 0 <= level < len(pyramid.levels):
        return None
    height, width = pyramid.levels[level].shape[:2]
    x, y = column * TILE, row * TILE
    if not (0 <= x < width and 0 <= y < height):
        return None
    return crop(pyramid, level, (x, y, min(x + TILE, width), min(y + TILE, height)), view)


def crop(pyramid: Pyramid, level: int, corners: tuple[int, int, int, int], view: View) -> Picture:
    """The part (x0, y0, x1, y1) of a level as it is seen; the corners lie on the level."""
    pixels = _equalised(pyramid, level) if view.clahe else pyramid.levels[level]
    x0, y0, x1, y1 = corners
    facts = pyramid.facts
    if not view.detail:
        return _windowed(pixels[y0:y1, x0:x1], facts.scale, view, facts.robust)
    left, top = max(x0 - MARGIN, 0), max(y0 - MARGIN, 0)
    values = pixels[top : y1 + MARGIN, left : x1 + MARGIN].astype(np.float32)
    values += DETAIL_GAIN * (values - cv2.GaussianBlur(values, (0, 0), DETAIL_SIGMA))
    return _windowed(values[y0 - top : y1 - top, x0 - left : x1 - left], facts.scale, view, facts.robust)


def encode(picture: Picture, kind: Format) -> bytes:
    """The picture as a file."""
    if picture.ndim == 3:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), np.uint8)
    _, data = cv2.imencode(f".{kind}", np.ascontiguousarray(picture), OPTIONS[kind])
    return data.tobytes()


def _windowed(pixels: NDArray[Any], scale: Scale, view: View, robust: tuple[float, float]) -> Picture:
    low = robust[0] if view.low is None else view.low
    high = robust[1] if view.high is None else view.high
    span = max(high - low, 1e-9)
    gain = 255 * scale.step / span
    shift = 255 * (scale.offset - low) / span
    if view.invert:
        gain, shift = -gain, 255 - shift
    if pixels.dtype.itemsize == 1:
        table = np.rint(np.arange(256) * gain + shift).clip(0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(np.ascontiguousarray(pixels), table), np.uint8)
    values = pixels.astype(np.float32)
    values *= np.float32(gain)
    values += np.float32(shift)
    np.rint(values, out=values)
    return values.clip(0, 255, out=values).astype(np.uint8)


def _equalised(pyramid: Pyramid, level: int) -> NDArray[Any]:
    """A level after local equalisation, made on first use; on the film's own scale, so that the window still acts."""
    path = pyramid.folder / f"clahe-{level}.npy"
    if not path.exists():
        with _making:
            if not path.exists():
                _equalise(pyramid, level, path)
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _equalise(pyramid: Pyramid, level: int, path: Path) -> None:
    pixels = pyramid.levels[level]
    low, high = ((value - pyramid.facts.scale.offset) / pyramid.facts.scale.step for value in pyramid.facts.robust)
    gain = 65535 / max(high - low, 1e-9)
    stretched = ((pixels.astype(np.float32) - low) * gain).clip(0, 65535).astype(np.uint16)
    height, width = pixels.shape[:2]
    cell = CLAHE_CELL * max(height, width)
    clahe = cv2.createCLAHE(CLAHE_CLIP, (max(1, round(width / cell)), max(1, round(height / cell))))
    if stretched.ndim == 3:
        stretched = np.stack([clahe.apply(np.ascontiguousarray(stretched[..., k])) for k in range(3)], -1)
    else:
        stretched = np.asarray(clahe.apply(stretched), np.uint16)
    aside = path.with_name(f".{uuid4().hex}.npy")
    np.save(aside, np.rint(stretched / gain + low).clip(0, 65535).astype(np.uint16), allow_pickle=False)
    aside.replace(path)
