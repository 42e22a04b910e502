"""Read a weld image of any kind: the format is told by the file's first bytes, never by its suffix."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Protocol

from dynawave.errors import ConfigError, ImageError
from dynawave.images.page import Page, Refused, settle
from dynawave.records import WeldImage


class _Format(Protocol):
    """What `raster`, `tiff` and `dicom` provide."""

    def count_pages(self, path: Path) -> int:
        """Number of images in the file."""

    def read_page(self, path: Path, index: int) -> Page:
        """Decode image `index`, from 0."""


def count_pages(path: Path | str) -> int:
    """Number of images in a file: pages of a TIFF, frames of a DICOM object, else 1.

    Raises:
        ImageError: the file is missing, empty or of another kind.
    """
    path = Path(path)
    with told_in_one_sentence(str(path)):
        return _format(path).count_pages(path)


def read_image(path: Path | str, pixel_size_mm: float | None = None, page: int = 1) -> WeldImage:
    """Read one image at its original depth.

    Args:
        path: a PNG, JPEG, TIFF or DICOM (DICONDE) file.
        pixel_size_mm: edge of a pixel in mm; goes before what the file says.
        page: number of the page or frame, from 1, in a file of several.

    Returns:
        The image; larger values are brighter on the screen, whatever the polarity of the file. Its `page` is set
        where the file holds several.

    Raises:
        ImageError: the file is missing, damaged, cut off, too large, too small, without any contrast, of another
            kind, or its pixels are not square and no `pixel_size_mm` is given.
        ConfigError: `pixel_size_mm` is no positive number.

    Example:
        >>> read_image("film.tif", pixel_size_mm=0.05)  # doctest: +SKIP
    """
    if pixel_size_mm is not None and not (isfinite(pixel_size_mm) and pixel_size_mm > 0):
        raise ConfigError(f"a pixel size of {pixel_size_mm} mm is no positive length.")
    path = Path(path)
    with told_in_one_sentence(str(path)):
        kind = _format(path)
        count = kind.count_pages(path)
        if not 1 <= page <= count:
            raise Refused(f"has no page {page} of {count}")
    with told_in_one_sentence(str(path) if count == 1 else f"{path}#{page}"):
        decoded = kind.read_page(path, page - 1)
        image = WeldImage(settle(decoded.pixels), path, context=decoded.context, page=page if count > 1 else None)
        if pixel_size_mm is not None:
            return replace(image, pixel_size_mm=pixel_size_mm, pixel_size_source="user")
        if decoded.spacing_mm is not None:
            return replace(image, pixel_size_mm=_square(*decoded.spacing_mm), pixel_size_source="file")
        return image


def read_pages(path: Path | str, pixel_size_mm: float | None = None) -> Iterator[WeldImage]:
    """Read the images of a file one after the other; the first that cannot be read raises `ImageError`.

    To go on after a bad page, call `read_image` for each of `count_pages`.
    """
    for page in range(1, count_pages(path) + 1):
        yield read_image(path, pixel_size_mm, page)


def _format(path: Path) -> _Format:
    """The reader for a file, by its magic bytes. Each is imported on use: a PNG needs no pydicom."""
    if path.is_dir():
        raise Refused("is a folder")
    if not path.exists():
        raise Refused("does not exist")
    if not path.is_file():
        raise Refused("is no regular file")
    with path.open("rb") as file:
        head = file.read(132)
    if not head:
        raise Refused("is empty")
    if head[128:] == b"DICM":
        from dynawave.images import dicom

        return dicom
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        from dynawave.images import tiff

        return tiff
    from dynawave.images import raster

    if head.startswith((raster.PNG_MAGIC, raster.JPEG_MAGIC)):
        return raster
    raise Refused("is neither PNG, JPEG, TIFF nor DICOM")


def _square(x: float, y: float) -> float:
    """Edge of a pixel in mm from its spacing along x and y, which may differ by the rounding of a file's numbers."""
    if abs(x - y) > 0.01 * max(x, y):
        raise Refused(f"has pixels of {x:.4g} x {y:.4g} mm, which are not square: resample it or state the pixel size")
    return (x + y) / 2


@contextmanager
def told_in_one_sentence(name: str) -> Iterator[None]:
    """Turn whatever goes wrong in reading into an `ImageError` of one sentence.

    The decoders of three libraries meet hostile files here, and raise nearly anything.
    """
    try:
        yield
    except Refused as error:
        raise ImageError(f"{name}: {error}.") from error
    except MemoryError as error:
        raise ImageError(f"{name}: does not fit in memory.") from error
    except OSError as error:
        raise ImageError(f"{name}: cannot be read ({error.strerror or error}).") from error
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ImageError(f"{name}: is damaged or of an unknown variant ({reason.rstrip('.')}).") from error
