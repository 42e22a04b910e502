"""`dynawave results`: pages of the tables from what has been run, and one that sums them up."""

from pathlib import Path
from typing import Annotated

import typer


def results(
    names: Annotated[list[str] | None, typer.Argument(help="Tables; none: all under experiments/.")] = None,
    runs: Annotated[Path, typer.Option(help="Folder with the run folders of each table.")] = Path("results"),
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("docs/results"),
) -> None:
    """Write a page for each table from its run folders, as `dynawave reproduce` left them.

    Unless tables are named, a page that sums them all up is written beside the folder, docs/results.md.

    Example: dynawave results
    """
    from dynawave.reproduce.pages import table_names, write_overview, write_pages
    from dynawave.reproduce.plan import load_plan
    from dynawave.reproduce.summary import find

    found = find([load_plan(name) for name in names or table_names()], runs)
    files = write_pages(found, runs, out)
    for file in files if names else [*files, write_overview(found, out)]:
        typer.echo(str(file))
