"""DICOM and DICONDE by pydicom: frames, polarity, rescale, pixel spacing.

Of the grey-scale pipeline (DICOM PS3.4, N.2) the modality step (rescale or look-up table) and the polarity are
applied. The VOI step (window or look-up table) is not: it chooses what a screen shows and clips the rest, and the
contrast normalisation does that task on the full depth.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.filereader import read_file_meta_info
from pydicom.multival import MultiValue
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut
from pydicom.pixels.utils import get_expected_length, pixel_array
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from dynawave.images.diconde import read_context
from dynawave.images.page import Page, Pixels, Refused, check_size, invert

_PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def count_pages(path: Path) -> int:
    """Number of frames."""
    with _quiet():
        return max(int(_header(path).get("NumberOfFrames") or 1), 1)


def read_page(path: Path, index: int) -> Page:
    """Decode one frame to grey values or red, green, blue; larger is brighter."""
    with _quiet():
        header = _header(path)
        pixels = _grey_pipeline(pixel_array(path, index=index), header)
        return Page(pixels, _spacing(header), read_context(header))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pydicom's warnings of oddities that change nothing here, such as a byte of padding too many, off stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _header(path: Path) -> FileDataset:
    """All but the pixels; refuses a file without any, or in a form that cannot be decoded."""
    if read_file_meta_info(path).get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        # inflating it is unbounded, and goes before the header can be judged
        raise Refused("is deflated as a whole, which is not read for safety")
    header = dcmread(path, defer_size="64 KB")
    if "Rows" not in header or "Columns" not in header or not any(k in header for k in _PIXEL_KEYWORDS):
        raise Refused("is a DICOM object without pixels")
    check_size(int(header.Columns), int(header.Rows))
    syntax = UID(header.file_meta.get("TransferSyntaxUID", ""))
    if not _decodable(syntax):
        raise Refused(f"is compressed as {syntax.name or 'unknown'}, for which no decoder is installed")
    if not syntax.is_compressed and path.stat().st_size < get_expected_length(header):
        raise Refused("is cut off: a part of its pixels is missing")
    return header


def _decodable(syntax: UID) -> bool:
    try:
        return get_decoder(syntax).is_available
    except NotImplementedError:
        return False


def _grey_pipeline(pixels: Pixels, header: FileDataset) -> Pixels:
    """Palette to colours; rescale or modality look-up table; polarity."""
    kind = header.get("PhotometricInterpretation")
    if kind == "PALETTE COLOR":
        return apply_color_lut(pixels, header)[..., :3]
    if pixels.ndim == 3:
        return pixels
    if header.get("RescaleSlope", 1) != 1 or header.get("RescaleIntercept", 0) != 0 or "ModalityLUTSequence" in header:
        pixels = apply_modality_lut(pixels, header)
    return invert(pixels) if kind == "MONOCHROME1" else pixels


def _spacing(header: FileDataset) -> tuple[float, float] | None:
    """Spacing of pixel centres in mm along (x, y), the best known first.

    Pixel Spacing is calibrated at the object. Imager Pixel Spacing is measured at the detector, so that the geometric
    magnification is divided out where it is given. Nominal Scanned Pixel Spacing is that of the film digitiser.
    """
    magnification = header.get("EstimatedRadiographicMagnificationFactor") or 1
    candidates = {"PixelSpacing": 1, "ImagerPixelSpacing": magnification, "NominalScannedPixelSpacing": 1}
    for keyword, divisor in candidates.items():
        value = header.get(keyword)
        if isinstance(value, MultiValue) and len(value) == 2:
            down, across = (float(v) / float(divisor) for v in value)
            if all(isfinite(v) and v > 0 for v in (down, across)):
                return across, down
    aspect = header.get("PixelAspectRatio")
    if isinstance(aspect, MultiValue) and len(aspect) == 2 and aspect[0] != aspect[1]:
        raise Refused("has pixels that are not square and states no size of them")
    return None
