"""`dynawave audit`: the log of all changes."""

from pathlib import Path
from typing import Annotated

import typer

from dynawave.cli.ending import INCOMPLETE, tell
from dynawave.errors import ConfigError

app = typer.Typer(help="The workbench's log of all changes.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """The workbench's log of all changes."""


@app.command()
def verify(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Data folder of the workbench.")],
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", envvar="DYNAWAVE_DATABASE", help="Where it is not SQLite in the data folder."),
    ] = None,
) -> None:
    """Check that no change, decision or signature was altered, left out or put in later.

    Prints the last link's hash: note it elsewhere, and whoever forges the whole log is found out.

    Example: dynawave audit verify --data films-of-2026
    """
    from dynawave.workbench import audit as log
    from dynawave.workbench.settings import Settings
    from dynawave.workbench.store.blobs import Blobs
    from dynawave.workbench.store.database import Database

    if not (data / "blobs").is_dir():
        raise ConfigError(f"{data}: is no data folder of a workbench.")
    with Database(Settings(data=data, database=database).database_url).reading() as session:
        found = log.verify(session, Blobs(data / "blobs"))
    for fault in found.faults:
        tell(fault)
    typer.echo(f"{found.links} links, the last {found.last}.")
    raise typer.Exit(INCOMPLETE if found.faults else 0)
