"""What a DICONDE object (ASTM E2339: group 0014 and re-used patient tags) says of the weld."""

from math import inf
from typing import Final

from pydantic import TypeAdapter
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag

from dynawave.records import WeldContext

PRIVATE_GROUP: Final = 0x0015
CREATOR: Final = "DYNAWAVE"
CONTEXT_ELEMENT: Final = 0x01
"""Where `dynawave simulate` writes the whole context as JSON: DICONDE has no tag for a filler, among others."""

_CONTEXT: Final = TypeAdapter(WeldContext)
_GROUP: Final = 0x0014
# DICONDE gives three patient tags another meaning; they are read in a DICONDE object only
_COMPONENT_NAME: Final = (0x0010, 0x0010)
_COMPONENT_ID: Final = (0x0010, 0x0020)
_MATERIAL: Final = (0x0010, 0x2160)
_MODALITIES: Final = {
    "radiograph": ("CR", "DR", "DX", "IO", "RF", "RG", "XA"),
    "visual": ("ES", "GM", "SM", "XC"),
    "ultrasonic": ("US",),
}
_EXPOSURE: Final = (
    "Manufacturer",
    "ManufacturerModelName",
    "DetectorType",
    "DistanceSourceToDetector",
    "ExposureTime",
    "XRayTubeCurrent",
    "Exposure",
    "FilterMaterial",
    "FocalSpots",
)
_NOT_TEXT: Final = ("SQ", "OB", "OW", "OF", "OD", "OL", "OV", "UN", "AT")


def read_context(dataset: Dataset) -> WeldContext:
    """Gather the weld's context; a field that the object does not state stays unknown.

    Several thicknesses that differ (of a pipe's two walls, say) leave the penetrated one unknown; `details` has them.
    Patient tags of an object without group 0014 are a person's, and are left alone. A context that DynaWave itself
    wrote goes before everything else.
    """
    if (written := _written_context(dataset)) is not None:
        return written
    diconde = [element for element in dataset.group_dataset(_GROUP) if element.VR not in _NOT_TEXT]
    if diconde:
        elements = {"MaterialName": _at(dataset, _MATERIAL), "ComponentID": _at(dataset, _COMPONENT_ID)}
        component = _text(_at(dataset, _COMPONENT_NAME)) or _text(elements["ComponentID"])
    else:
        elements, component = {}, ""
    elements |= {element.keyword or str(element.tag): element for element in diconde}
    elements |= {keyword: _at(dataset, keyword) for keyword in _EXPOSURE}
    details = {name: text for name, element in elements.items() if (text := _text(element))}
    return WeldContext(
        modality=next((name for name, codes in _MODALITIES.items() if dataset.get("Modality") in codes), None),
        base_metals=_values(elements.get("MaterialGrade")) or _values(elements.get("MaterialName")),
        process=_text(elements.get("ComponentManufacturingProcedure")) or None,
        thickness_mm=_positive(elements.get("MaterialThickness")),
        voltage_kv=_positive(_at(dataset, "KVP")),
        component=component or None,
        details=details,
    )


def _written_context(dataset: Dataset) -> WeldContext | None:
    """The context in DynaWave's private element, or None.

    Raises:
        pydantic.ValidationError: the element holds no such JSON.
    """
    try:
        element = dataset.private_block(PRIVATE_GROUP, CREATOR)[CONTEXT_ELEMENT]
    except KeyError:
        return None
    return _CONTEXT.validate_json(element.value)


def _at(dataset: Dataset, key: str | tuple[int, int]) -> DataElement | None:
    return dataset.get(Tag(key))


def _values(element: DataElement | None) -> tuple[str, ...]:
    """The texts of an element of any number of values."""
    if element is None or element.value is None:
        return ()
    values = element.value if isinstance(element.value, MultiValue) else [element.value]
    return tuple(text for value in values if (text := str(value).strip()))


def _text(element: DataElement | None) -> str:
    return ", ".join(_values(element))


def _positive(element: DataElement | None) -> float | None:
    """The one positive number that an element states, or None."""
    try:
        numbers = {float(value) for value in _values(element)}
    except ValueError:
        return None
    return numbers.pop() if len(numbers) == 1 and 0 < min(numbers) < inf else None
