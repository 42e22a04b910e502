"""PNG and JPEG: the file is walked first (size, density, whole to its end), then OpenCV decodes it.

Decoders fill what is missing of a cut-off file with grey, which a network could take for metal. So a PNG has to hold
every chunk up to IEND with its checksum (PNG specification, clause 5), a JPEG its end-of-image marker (ITU-T T.81,
B.1).
"""

import re
import struct
import zlib
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from dynawave.images.page import Page, Pixels, Refused, check_size, spacing_from_density

PNG_MAGIC: Final = b"\x89PNG\r\n\x1a\n"
JPEG_MAGIC: Final = b"\xff\xd8\xff"
# any marker but a stuffed zero, a restart (D0-D7) and a fill byte
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

Spacing = tuple[float, float] | None


def count_pages(path: Path) -> int:
    """One: neither format has pages; of an animated PNG the still image counts."""
    return 1


def read_page(path: Path, index: int) -> Page:
    """Decode a PNG or JPEG at its own depth; transparency is dropped, the EXIF orientation applied."""
    data = path.read_bytes()
    spacing = _walk_png(data) if data.startswith(PNG_MAGIC) else _walk_jpeg(data)
    return Page(decode(data), spacing)


def decode(data: bytes) -> Pixels:
    """Decode with OpenCV to grey or red, green, blue at the original depth."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR)
    if pixels is None:
        raise Refused("is damaged: its pixels cannot be decoded")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB) if pixels.ndim == 3 else pixels


def _walk_png(data: bytes) -> Spacing:
    """Check size, chunks and checksums; return the spacing that the pHYs chunk states."""
    spacing: Spacing = None
    position = len(PNG_MAGIC)
    kind = b""
    while kind != b"IEND":
        if position + 12 > len(data):
            raise Refused("is cut off: its end is missing")
        length, kind = struct.unpack_from(">I4s", data, position)
        body = memoryview(data)[position + 8 : position + 8 + length]
        position += 12 + length
        if position > len(data):
            raise Refused("is cut off: its end is missing")
        if zlib.crc32(body, zlib.crc32(kind)) != struct.unpack_from(">I", data, position - 4)[0]:
            raise Refused("is damaged: a checksum does not fit")
        if kind == b"IHDR":
            check_size(*struct.unpack_from(">II", body))
        elif kind == b"pHYs":
            x, y, unit = struct.unpack(">IIB", body)
            spacing = spacing_from_density(x, y, 0.0254) if unit == 1 else None
    return spacing


def _walk_jpeg(data: bytes) -> Spacing:
    """Check size and end; return the spacing of the JFIF header, unless a camera (Exif) wrote the file.

    A camera knows no distance to its subject: the density that it writes is a wish for printing.
    """
    spacing: Spacing = None
    camera = framed = False
    position = 2
    while match := _MARKER.search(data, position):
        marker = match[0][1]
        if marker == 0xD9:
            if not framed:
                break
            return None if camera else spacing
        position = match.end()
        if position + 2 > len(data):
            break
        body = data[position + 2 : position + int.from_bytes(data[position : position + 2])]
        position += 2 + len(body)
        if marker in _FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", body, 1)
            check_size(width, height)
            framed = True
        elif body.startswith(b"JFIF\0"):
            unit, x, y = struct.unpack_from(">BHH", body, 7)
            spacing = spacing_from_density(x, y, {1: 1.0, 2: 2.54}[unit]) if unit in (1, 2) else None
        elif body.startswith(b"Exif\0"):
            camera = True
    raise Refused("is cut off: its end is missing")
