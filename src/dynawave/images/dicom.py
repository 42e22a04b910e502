"""DICOM and DICONDE by pydicom: frames, polarity, rescale, pixel spacing.

Of the grey-scale pipeline (DICOM PS3.4, N.2) the modality step (rescale or look-up table) and the polarity are
applied. The VOI step (window or look-up table) is not: it chooses what a screen shows and clips the rest, and the
contrast normalisation does that task on the full depth.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf, isfinite
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.filereader import read_file_meta_info
from pydicom.multival import MultiValue
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut
from pydicom.pixels.utils import get_expected_length, pixel_array
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from dynawave.images.diconde import read_context
from dynawave.images.page import Page, Pixels, Refused, check_size, invert

_PIXEL_KEYWORDS: Final = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_ITEM_HEAD: Final = 8


def count_pages(path: Path) -> int:
    """Number of frames."""
    with quiet():
        return _frames(read_header(path))


def read_page(path: Path, index: int) -> Page:
    """Decode one frame to grey values or red, green, blue; larger is brighter."""
    with quiet():
        header = read_header(path)
        pixels = _grey_pipeline(pixel_array(path, index=index), header)
        return Page(pixels, _spacing(header), read_context(header))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pydicom's warnings of oddities that change nothing here, such as a byte of padding too many, off stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read_header(path: Path) -> FileDataset:
    """All but the pixels; refuses a file without any, or in a form that cannot be decoded.

    Raises:
        Refused: as said; whatever pydicom raises on a damaged file comes through as it is.
    """
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
    if path.stat().st_size < _least_length(header, syntax):
        raise Refused("is cut off: a part of its pixels is missing")
    return header


def _least_length(header: FileDataset, syntax: UID) -> int:
    """Bytes that the pixels take at least: an item's head a frame where they are compressed.

    A header that promises a thousand million frames is found out here, before anyone asks for one after the other.
    """
    return _frames(header) * _ITEM_HEAD if syntax.is_compressed else int(get_expected_length(header))


def _frames(header: FileDataset) -> int:
    return max(int(header.get("NumberOfFrames") or 1), 1)


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
    """Spacing of pixel centres at the object in mm along (x, y), the best known first.

    Pixel Spacing is calibrated at the object, unless it only repeats Imager Pixel Spacing (PS3.3, 10.7.1.3). That one
    is measured at the detector, and Nominal Scanned Pixel Spacing on the film, so that the geometric magnification is
    divided out where it is known. An enhanced object keeps Pixel Spacing in its shared functional groups.
    """
    calibrated, imager = _pair(header, "PixelSpacing"), _pair(header, "ImagerPixelSpacing")
    if calibrated and calibrated != imager:
        return calibrated
    if measured := imager or _pair(header, "NominalScannedPixelSpacing"):
        magnification = _magnification(header)
        return measured[0] / magnification, measured[1] / magnification
    for groups in header.get("SharedFunctionalGroupsSequence") or ():
        for measures in groups.get("PixelMeasuresSequence") or ():
            if shared := _pair(measures, "PixelSpacing"):
                return shared
    aspect = header.get("PixelAspectRatio")
    if isinstance(aspect, MultiValue) and len(aspect) == 2 and aspect[0] != aspect[1]:
        raise Refused("has pixels that are not square and states no size of them")
    return None


def _pair(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    """Two positive numbers of an element, which has them down and across, as (x, y); None where it has no such two."""
    value = dataset.get(keyword)
    if not isinstance(value, MultiValue) or len(value) != 2:
        return None
    down, across = (float(v) for v in value)
    return (across, down) if all(isfinite(v) and v > 0 for v in (down, across)) else None


def _magnification(header: FileDataset) -> float:
    """How much larger the object is on the detector: as stated, or as the distances from the source have it, else 1."""
    detector, thing = (header.get(f"DistanceSourceTo{end}") for end in ("Detector", "Patient"))
    for value in (header.get("EstimatedRadiographicMagnificationFactor"), detector and thing and detector / thing):
        if value and 1 <= value < inf:
            return float(value)
    return 1.0
