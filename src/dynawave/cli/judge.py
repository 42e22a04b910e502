"""`dynawave judge`: what was inspected against an acceptance table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from dynawave.cli.stating import (
    OPTIONS,
    Along,
    Joint,
    Layers,
    Level,
    Thickness,
    Throat,
    WeldLength,
    WeldWidth,
    stated,
)
from dynawave.errors import ConfigError

if TYPE_CHECKING:
    from rich.table import Table as Grid

    from dynawave.acceptance import Authorisation, ImageVerdict, Judgement, Table, Verdict

COLOURS: Final = {"acceptable": "green", "not acceptable": "red", "no verdict": "yellow"}


def judge(
    results: Annotated[
        Path | None, typer.Argument(metavar="RESULTS", help="Folder of `dynawave inspect`, or its inspection.json.")
    ] = None,
    table: Annotated[str, typer.Option(metavar="ID_OR_FILE", help="As iso5817:2023; --list shows them.")] = "",
    level: Level = None,
    joint: Joint = None,
    thickness: Thickness = None,
    throat: Throat = None,
    layers: Layers = None,
    weld_width: WeldWidth = None,
    weld_length: WeldLength = None,
    along: Along = None,
    read_as: Annotated[
        list[str] | None,
        typer.Option(metavar="CLASS=NUMBER", help="Your reading of a class by ISO 6520-1, as cavity=2011."),
    ] = None,
    authorise_as: Annotated[
        str | None, typer.Option(metavar="NAME", help="You authorise the table; keeps authorisation.json beside --out.")
    ] = None,
    authorisation: Annotated[Path | None, typer.Option(metavar="FILE", help="An authorisation that was kept.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="By default verdicts.json beside the results.")
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the tables and stop.")] = False,
    copy_table: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Copy the table to a file, to be filled in, and stop.")
    ] = None,
) -> None:
    """Judge indications by an acceptance table: an aid, the decision is that of the person who signs.

    Limits that are not confirmed give no verdict until somebody authorises the table by name.

    Example: dynawave judge result --table iso5817:2023 --level B --thickness 12 --joint butt
    """
    from dynawave.acceptance import find_table, table_file
    from dynawave.acceptance import judge as judge_by
    from dynawave.acceptance.results import VERDICTS, read_authorisation, read_inspection, write_record
    from dynawave.images.files import write_bytes

    if show_list:
        return _list()
    if not table:
        raise typer.BadParameter("--table is needed; --list shows the tables.")
    if copy_table:
        return write_bytes(copy_table, table_file(table))
    if results is None:
        raise typer.BadParameter("RESULTS is needed: the folder that `dynawave inspect` wrote.")
    rules = find_table(table)
    weld = _weld(
        rules,
        level=level,
        joint=joint,
        thickness_mm=thickness,
        throat_mm=throat,
        layers=layers,
        weld_width_mm=weld_width,
        weld_length_mm=weld_length,
        along=along,
    )
    document, sha256 = read_inspection(results)
    out = out or (results if results.is_dir() else results.parent) / VERDICTS
    given = read_authorisation(authorisation) if authorisation else None
    given = _authorised(rules, authorise_as, out) or given
    judgement = judge_by(document, rules, weld, given, _readings(read_as or []), sha256)
    write_record(judgement, out)
    _show(judgement)


def _weld(table: Table, **fields: Any) -> Any:
    """What the user says of the weld; what is missing is named by its option."""
    from dynawave.acceptance import QUESTIONS, missing

    weld = stated(**fields)
    if names := missing(table, weld):
        asked = "; ".join(f"{OPTIONS[name]}, {QUESTIONS[name]}" for name in names)
        raise typer.BadParameter(f"{table.id} asks for {asked}.")
    return weld


def _readings(texts: list[str]) -> dict[str, int]:
    readings = {}
    for text in texts:
        name, _, number = text.partition("=")
        if not (name and number.isascii() and number.isdigit() and 100 <= int(number) <= 9999):
            raise ConfigError(f"--read-as {text}: is no CLASS=NUMBER such as cavity=2011.")
        readings[name.strip()] = int(number)
    return readings


def _authorised(table: Table, who: str | None, out: Path) -> Authorisation | None:
    from dynawave.acceptance.results import authorise, write_record

    if who is None:
        return None
    record = authorise(table, who)
    write_record(record, out.with_name("authorisation.json"))
    return record


def _list() -> None:
    from rich.console import Console
    from rich.table import Table as Grid

    from dynawave.acceptance import shipped_tables

    grid = Grid()
    grid.add_column("Table", no_wrap=True)
    for heading in ("Standard", "Edition", "Levels", "Limits confirmed"):
        grid.add_column(heading, overflow="fold")
    for table in shipped_tables():
        limits = [limit for row in table.rows for level in row.limits.values() for limit in level]
        confirmed = f"{sum(map(table.confirmed, limits))} of {len(limits)}"
        grid.add_row(table.id, table.standard, table.edition, " ".join(table.levels) or "–", confirmed)
    Console().print(grid)


def _show(judgement: Judgement) -> None:
    """The verdicts in the terminal, image by image, the aid's sentence last."""
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for image in judgement.images:
        console.print(_grid(image))
        if image.short_of_mm:
            seen, window = image.short_of_mm
            sentence = f"The image shows {seen:.0f} mm of the weld, less than the window of {window:.0f} mm."
            console.print(Text(sentence, "yellow"))
    table, level = judgement.table, judgement.weld.level
    console.print(Text(f"{table.standard}, edition {table.edition}" + (f", level {level}" if level else ""), "bold"))
    if judgement.asked_for:
        options = ", ".join(OPTIONS[name] for name in judgement.asked_for)
        console.print(Text(f"More could be judged with {options}.", "yellow"))
    console.print(Text.assemble("All together: ", (judgement.outcome, COLOURS[judgement.outcome])))
    console.print(Text(judgement.aid, "dim"))


def _grid(image: ImageVerdict) -> Grid:
    from rich.table import Table as Grid
    from rich.text import Text

    name = f"{image.file}#{image.page}" if image.page else image.file
    grid = Grid("No.", "Type", "Verdict", title=Text(name, overflow="fold"), title_justify="left")
    grid.add_column("Row", overflow="fold")
    grid.add_column("Value", justify="right")
    grid.add_column("Limit", justify="right")
    grid.add_column("Why", overflow="fold")
    for verdict in image.indications:
        kind = f"{verdict.flaw.replace('_', ' ')} {verdict.read_as or verdict.iso6520 or ''}"
        grid.add_row(
            str(verdict.indication), Text(kind), _coloured(verdict.outcome), *_cells(verdict.check), _why(verdict)
        )
    grid.add_section()
    for check in image.groups:
        why = f"{check.reason}: {', '.join(check.asked_for)}" if check.asked_for else check.reason
        grid.add_row("all", check.measure or "", _coloured(check.outcome), *_cells(check), why)
    return grid


def _cells(check: Any) -> tuple[Any, str, str]:
    """Row, value and limit."""
    from rich.text import Text

    if check is None:
        return Text("–"), "–", "–"
    value = "–" if check.value is None else f"{check.value:g} {check.unit}"
    limit = "–" if check.limit is None else f"{check.limit:g} {check.unit} ({check.rule})"
    return Text(check.row or "–"), value, "not permitted" if check.kind == "forbidden" else limit


def _why(verdict: Verdict) -> str:
    if verdict.reason != "type not narrow enough":
        asked = verdict.check.asked_for if verdict.check else ()
        return f"{verdict.reason}: {', '.join(asked)}" if asked else verdict.reason
    kinds = (("accepted", verdict.accepted_as), ("rejected", verdict.rejected_as), ("open", verdict.open_as))
    parts = [f"{word} as {', '.join(map(str, numbers))}" for word, numbers in kinds if numbers]
    return f"{verdict.reason}: {'; '.join(parts)}"


def _coloured(outcome: str) -> Any:
    from rich.text import Text

    return Text(outcome, COLOURS[outcome])
