"""`report.csv`: an indication a line, with its verdict, for a spreadsheet."""

import csv
import io
from typing import Any, Final

from dynawave.acceptance import Judgement
from dynawave.reporting.json import ImageRecord, IndicationRecord, InspectionFile

COLUMNS: Final = (
    "file", "page", "indication", "flaw", "iso6520", "read_as", "score", "x_px", "y_px", "width_px", "height_px",
    "x_mm", "y_mm", "length_mm", "width_mm", "area_mm2", "depth_mm", "cnr", "verdict", "reason", "table", "edition",
    "row", "measure", "value", "limit", "unit",
)  # fmt: skip


def csv_table(document: InspectionFile, judgement: Judgement | None) -> bytes:
    """The file, UTF-8; text that a spreadsheet would take for a formula is given a quote before it."""
    verdicts = {(i.image, v.indication): v for i in judgement.images for v in i.indications} if judgement else {}
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for image in document.images:
        for indication in image.indications:
            line = _indication(image, indication)
            if judgement and (verdict := verdicts.get((image.id, indication.id))):
                check = verdict.check
                line |= {"read_as": verdict.read_as, "verdict": verdict.outcome, "reason": verdict.reason}
                line |= {"table": judgement.table.id, "edition": judgement.table.edition}
                line |= {key: getattr(check, key) for key in COLUMNS[-5:]} if check else {}
            writer.writerow({key: _safe(value) for key, value in line.items()})
    return out.getvalue().encode()


def _indication(image: ImageRecord, indication: IndicationRecord) -> dict[str, Any]:
    x, y, width, height = indication.box
    x_mm, y_mm = indication.position_mm or (None, None)
    named = ("flaw", "iso6520", "score", "length_mm", "width_mm", "area_mm2", "depth_mm", "cnr")
    return {
        "file": image.file, "page": image.page, "indication": indication.id, "x_px": x, "y_px": y, "width_px": width,
        "height_px": height, "x_mm": x_mm, "y_mm": y_mm, **{name: getattr(indication, name) for name in named},
    }  # fmt: skip


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
