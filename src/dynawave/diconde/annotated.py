"""The film with its indications in group 0014: the module NDE Indication of DICONDE (ASTM E2339), in a copy.

That module belongs to the image itself, and an image whose content changes is another instance (PS3.3, C.12.1.1): the
copy has UIDs of its own, in a series of its own, names the film as its source, and leaves pixels and all else alone.
"""

from collections.abc import Sequence
from typing import Final

from pydicom.dataset import Dataset, FileDataset
from pydicom.sr.codedict import codes as dicom_codes
from pydicom.sr.coding import Code
from pydicom.valuerep import format_number_as_ds

from dynawave.diconde import codes
from dynawave.diconde.film import Film, read_whole
from dynawave.diconde.findings import Findings
from dynawave.diconde.identity import MANUFACTURER, code_item, content_uid, derived_uid, equipment, local, series_uid
from dynawave.diconde.outline import Polygon, outlines
from dynawave.diconde.report import measurements
from dynawave.records import Indication
from dynawave.taxonomy import FlawClass

SERIES_NUMBER = 9003
_LABELS: Final = {
    codes.LENGTH: "LENGTH",
    codes.WIDTH: "WIDTH",
    codes.AREA: "AREA",
    codes.DEPTH: "DEPTH",
    codes.SCORE: "SCORE",
    codes.CLASS_SCORE: "CLASS SCORE",
    codes.CONTRAST: "CNR",
}
# defined terms of Indication Type are VOID, CRACK, POROSITY, INCLUSION; the others are ours
_TYPES: Final = {
    "crack": "CRACK",
    "cavity": "VOID",
    "inclusion": "INCLUSION",
    "fusion": "LACK OF FUSION",
    "shape": "SHAPE",
}
_PORES: Final = ("gas_pore", "clustered_porosity", "linear_porosity", "surface_pore", "cavity")


def annotated(film: Film, pages: Sequence[Findings]) -> FileDataset:
    """The copy, with what was found on each of the film's frames.

    Raises:
        ImageError: the film cannot be read.
    """
    out = read_whole(film)
    first = pages[0]
    evaluators = list(out.get("EvaluatorSequence") or ())
    evaluators += [_evaluator(film, findings, len(evaluators) + n) for n, findings in enumerate(pages, 1)]
    out.EvaluatorSequence = evaluators
    out.CurrentRequestedProcedureEvidenceSequence = [_evidence(film)]
    _identify(out, film, pages)
    out.ContributingEquipmentSequence = [*(out.get("ContributingEquipmentSequence") or ()), equipment(first)]
    return out


def _identify(out: FileDataset, film: Film, pages: Sequence[Findings]) -> None:
    """Make it an instance of its own that says where it comes from."""
    first = pages[0]
    out.SOPInstanceUID = derived_uid("DICONDE", *(str(content_uid(film, findings, "DICONDE")) for findings in pages))
    out.SeriesInstanceUID = series_uid(film, first.model, "DICONDE")
    out.SeriesNumber, out.SeriesDescription = SERIES_NUMBER, "Indications (film)"
    out.InstanceCreationDate, out.InstanceCreationTime = local(first.found)
    source = _reference(film)
    purpose = dicom_codes.DCM.SourceImageForImageProcessingOperation
    source.PurposeOfReferenceCodeSequence = [code_item(purpose.value, purpose.scheme_designator, purpose.meaning)]
    out.SourceImageSequence = [source]
    meta = out.file_meta
    meta.MediaStorageSOPInstanceUID = out.SOPInstanceUID
    for keyword in ("ImplementationClassUID", "ImplementationVersionName", "SourceApplicationEntityTitle"):
        if keyword in meta:
            del meta[keyword]


def _evaluator(film: Film, findings: Findings, number: int) -> Dataset:
    item = Dataset()
    item.EvaluatorNumber = number
    item.EvaluatorName = findings.evaluator or f"{MANUFACTURER}^{findings.model.name} {findings.model.version}"
    item.EvaluationAttempt = 1
    item.IndicationSequence = [_indication(film, findings, indication) for indication in findings.indications]
    return item


def _indication(film: Film, findings: Findings, indication: Indication) -> Dataset:
    item = Dataset()
    item.IndicationNumber = indication.id
    item.IndicationLabel = _label(indication.flaw)
    item.IndicationDescription = _description(findings, indication)
    item.IndicationType = _type(indication.flaw)
    item.IndicationDisposition = findings.disposition(indication)
    item.IndicationPhysicalPropertySequence = [_property(*figure) for figure in measurements(findings, indication)]
    item.IndicationROISequence = [_region(film, polygon, findings.page) for polygon in outlines(indication)]
    return item


def _label(flaw: FlawClass) -> str:
    """The class in 16 characters: by its number, which stands for the whole name."""
    return f"ISO6520-1 {flaw.iso6520}" if flaw.iso6520 is not None else flaw.name[:16]


def _type(flaw: FlawClass) -> str:
    return "POROSITY" if flaw.name in _PORES else _TYPES.get(flaw.family, "FLAW")


def _description(findings: Findings, indication: Indication) -> str:
    model = findings.model
    frame = "" if findings.page is None else f" on frame {findings.page}"
    words = indication.flaw.name.replace("_", " ")
    if indication.id in findings.drawn:
        return f"{words}{frame}, drawn by a person"[:1024]
    return f"{words}{frame}, score {indication.score:.2f}, by {MANUFACTURER} {model.name} {model.version}"[:1024]


def _property(name: Code, value: float, unit: Code) -> Dataset:
    item = Dataset()
    item.PropertyLabel = _LABELS[name]
    item.NumericValue = format_number_as_ds(float(value))
    item.MeasurementUnitsCodeSequence = [code_item(unit.value, unit.scheme_designator, unit.meaning)]
    return item


def _region(film: Film, polygon: Polygon, page: int | None) -> Dataset:
    """A region as structured reports have it: spatial coordinates, (column, row), selected from the film."""
    item = Dataset()
    item.ValueType, item.GraphicType = "SCOORD", "POLYLINE"
    item.NumberOfGraphicPoints = len(polygon)
    item.GraphicData = polygon.ravel().tolist()
    image = Dataset()
    image.RelationshipType, image.ValueType = "SELECTED FROM", "IMAGE"
    image.ReferencedSOPSequence = [_reference(film)]
    if page is not None:
        image.ReferencedSOPSequence[0].ReferencedFrameNumber = page
    item.ContentSequence = [image]
    return item


def _evidence(film: Film) -> Dataset:
    """The film as what the regions are selected from: validators take a region for a content item of a report."""
    series, study = Dataset(), Dataset()
    series.SeriesInstanceUID, series.ReferencedSOPSequence = film.header.SeriesInstanceUID, [_reference(film)]
    study.StudyInstanceUID, study.ReferencedSeriesSequence = film.header.StudyInstanceUID, [series]
    return study


def _reference(film: Film) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = film.header.SOPClassUID, film.uid
    return item
