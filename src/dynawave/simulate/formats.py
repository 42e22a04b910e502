"""A simulated picture as the bytes of a PNG, TIFF or DICONDE file, at its own depth and with its pixel size."""

import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from io import BytesIO
from typing import Final

import cv2
import tifffile
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    UltrasoundImageStorage,
    VLPhotographicImageStorage,
    generate_uid,
)
from pydicom.valuerep import format_number_as_ds

from dynawave.errors import DatasetError
from dynawave.images.diconde import CONTEXT_ELEMENT, CREATOR, PRIVATE_GROUP
from dynawave.records import WeldContext
from dynawave.simulate.modalities import Simulated

_PNG_HEADER: Final = 33
"""Bytes before the first chunk that may state the pixel size."""
_DICOM_KINDS: Final = {
    "radiograph": ("DX", DigitalXRayImageStorageForPresentation),
    "visual": ("XC", VLPhotographicImageStorage),
    "ultrasonic": ("US", UltrasoundImageStorage),
}


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


def _dicom(film: Simulated, name: str) -> bytes:
    """Uncompressed DICONDE (ASTM E2339); a private element holds the context as JSON, so that none of it is lost."""
    out = Dataset()
    modality, kind = _DICOM_KINDS[film.context.modality or "radiograph"]
    out.file_meta = FileMetaDataset()
    out.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out.SpecificCharacterSet = "ISO_IR 192"
    out.SOPClassUID, out.SOPInstanceUID = kind, generate_uid(entropy_srcs=[name])
    out.StudyInstanceUID, out.SeriesInstanceUID = (generate_uid(entropy_srcs=[name, of]) for of in ("study", "series"))
    out.ImageType = ["DERIVED", "PRIMARY"]
    out.Modality, out.Manufacturer = modality, "DynaWave (simulated)"
    out.PatientName, out.PatientID = film.context.component or "", name
    if film.pixel_size_mm is not None:
        out.PixelSpacing = [format_number_as_ds(film.pixel_size_mm)] * 2
    _describe_weld(out, film.context)
    photometric = "RGB" if film.pixels.ndim == 3 else "MONOCHROME2"
    out.set_pixel_data(film.pixels, photometric, 8 * film.pixels.dtype.itemsize, generate_instance_uid=False)
    file = BytesIO()
    out.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _describe_weld(out: Dataset, context: WeldContext) -> None:
    """Set the weld's fields: those that other programs know, and all of them for `read_image`."""
    if context.thickness_mm is not None:
        out.MaterialThickness = format_number_as_ds(float(context.thickness_mm))
    if context.voltage_kv is not None:
        out.KVP = format_number_as_ds(float(context.voltage_kv))
    if context.base_metals:
        out.MaterialGrade = " / ".join(context.base_metals)
    if context.process:
        out.ComponentManufacturingProcedure = context.process
    block = out.private_block(PRIVATE_GROUP, CREATOR, create=True)
    block.add_new(CONTEXT_ELEMENT, "UT", json.dumps(asdict(context), ensure_ascii=False))


FORMATS: Final = {"png": Format(".png", _png), "tiff": Format(".tif", _tiff), "dicom": Format(".dcm", _dicom)}
