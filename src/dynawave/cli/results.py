"""`dynawave results`: pages of the tables from what has been run."""

from pathlib import Path
from typing import Annotated

import typer


def results(
    names: Annotated[list[str] | None, typer.Argument(help="Tables; none: all under experiments/.")] = None,
    runs: Annotated[Path, typer.Option(help="Folder with the run folders of each table.")] = Path("results"),
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("docs/results"),
) -> None:
    """Write a page for each table from its run folders, as `dynawave reproduce` left them, and a list of the tables.

    Example: dynawave results
    """
    from dynawave.reproduce.pages import table_names, write_pages
    from dynawave.reproduce.plan import load_plan

    for file in write_pages([load_plan(name) for name in names or table_names()], runs, out):
        typer.echo(str(file))
