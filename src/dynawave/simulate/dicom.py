"""A simulated picture as a DICONDE object (ASTM E2339) that `dciodvfy` has no error to tell of."""

import json
from dataclasses import asdict
from io import BytesIO
from typing import Any, Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
    VLPhotographicImageStorage,
    generate_uid,
)
from pydicom.valuerep import format_number_as_ds

from dynawave.images.diconde import CONTEXT_ELEMENT, CREATOR, PRIVATE_GROUP
from dynawave.records import WeldContext
from dynawave.simulate.modalities import Simulated

# ultrasonic images of DICOM have 8 bits, so that those of 16 are secondary captures
_KINDS: Final = {
    "radiograph": ("DX", DigitalXRayImageStorageForPresentation),
    "visual": ("XC", VLPhotographicImageStorage),
    "ultrasonic": ("US", SecondaryCaptureImageStorage),
}
# what the standard asks for of a patient, a study and a series, and what it is of a weld that never was
_COMMON: Final[dict[str, Any]] = {
    "PatientBirthDate": "",
    "PatientSex": "O",
    "StudyDate": "",
    "StudyTime": "",
    "ReferringPhysicianName": "",
    "StudyID": "",
    "AccessionNumber": "",
    "SeriesNumber": 1,
    "InstanceNumber": 1,
    "PatientOrientation": "",
}
_OWN: Final[dict[str, dict[str, Any]]] = {
    "DX": {
        "PresentationIntentType": "FOR PRESENTATION",
        "PatientOrientation": ["L", "F"],
        "ImageLaterality": "U",
        "AnatomicRegionSequence": [],
        "PixelIntensityRelationship": "LIN",
        "PixelIntensityRelationshipSign": -1,  # a film is dark where much radiation came through
        "RescaleIntercept": 0,
        "RescaleSlope": 1,
        "RescaleType": "US",
        "PresentationLUTShape": "IDENTITY",
        "LossyImageCompression": "00",
        "BurnedInAnnotation": "NO",
        "DetectorType": "",
        "AcquisitionContextSequence": [],
    },
    "XC": {"Laterality": "", "AcquisitionContextSequence": [], "LossyImageCompression": "00"},
    "US": {"Laterality": "", "ConversionType": "SYN"},
}


def encode_dicom(film: Simulated, name: str) -> bytes:
    """The bytes of the file; a private element holds the context as JSON, so that none of it is lost."""
    out = Dataset()
    modality, kind = _KINDS[film.context.modality or "radiograph"]
    out.file_meta = FileMetaDataset()
    out.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out.SpecificCharacterSet = "ISO_IR 192"
    out.SOPClassUID, out.SOPInstanceUID = kind, generate_uid(entropy_srcs=[name])
    out.StudyInstanceUID, out.SeriesInstanceUID = (generate_uid(entropy_srcs=[name, of]) for of in ("study", "series"))
    out.ImageType = ["DERIVED", "PRIMARY"]
    out.Modality, out.Manufacturer = modality, "DynaWave (simulated)"
    for keyword, value in (_COMMON | _OWN[modality]).items():
        setattr(out, keyword, value)
    out.PatientName, out.PatientID = film.context.component or "", name
    if film.pixel_size_mm is not None:
        out.PixelSpacing = [format_number_as_ds(film.pixel_size_mm)] * 2
    if modality == "DX":
        _show_all(out, film)
    _describe_weld(out, film.context)
    photometric = "RGB" if film.pixels.ndim == 3 else "MONOCHROME2"
    out.set_pixel_data(film.pixels, photometric, 8 * film.pixels.dtype.itemsize, generate_instance_uid=False)
    file = BytesIO()
    out.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _show_all(out: Dataset, film: Simulated) -> None:
    """A window as wide as the values, and the spacing at the detector: that of the film, which lies on the weld."""
    low, high = int(film.pixels.min()), int(film.pixels.max())
    out.WindowCenter, out.WindowWidth = (low + high + 1) // 2, max(high - low + 1, 1)
    if "PixelSpacing" in out:
        out.ImagerPixelSpacing = out.PixelSpacing


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
