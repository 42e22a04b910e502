"""`inspection.json`: everything that was found, for other programs. The classes here are its schema, version 1.0."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dynawave.images.files import write_bytes
from dynawave.records import SCHEMA_VERSION, Indication, Inspection, ModelInfo, WeldContext


def _rounded(digits: int) -> AfterValidator:
    return AfterValidator(lambda value: round(value, digits))


Pixels = Annotated[float, _rounded(2)]
Millimetres = Annotated[float, _rounded(4)]
Score = Annotated[float, _rounded(4)]


class IndicationRecord(BaseModel):
    """One flaw, as in `dynawave.records.Indication`; its mask is in `coco.json`, under the same image and id.

    `depth_mm`, depth through the wall or height, is what a person has stated: no film shows it.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    flaw: str
    iso6520: int | None
    family: str
    score: Score
    box: tuple[Pixels, Pixels, Pixels, Pixels]
    spread: tuple[Pixels, Pixels, Pixels, Pixels]
    length_px: Pixels
    width_px: Pixels
    area_px: int
    cnr: Pixels | None = None
    class_score: Score = 1.0
    length_mm: Millimetres | None
    width_mm: Millimetres | None
    area_mm2: Millimetres | None
    depth_mm: Millimetres | None = None
    position_mm: tuple[Millimetres, Millimetres] | None


class ImageRecord(BaseModel):
    """One image; `overlay`, `probability` and `classes` name the files that were written of it.

    `context` is all that is known of the weld, `context_used` what of it the model was told. `image_scores` are those
    of `dynawave.records.Inspection`.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    file: str
    page: int | None
    width: int
    height: int
    pixel_size_mm: float | None
    pixel_size_source: str
    context: WeldContext
    context_used: tuple[str, ...] = ()
    image_scores: dict[str, Score] = {}
    seconds: Annotated[float, _rounded(3)]
    warnings: tuple[str, ...]
    overlay: str
    probability: str | None = None
    classes: str | None = None
    indications: tuple[IndicationRecord, ...]


class Failure(BaseModel):
    """A file that could not be inspected, and why."""

    model_config = ConfigDict(frozen=True)

    file: str
    reason: str


class InspectionFile(BaseModel):
    """The whole file.

    Attributes:
        schema_version: of this layout ("schema" in the JSON).
        created: when it was written, UTC.
        complete: false when the run was stopped before its last image.
        model: the weights that were used.
        images: what was inspected.
        failures: what could not be.
    """

    model_config = ConfigDict(frozen=True, validate_by_name=True, validate_by_alias=True)

    schema_version: str = Field(default=SCHEMA_VERSION, alias="schema")
    created: datetime = Field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    complete: bool
    model: ModelInfo
    images: tuple[ImageRecord, ...]
    failures: tuple[Failure, ...]


def image_record(inspection: Inspection, number: int, overlay: str, **files: str | None) -> ImageRecord:
    """The record of an inspection whose pictures have these names."""
    image = inspection.image
    return ImageRecord(
        id=number,
        file=str(image.path or image.name),
        page=image.page,
        width=image.width,
        height=image.height,
        pixel_size_mm=image.pixel_size_mm,
        pixel_size_source=image.pixel_size_source,
        context=image.context,
        context_used=inspection.context_used,
        image_scores=inspection.image_scores,
        seconds=inspection.seconds,
        warnings=inspection.warnings,
        overlay=overlay,
        indications=tuple(_indication_record(indication) for indication in inspection.indications),
        **files,
    )


def write_json(document: InspectionFile, file: Path) -> None:
    """Write the document aside, then rename it."""
    write_bytes(file, (document.model_dump_json(by_alias=True, indent=2) + "\n").encode())


def _indication_record(indication: Indication) -> IndicationRecord:
    flaw = indication.flaw
    fields = {name: getattr(indication, name) for name in IndicationRecord.model_fields if hasattr(indication, name)}
    return IndicationRecord(**{**fields, "flaw": flaw.name, "iso6520": flaw.iso6520, "family": flaw.family})
