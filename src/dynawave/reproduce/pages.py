"""The tables as pages of the documentation: one page a table from its run folders, and one that sums them up."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dynawave.errors import ConfigError
from dynawave.images.files import write_bytes
from dynawave.reproduce.figure import draw
from dynawave.reproduce.overview import overview
from dynawave.reproduce.plan import FOLDER, TABLE_FILE, Plan
from dynawave.reproduce.results import Result
from dynawave.reproduce.summary import Found, summary_text, write_summary

MARK: Final = "<!-- Written by `dynawave results`; what is changed here is lost. -->\n\n"


def table_names() -> list[str]:
    """The tables under `experiments`."""
    return sorted(file.parent.name for file in FOLDER.glob(f"*/{TABLE_FILE}"))


def write_pages(found: Found, results: Path, directory: Path) -> list[Path]:
    """Write `NAME.md` for each table and `NAME.svg` where it has rows to compare.

    The tables beside the runs are written anew, too, so that both say the same.

    Args:
        found: the tables and what has been run of them, as of `summary.find`.
        results: folder that holds the run folders of each table under its name.
        directory: to write to.

    Returns:
        The Markdown files.

    Raises:
        ConfigError: a page of that name was not written by this function.
    """
    for plan, rows in found:
        beside = results / plan.name / "table.md"
        if beside.exists() and beside.read_text() != summary_text(plan, rows):
            write_summary(plan, results / plan.name)
    return [_write_page(plan, rows, directory) for plan, rows in found]


def write_overview(found: Found, directory: Path) -> Path:
    """Write what sums the tables up beside the folder of their pages, under its name; arguments and errors as above."""
    file = directory.parent / f"{directory.name}.md"
    _write(file, overview(found, directory.name))
    return file


def _write_page(plan: Plan, results: Sequence[Result], directory: Path) -> Path:
    file = directory / f"{plan.name}.md"
    text = summary_text(plan, results)
    picture = draw(plan, results)
    if picture:
        text += f"\n![{plan.table.title}: mean, spread and seeds of each row]({plan.name}.svg)\n"
    _write(file, text)
    if picture:
        write_bytes(file.with_suffix(".svg"), picture.encode())
    return file


def _write(file: Path, text: str) -> None:
    """Write a page, but over none that somebody wrote by hand."""
    if file.exists() and not file.read_text(encoding="utf-8").startswith(MARK):
        raise ConfigError(f"{file}: was not written by `dynawave results`; move it away, or choose another --out.")
    write_bytes(file, (MARK + text).encode())
