"""`dynawave report`: the document that is handed over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dynawave.reporting.report.texts import Language


def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder that `dynawave inspect` wrote.")],
    out: Annotated[list[Path], typer.Option("--out", "-o", metavar="FILE", help="A .pdf or .html file; both: twice.")],
    header: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML or JSON: client, part, technique, personnel.")
    ] = None,
    language: Annotated[str, typer.Option(metavar="LANGUAGE", help="de or en.")] = "en",
) -> None:
    """Write a test report with the films, every indication, its verdict and room for signatures.

    Verdicts are those of `dynawave judge`; CSV, COCO and JSON are written beside it.

    Example: dynawave report result --header weld-17.yaml --language de --out weld-17.pdf
    """
    from dynawave.reporting.report import Header, read_header, write_report
    from dynawave.reporting.report.texts import LANGUAGES

    if language not in LANGUAGES:
        raise typer.BadParameter(f"--language is {' or '.join(LANGUAGES)}, not {language}.")
    chosen: Language = "de" if language == "de" else "en"
    for path in write_report(folder, out, read_header(header) if header else Header(), chosen):
        typer.echo(path)
