"""Write the folder of an evaluation; `metrics.json` comes last, so that with it the folder is whole."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Final

from dynawave.evaluation.complete import Completed
from dynawave.evaluation.evaluate import title
from dynawave.evaluation.findings import Flaw
from dynawave.evaluation.report.figures import draw_figures
from dynawave.evaluation.report.page import write_page
from dynawave.evaluation.report.tables import differences_table, further_tables
from dynawave.evaluation.report.worst import sheets
from dynawave.evaluation.table import Table, kinds_tables, results_table, sizes_table
from dynawave.evaluation.uncertainty.bootstrap import Difference
from dynawave.images.files import write_bytes, write_json

METRICS: Final = "metrics.json"
PAGE: Final = "report.html"


def write_folder(results: Sequence[Completed], compared: Mapping[str, dict[str, Difference]], directory: Path) -> None:
    """Write tables, calls, curves, worst cases and the page.

    Args:
        results: of each detector.
        compared: of each detector but the first, by name: what it has more than the first.
        directory: to write to.
    """
    for result in results:
        suffix = "" if result is results[0] else f".{result.evaluation.name}"
        write_json(directory / f"detections{suffix}.json", result.outcome.detections)
        write_bytes(directory / f"flaws{suffix}.csv", _flaws(result).encode())
    tables, drawn, worst = all_tables(results, compared), draw_figures(results), sheets(results)
    for name, picture in drawn.items():
        write_bytes(directory / "curves" / f"{name}.svg", picture.encode())
    for name, data in worst.items():
        suffix = "" if name == results[0].evaluation.name else f".{name}"
        write_bytes(directory / f"worst{suffix}.png", data)
    write_bytes(directory / "metrics.md", "\n".join(table.markdown() for table in tables).encode())
    write_page([result.evaluation for result in results], tables, drawn, worst, directory / PAGE)
    record = {
        "results": [result.evaluation.model_dump() for result in results],
        "differences": {name: {key: asdict(d) for key, d in found.items()} for name, found in compared.items()},
    }
    write_json(directory / METRICS, record)


def all_tables(results: Sequence[Completed], compared: Mapping[str, dict[str, Difference]]) -> list[Table]:
    """Every table of an evaluation."""
    records = [result.evaluation for result in results]
    first = records[0]
    return [
        results_table(records, title(first)),
        *(differences_table(first.name, name, found) for name, found in compared.items()),
        *further_tables(records),
        sizes_table(records),
        *kinds_tables(records),
    ]


def _flaws(result: Completed) -> str:
    """A row a flaw, for an analysis of one's own."""
    file = io.StringIO()
    names = [field.name for field in fields(Flaw)]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    for flaw in result.flaws:
        row = asdict(flaw) | {"image": result.outcome.dataset.images[flaw.image].file_name}
        row["box"] = " ".join(f"{side:g}" for side in flaw.box)
        writer.writerow(["" if row[name] is None else row[name] for name in names])
    return file.getvalue()
