"""The tables as pages of the documentation: one page a table from its run folders, and one that lists them all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dynawave.errors import ConfigError
from dynawave.evaluation.table import Table
from dynawave.images.files import write_bytes
from dynawave.reproduce.figure import draw
from dynawave.reproduce.plan import FOLDER, TABLE_FILE, Plan
from dynawave.reproduce.results import Result, spread
from dynawave.reproduce.summary import ordered, progress, summary_text, write_summary

MARK: Final = "<!-- Written by `dynawave results`; what is changed here is lost. -->\n\n"
LIST_FILE: Final = "tables.md"


def table_names() -> list[str]:
    """The tables under `experiments`."""
    return sorted(file.parent.name for file in FOLDER.glob(f"*/{TABLE_FILE}"))


def write_pages(plans: Sequence[Plan], results: Path, directory: Path) -> list[Path]:
    """Write `NAME.md` for each table, `NAME.svg` where it has rows to compare, and `tables.md`, which lists them.

    The tables beside the runs are written anew, too, so that both say the same.

    Args:
        plans: the tables.
        results: folder that holds the run folders of each table under its name.
        directory: to write to.

    Returns:
        The Markdown files.

    Raises:
        ConfigError: a page of that name was not written by this function.
    """
    found = [(plan, ordered(plan, results / plan.name)) for plan in plans]
    for plan, rows in found:
        beside = results / plan.name / "table.md"
        if beside.exists() and beside.read_text() != summary_text(plan, rows):
            write_summary(plan, results / plan.name)
    pages = [_write_page(plan, rows, directory) for plan, rows in found]
    listed = directory / LIST_FILE
    text = "# Tables\n\nEach is made by `dynawave reproduce NAME`, and its page by `dynawave results`.\n\n"
    _write(listed, text + _list(found).markdown())
    return [*pages, listed]


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


def _list(found: Sequence[tuple[Plan, Sequence[Result]]]) -> Table:
    """Each table, how far it is, and the first measure of its first row."""
    rows = []
    for plan, results in found:
        place, heading = next(iter(plan.table.measures.items()))
        first = results[0]
        value = spread(first.values(place), len(plan.table.seeds))
        rows.append(
            (f"[{plan.table.title}]({plan.name}.md)", progress(plan, results), first.row.title, f"{heading}: {value}")
        )
    return Table("What has been run", ("table", "runs", "first row", "first measure"), tuple(rows))
