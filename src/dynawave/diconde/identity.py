"""Who wrote an object, when, and under which UID: the same findings on the same film are the same objects."""

from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID, uuid5

import highdicom
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import UID
from pydicom.valuerep import DA, DT, TM

from dynawave.diconde.film import UNICODE, Film
from dynawave.diconde.findings import Findings
from dynawave.records import ModelInfo

MANUFACTURER: Final = "DynaWave"
_NAMESPACE: Final = UUID("5b0d2b4e-8d64-5d0c-9f0e-3c1f1f2f7a10")
_COMPONENT: Final = range(0x0014_0023, 0x0014_0102)
"""Group 0014 as far as it describes the component: material, maker, shape, welders."""


def derived_uid(*parts: object) -> UID:
    """A UID that follows from the parts: a name-based UUID (RFC 9562, version 5) under the root 2.25 (PS3.5, B.2)."""
    return UID(f"2.25.{uuid5(_NAMESPACE, repr(parts)).int}")


def content_uid(film: Film, findings: Findings, kind: str, number: int = 0) -> UID:
    """SOP Instance UID of an object of this kind: another as soon as anything that was found differs."""
    return derived_uid(kind, number, str(film.uid), _digest(findings))


def tracking_uid(film: Film, findings: Findings, indication_id: int) -> UID:
    """What identifies an indication in every object that speaks of it."""
    return derived_uid("indication", indication_id, str(film.uid), _digest(findings))


def series_uid(film: Film, model: ModelInfo, kind: str) -> UID:
    """A series for every kind of object, model and series of films."""
    return derived_uid("series", kind, str(film.header.SeriesInstanceUID), model.sha256)


def local(found: datetime) -> tuple[DA, TM]:
    """Date and time as the clock on the wall had them, as modalities write them."""
    wall = _wall(found)
    return DA(wall.date()), TM(wall.time())


def _wall(found: datetime) -> datetime:
    return found.astimezone().replace(tzinfo=None)


def base(film: Film, findings: Findings, kind: str, series_number: int, number: int = 0) -> dict[str, Any]:
    """What every object built by highdicom is told: its UIDs, series, equipment and time."""
    date, time = local(findings.found)
    return {
        "series_instance_uid": series_uid(film, findings.model, kind),
        "series_number": series_number,
        "sop_instance_uid": content_uid(film, findings, kind, number),
        "instance_number": max(int(film.header.get("InstanceNumber") or 1), 1),
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": findings.model.name[:64],
        "software_versions": software(findings.model),
        "device_serial_number": findings.model.sha256[:64],
        "content_date": date,
        "content_time": time,
        "specific_character_set": UNICODE,
    }


def software(model: ModelInfo) -> list[str]:
    """Version of the program and of the weights."""
    return [f"dynawave {version('dynawave')}", f"{model.name} {model.version}"[:64]]


def settle(written: highdicom.SOPClass, film: Film, findings: Findings) -> None:
    """Give an object of highdicom's the time of the findings and the component that the film says it shows."""
    written.InstanceCreationDate, written.InstanceCreationTime = local(findings.found)
    for item in written.get("ContributingEquipmentSequence", ()):
        item.ContributionDateTime = DT(_wall(findings.found))
    for element in film.header.group_dataset(0x0014):
        if element.tag in _COMPONENT and element.VR != "SQ":
            written.add(element)


def equipment(findings: Findings) -> Dataset:
    """An item of the Contributing Equipment Sequence."""
    item = Dataset()
    purpose = codes.DCM.ModifyingEquipment
    item.PurposeOfReferenceCodeSequence = [code_item(purpose.value, purpose.scheme_designator, purpose.meaning)]
    item.Manufacturer = MANUFACTURER
    item.ManufacturerModelName = findings.model.name[:64]
    item.SoftwareVersions = software(findings.model)
    item.DeviceSerialNumber = findings.model.sha256[:64]
    return item


def code_item(value: str, scheme: str, meaning: str) -> Dataset:
    """An item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _digest(findings: Findings) -> str:
    """SHA-256 of all that was found."""
    digest = sha256(repr((findings.model, findings.found.timestamp(), findings.page, findings.evaluator)).encode())
    for one in findings.indications:
        facts = (one.id, one.flaw.name, one.score, one.box, one.mask_offset, one.mask.shape, one.length_mm, one.cnr)
        stated: tuple[str | float, ...] = ("drawn",) if one.id in findings.drawn else ()
        stated += (findings.depths[one.id],) if one.id in findings.depths else ()
        digest.update(repr((facts, findings.disposition(one), *stated)).encode() + one.mask.tobytes())
    return digest.hexdigest()
