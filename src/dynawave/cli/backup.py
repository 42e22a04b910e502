"""`dynawave backup` and `dynawave restore`: a workbench as one file."""

from pathlib import Path
from typing import Annotated

import typer

from dynawave.errors import ConfigError

Url = Annotated[
    str | None,
    typer.Option(metavar="URL", envvar="DYNAWAVE_DATABASE", help="Where it is not SQLite in the data folder."),
]


def backup(
    data: Annotated[Path, typer.Argument(metavar="DIR", help="Data folder of the workbench.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The backup, a .zip file.")],
    database: Url = None,
) -> None:
    """Write all films, decisions, signatures and accounts to one file; the server may run meanwhile.

    Example: dynawave backup films-of-2026 --out films-of-2026.zip
    """
    from dynawave.workbench.settings import Settings
    from dynawave.workbench.store.backup import back_up
    from dynawave.workbench.store.database import Database

    if not (data / "blobs").is_dir():
        raise ConfigError(f"{data}: is no data folder of a workbench.")
    count = back_up(data, Database(Settings(data=data, database=database).database_url), out)
    typer.echo(f"{out}: {count} files and all rows.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `dynawave backup` wrote.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="An empty data folder, made if it is missing.")],
    database: Url = None,
) -> None:
    """Put a backup into an empty data folder; with --database into an empty PostgreSQL, too.

    Example: dynawave restore films-of-2026.zip --data restored
    """
    from dynawave.workbench.settings import Settings
    from dynawave.workbench.store.backup import restore as put_back
    from dynawave.workbench.store.database import Database

    count = put_back(file, data, Database(Settings(data=data, database=database).database_url))
    typer.echo(f"{data}: {count} files and all rows are back.")
