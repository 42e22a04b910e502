"""A simulated picture as the bytes of a PNG, TIFF or DICONDE file, at its own depth and with its pixel size."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import Final

import cv2
import tifffile

from dynawave.errors import DatasetError
from dynawave.simulate.dicom import encode_dicom
from dynawave.simulate.modalities import Simulated

_PNG_HEADER: Final = 33
"""Bytes before the first chunk that may state the pixel size."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of image file.

    Attributes:
        suffix: of the file's name, with its dot.
        encode: the file's bytes of a picture and its name; the same picture gives the same bytes.
    """

    suffix: str
    encode: Callable[[Simulated, str], bytes]


def _png(film: Simulated, _: str) -> bytes:
    """PNG; the pixel size stands in the chunk pHYs, as whole pixels a metre."""
    pixels = film.pixels[..., ::-1] if film.pixels.ndim == 3 else film.pixels
    done, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise DatasetError("a film of this size cannot be encoded as PNG.")
    png = data.tobytes()
    if film.pixel_size_mm is None:
        return png
    density = round(1000 / film.pixel_size_mm)
    chunk = b"pHYs" + struct.pack(">IIB", density, density, 1)
    chunk = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:_PNG_HEADER] + chunk + png[_PNG_HEADER:]


def _tiff(film: Simulated, _: str) -> bytes:
    """Uncompressed TIFF; the pixel size stands in the resolution tags, as pixels a centimetre."""
    resolution = unit = None
    if film.pixel_size_mm is not None:
        density = (10 / Fraction(str(film.pixel_size_mm))).limit_denominator(10**6).as_integer_ratio()
        resolution, unit = (density, density), "CENTIMETER"
    kind = "rgb" if film.pixels.ndim == 3 else "minisblack"
    file = BytesIO()
    tifffile.imwrite(
        file,
        film.pixels,
        photometric=kind,
        resolution=resolution,
        resolutionunit=unit,
        metadata=None,
        software="DynaWave",
    )
    return file.getvalue()


FORMATS: Final = {"png": Format(".png", _png), "tiff": Format(".tif", _tiff), "dicom": Format(".dcm", encode_dicom)}
