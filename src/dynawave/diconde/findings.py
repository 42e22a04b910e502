"""What was found on a film, as it is written out: from an inspection, or from the folder of an earlier run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from pydantic import ValidationError

from dynawave.datasets.coco import CocoAnnotation, RunLengths, parse_coco
from dynawave.errors import DatasetError
from dynawave.records import Indication, Inspection, ModelInfo
from dynawave.reporting.json import ImageRecord, IndicationRecord, InspectionFile
from dynawave.rle import Rle, decode
from dynawave.taxonomy import flaw_class

Disposition = Literal["ACCEPT", "REJECT", "HOLD"]
UNDECIDED: Final[Disposition] = "HOLD"
"""What an indication is until a person has judged it: the model proposes, and decides nothing."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found on one film, or on one frame of a film of several.

    Attributes:
        indications: by number.
        model: the weights that found them.
        found: when, with its time zone.
        height: rows of the film.
        width: columns of the film.
        pixel_size_mm: edge of a pixel in mm, or None.
        page: number of the frame, from 1, where the film has several, else None.
        evaluator: the person who has gone through them, or "" where none has.
        dispositions: what that person decided, by number of the indication; `UNDECIDED` where nothing.
        drawn: numbers of the indications that a person has drawn; no model has a part in them.
        depths: depth through the wall or height in mm, which no film shows, by number where a person has stated it.
    """

    indications: tuple[Indication, ...]
    model: ModelInfo
    found: datetime
    height: int
    width: int
    pixel_size_mm: float | None = None
    page: int | None = None
    evaluator: str = ""
    dispositions: Mapping[int, Disposition] = field(default_factory=dict)
    drawn: frozenset[int] = frozenset()
    depths: Mapping[int, float] = field(default_factory=dict)

    def disposition(self, indication: Indication) -> Disposition:
        """What was decided of an indication."""
        return self.dispositions.get(indication.id, UNDECIDED)


def findings(inspection: Inspection, found: datetime) -> Findings:
    """Those of an inspection that was made at this time."""
    image = inspection.image
    return Findings(
        inspection.indications, inspection.model, found, image.height, image.width, image.pixel_size_mm, image.page
    )


def read_findings(folder: Path) -> Iterator[tuple[Path, Findings]]:
    """Films, as they were named, and what was found on each, from what `dynawave inspect --out` wrote.

    Raises:
        DatasetError: `inspection.json` or `coco.json` is missing, damaged, or does not belong to the other.
    """
    document = _inspection_file(folder / "inspection.json")
    coco = parse_coco(folder / "coco.json", folder)
    masks = {(a.image_id, number): a for a in coco.annotations if (number := _number(a)) is not None}
    for record in document.images:
        indications = tuple(_indication(i, masks.get((record.id, i.id)), record, folder) for i in record.indications)
        yield (
            Path(record.file),
            Findings(
                indications,
                document.model,
                document.created,
                record.height,
                record.width,
                record.pixel_size_mm,
                record.page,
                depths={i.id: i.depth_mm for i in record.indications if i.depth_mm is not None},
            ),
        )


def _inspection_file(file: Path) -> InspectionFile:
    try:
        return InspectionFile.model_validate_json(file.read_bytes())
    except OSError as error:
        raise DatasetError(f"{file}: cannot be read ({error.strerror}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DatasetError(f"{file}: is not what `dynawave inspect` writes ({key}: {first['msg']}).") from error


def _number(annotation: CocoAnnotation) -> Any:
    """The indication's number in its image, which is beyond COCO's own fields."""
    return (annotation.model_extra or {}).get("indication")


def _indication(
    record: IndicationRecord, annotation: CocoAnnotation | None, image: ImageRecord, folder: Path
) -> Indication:
    """The indication with its mask."""
    outline = annotation.segmentation if annotation else None
    if not isinstance(outline, RunLengths) or outline.size != (image.height, image.width):
        raise DatasetError(f"{folder / 'coco.json'}: has no mask of indication {record.id} of {image.file}.")
    try:
        whole = decode(Rle(size=list(outline.size), counts=outline.counts))
    except ValueError as error:
        raise DatasetError(f"{folder / 'coco.json'}: indication {record.id} of {image.file}: {error}.") from error
    rows, columns = np.flatnonzero(whole.any(1)), np.flatnonzero(whole.any(0))
    if not rows.size:
        raise DatasetError(f"{folder / 'coco.json'}: the mask of indication {record.id} of {image.file} is empty.")
    crop = whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
    # what a person stated of it is no part of what was found
    fields = record.model_dump(exclude={"flaw", "iso6520", "family", "depth_mm"})
    flaw = flaw_class(record.flaw, record.iso6520)
    return Indication(flaw=flaw, mask=crop, mask_offset=(int(columns[0]), int(rows[0])), **fields)
