"""TIFF by tifffile: pages, tiles, strips, 8 to 64 bit, float.

tifffile alone decodes neither LZW, JPEG, fax codes nor the float predictor; OpenCV's libtiff does.
"""

import io
import logging
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from tifffile import COMPRESSION, PHOTOMETRIC, PREDICTOR, TiffFile, TiffPage

from dynawave.images.page import Page, Pixels, Refused, check_size, invert, spacing_from_density

# tifffile logs what it also raises; without this, Python prints it on stderr where no logging is set up
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_PHOTOMETRIC_TAG: Final = 262
_ORIENTATION_TAG: Final = 274
_DEFLATE: Final = (COMPRESSION.ADOBE_DEFLATE, COMPRESSION.DEFLATE)
_BY_TIFFFILE: Final = (COMPRESSION.NONE, COMPRESSION.PACKBITS, *_DEFLATE)
_BY_OPENCV: Final = (
    COMPRESSION.LZW,
    COMPRESSION.JPEG,
    COMPRESSION.CCITTRLE,
    COMPRESSION.CCITTFAX3,
    COMPRESSION.CCITTFAX4,
    *_DEFLATE,
)
_READABLE: Final = (
    PHOTOMETRIC.MINISWHITE,
    PHOTOMETRIC.MINISBLACK,
    PHOTOMETRIC.RGB,
    PHOTOMETRIC.PALETTE,
    PHOTOMETRIC.YCBCR,
)
# TIFF 6.0, tag Orientation: how the stored rows and columns have to be turned for display
_TURNS: Final[dict[int, Callable[[Pixels], Pixels]]] = {
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: np.rot90,
}


def count_pages(path: Path) -> int:
    """Number of full images, without the reduced copies and masks that some writers add."""
    with TiffFile(path) as tiff:
        return len(_full_pages(tiff))


def read_page(path: Path, index: int) -> Page:
    """Decode one page; the orientation is applied, "white is zero" inverted, alpha dropped."""
    with TiffFile(path) as tiff:
        page = _full_pages(tiff)[index]
        _check(page, path.stat().st_size)
        by_tifffile = page.compression in _BY_TIFFFILE and page.predictor != PREDICTOR.FLOATINGPOINT
        pixels = _by_tifffile(page) if by_tifffile else _by_opencv(path, page, index)
        turn = _TURNS.get(_tag(page, _ORIENTATION_TAG, 1))
        if page.photometric == PHOTOMETRIC.MINISWHITE:
            pixels = invert(pixels)
        return Page(turn(pixels) if turn else pixels, _spacing(page))


def _full_pages(tiff: TiffFile) -> list[TiffPage]:
    pages = [page for page in tiff.pages if isinstance(page, TiffPage) and not page.is_reduced and not page.is_mask]
    if not pages:
        raise Refused("holds no image")
    return pages


def _tag(page: TiffPage, code: int, default: Any) -> Any:
    return page.tags[code].value if code in page.tags else default


def _check(page: TiffPage, file_size: int) -> None:
    """Refuse by the header what is too large, of an unknown kind, or cut off."""
    check_size(page.imagewidth, page.imagelength)
    if page.is_tiled:
        check_size(max(page.tilewidth, 8), max(page.tilelength, 8))
    if page.imagedepth > 1:
        raise Refused("is a volume, not an image")
    if page.photometric not in _READABLE:
        raise Refused(f"has pixels of the kind {getattr(page.photometric, 'name', page.photometric)}, not grey or RGB")
    segments = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    if not segments or any(count == 0 or start + count > file_size for start, count in segments):
        raise Refused("is cut off: a part of its pixels is missing")
    if page.compression in _DEFLATE:
        _check_deflate(page)
    elif page.compression not in _BY_TIFFFILE + _BY_OPENCV:
        raise Refused(f"is compressed as {getattr(page.compression, 'name', page.compression)}, which is not read")


def _check_deflate(page: TiffPage) -> None:
    """Inflate each segment within the size that the header states: neither decoder would stop, or check the sum."""
    limit = prod(page.chunks) * np.dtype(page.dtype).itemsize
    file = page.parent.filehandle
    for start, count in zip(page.dataoffsets, page.databytecounts, strict=False):
        file.seek(start)
        inflater = zlib.decompressobj()
        inflater.decompress(file.read(count), limit + 1)
        if not inflater.eof:
            raise Refused("is damaged: its compressed pixels are cut off or too many")


def _by_tifffile(page: TiffPage) -> Pixels:
    """Decode to [height, width] or [height, width, 3]."""
    pixels = page.asarray()
    if page.axes == "SYX":
        pixels = np.moveaxis(pixels, 0, -1)
    elif page.axes not in ("YX", "YXS"):
        raise Refused(f"has pixels in the order {page.axes}, which is no image")
    if page.photometric == PHOTOMETRIC.PALETTE and page.colormap is not None:
        return np.moveaxis(page.colormap[:, pixels], 0, -1)
    if pixels.ndim == 3:
        return pixels[..., :3] if page.photometric == PHOTOMETRIC.RGB else pixels[..., 0]
    return pixels


def _by_opencv(path: Path, page: TiffPage, index: int) -> Pixels:
    """Decode by libtiff, which is told to leave polarity and orientation alone: it treats them unlike at each depth."""
    buffer = io.BytesIO(path.read_bytes())
    with TiffFile(buffer, mode="r+") as tiff:
        tags = _full_pages(tiff)[index].tags
        if _ORIENTATION_TAG in tags:
            tags[_ORIENTATION_TAG].overwrite(1)
        if page.photometric == PHOTOMETRIC.MINISWHITE:
            tags[_PHOTOMETRIC_TAG].overwrite(int(PHOTOMETRIC.MINISBLACK))
        data = np.frombuffer(buffer.getvalue(), np.uint8)
    with _quiet_opencv():
        flags = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR
        _, images = cv2.imdecodemulti(data, flags, range=(page.index, page.index + 1))
    if not images or images[0].shape[:2] != (page.imagelength, page.imagewidth):
        raise Refused(f"is damaged, or of {page.bitspersample} bits, which are not read with this compression")
    pixels = images[0]
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB) if pixels.ndim == 3 else pixels


def _spacing(page: TiffPage) -> tuple[float, float] | None:
    """Pixel spacing by the resolution tags in inch (2, the default) or centimetre (3)."""
    units_per_inch = {2: 1.0, 3: 2.54}.get(_tag(page, 296, 2))
    resolutions = [_tag(page, code, (0, 1)) for code in (282, 283)]
    if units_per_inch is None or any(below == 0 for _, below in resolutions):
        return None
    x, y = (above / below for above, below in resolutions)
    return spacing_from_density(x, y, units_per_inch)


@contextmanager
def _quiet_opencv() -> Iterator[None]:
    """Keep libtiff's remarks, such as on a private tag, off stderr."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
