"""The page of an evaluation: one HTML file with its pictures in it, to read, print and keep."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from dynawave.evaluation.evaluate import Evaluation
from dynawave.evaluation.table import Table
from dynawave.images.files import write_bytes


def write_page(
    records: Sequence[Evaluation],
    tables: Sequence[Table],
    pictures: Mapping[str, str],
    worst: Mapping[str, bytes],
    file: Path,
) -> None:
    """Write the page.

    Args:
        records: of each detector.
        tables: in their order on the page.
        pictures: SVG text by name.
        worst: PNG of each detector's worst cases, by its name.
        file: HTML.
    """
    environment = Environment(
        loader=PackageLoader("dynawave.evaluation"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = environment.get_template("report.html.j2").render(
        records=records,
        tables=tables,
        pictures={name: _uri(text.encode(), "svg+xml") for name, text in pictures.items()},
        worst={name: _uri(data, "png") for name, data in worst.items()},
        created=datetime.now(UTC),
    )
    write_bytes(file, page.encode())


def _uri(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
