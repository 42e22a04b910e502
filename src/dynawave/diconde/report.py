"""The indications as a DICOM Structured Report: Comprehensive SR, template TID 1500, Measurement Report (PS3.16)."""

from collections.abc import Sequence

from highdicom.seg import Segmentation
from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    ComprehensiveSR,
    DeviceObserverIdentifyingAttributes,
    LanguageOfContentItemAndDescendants,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    ReferencedSegmentationFrame,
    SourceImageForMeasurementGroup,
    SourceImageForSegmentation,
    TrackingIdentifier,
)
from pydicom.sr.codedict import codes as dicom_codes
from pydicom.sr.coding import Code

from dynawave.diconde import codes
from dynawave.diconde.film import Film
from dynawave.diconde.findings import Findings
from dynawave.diconde.identity import MANUFACTURER, base, derived_uid, settle, tracking_uid
from dynawave.diconde.segmentation import Layer
from dynawave.records import Indication, ModelInfo

SERIES_NUMBER = 9002
_ENGLISH = CodedConcept("en", "RFC5646", "English")


def report(film: Film, findings: Findings, segmentations: Sequence[tuple[Segmentation, Layer]]) -> ComprehensiveSR:
    """The report: a group for the film as a whole, and one for every indication, which refers to its segment.

    It is not verified: that is a person's signature.
    """
    segments = {one.id: (written, n) for written, layer in segmentations for n, one in enumerate(layer, 1)}
    indications = [_indication(film, findings, one, *segments[one.id]) for one in findings.indications]
    content = MeasurementReport(
        observation_context=_context(findings),
        procedure_reported=codes.method_code(str(film.header.get("Modality", ""))),
        imaging_measurements=[_film(film, findings), *indications],
        title=dicom_codes.DCM.ImagingMeasurementReport,
        language_of_content_item_and_descendants=LanguageOfContentItemAndDescendants(_ENGLISH),
    )
    written = ComprehensiveSR(
        evidence=[film.header, *(segmentation for segmentation, _ in segmentations)],
        content=content,
        is_complete=True,
        series_description="Indications (report)",
        coding_schemes=codes.schemes(),
        **base(film, findings, "SR", SERIES_NUMBER),
    )
    settle(written, film, findings)
    return written


def _context(findings: Findings) -> ObservationContext:
    """Who observed: the model, and the person who has gone through it."""
    model = findings.model
    device = ObserverContext(
        dicom_codes.DCM.Device,
        DeviceObserverIdentifyingAttributes(
            uid=derived_uid("model", model.sha256),
            name=f"{MANUFACTURER} {model.name} {model.version}",
            manufacturer_name=MANUFACTURER,
            model_name=model.name,
            serial_number=model.sha256,
        ),
    )
    if not findings.evaluator:
        return ObservationContext(observer_device_context=device)
    person = ObserverContext(dicom_codes.DCM.Person, PersonObserverIdentifyingAttributes(findings.evaluator))
    return ObservationContext(observer_person_context=person, observer_device_context=device)


def _film(film: Film, findings: Findings) -> MeasurementsAndQualitativeEvaluations:
    """How many indications there are: a film without any has a report too."""
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(derived_uid("film", str(film.uid)), "Film"),
        finding_type=codes.FILM,
        algorithm_id=_algorithm(findings.model),
        measurements=[Measurement(codes.COUNT, len(findings.indications), codes.NO_UNIT)],
        source_images=[
            SourceImageForMeasurementGroup(film.header.SOPClassUID, film.uid, _frames(findings)),
        ],
    )


def _indication(
    film: Film, findings: Findings, indication: Indication, written: Segmentation, segment: int
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    source = SourceImageForSegmentation(film.header.SOPClassUID, film.uid, _frames(findings))
    # every segment has one frame, in their order, and a reference names the one or the other (PS3.3, 10.8)
    reference = ReferencedSegmentationFrame(written.SOPClassUID, written.SOPInstanceUID, segment, segment, source)
    del reference[0].ReferencedSOPSequence[0].ReferencedSegmentNumber
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            tracking_uid(film, findings, indication.id), f"Indication {indication.id}"
        ),
        referenced_segment=reference,
        finding_type=codes.flaw_code(indication.flaw),
        finding_category=codes.family_code(indication.flaw),
        algorithm_id=None if indication.id in findings.drawn else _algorithm(findings.model),
        measurements=[Measurement(name, value, unit) for name, value, unit in measurements(findings, indication)],
        qualitative_evaluations=[
            QualitativeEvaluation(codes.DISPOSITION, codes.disposition_code(findings.disposition(indication)))
        ],
    )


def measurements(findings: Findings, indication: Indication) -> list[tuple[Code, float, Code]]:
    """Figures of an indication with name and unit; sizes in px where those in mm are unknown.

    Depth only where a person has stated it, scores only of what a model has found.
    """
    one = indication
    sizes = [
        (codes.LENGTH, one.length_mm, codes.MM, one.length_px),
        (codes.WIDTH, one.width_mm, codes.MM, one.width_px),
        (codes.AREA, one.area_mm2, codes.MM2, float(one.area_px)),
    ]
    found = [
        (name, pixels, codes.PIXELS) if value is None else (name, value, unit) for name, value, unit, pixels in sizes
    ]
    if one.id in findings.depths:
        found.append((codes.DEPTH, findings.depths[one.id], codes.MM))
    if one.id in findings.drawn:
        return found
    found += [
        (codes.SCORE, one.score, codes.NO_UNIT),
        (codes.CLASS_SCORE, one.class_score, codes.NO_UNIT),
    ]
    return found if one.cnr is None else [*found, (codes.CONTRAST, one.cnr, codes.NO_UNIT)]


def _algorithm(model: ModelInfo) -> AlgorithmIdentification:
    return AlgorithmIdentification(
        model.name,
        model.version,
        parameters=[f"sha256 {model.sha256}"],
        family=dicom_codes.DCM.ArtificialIntelligence,
        manufacturer=MANUFACTURER,
    )


def _frames(findings: Findings) -> list[int] | None:
    return None if findings.page is None else [findings.page]
