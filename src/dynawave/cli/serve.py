"""`dynawave serve`: the workbench in the browser."""

from __future__ import annotations

from pathlib import Path
from socket import AF_INET, AF_INET6, IPPROTO_TCP, TCP_NODELAY, create_server, gethostname, socket
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from dynawave.errors import ConfigError

if TYPE_CHECKING:
    from dynawave.diconde.network import Peer
    from dynawave.workbench.bench import Workbench


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any that is free.")] = 8080,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of films and database; by default the user's own.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="DYNAWAVE_DATABASE",
            help="PostgreSQL as postgresql://USER@HOST/NAME; by default SQLite.",
        ),
    ] = None,
    team: Annotated[bool, typer.Option("--team", help="Accounts with a login, for several people.")] = False,
    weights: Annotated[
        str,
        typer.Option(metavar="NAME_OR_FILE", help="The first active model; later ones are made active on the page."),
    ] = "film",
    validation: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Annotated set on which new models are compared with the active.")
    ] = None,
    archive: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Archive that DICONDE results are sent to.")
    ] = None,
    archive_aet: Annotated[str, typer.Option(metavar="TITLE", help="How the archive is called.")] = "ANY-SCP",
    receive: Annotated[
        str | None,
        typer.Option(metavar="[HOST:]PORT", help="Take films by C-STORE; without HOST from this computer only."),
    ] = None,
    receive_aet: Annotated[str, typer.Option(metavar="TITLE", help="How senders have to call us.")] = "DYNAWAVE",
    receive_from: Annotated[
        list[str] | None, typer.Option(metavar="TITLE", help="Let in this sender; repeatable, by default any.")
    ] = None,
    receive_into: Annotated[str, typer.Option(metavar="PROJECT", help="Where received films go.")] = "Films",
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A name by which browsers call this server; repeatable.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of an inspection; by default all but one.")
    ] = None,
) -> None:
    """Open the workbench: look at films, inspect, correct, judge, sign and report in the browser.

    Example: dynawave serve --port 8080 --data films-of-2026
    """
    try:
        import uvicorn

        from dynawave.workbench.app import create_app
    except ImportError as error:
        raise ConfigError(f"serve needs {error.name}: pip install 'dynawave[serve]'.") from error
    from dynawave.weights import find
    from dynawave.workbench.settings import Settings

    find(weights)
    if validation:
        from dynawave.datasets.load import load_dataset

        load_dataset(validation)
    if archive:
        _peer("--archive", archive, archive_aet)
    incoming = _peer("--receive", _with_host(receive), receive_aet) if receive else None
    settings = Settings(
        data=data or Path(typer.get_app_dir("dynawave")) / "workbench",
        host=host,
        port=port,
        database=database,
        team=team,
        weights=weights,
        validation=validation and validation.absolute(),
        archive=archive,
        archive_title=archive_aet,
        allowed_hosts=tuple(allow_host or ()),
        threads=threads,
    )
    app = create_app(settings)
    bench: Workbench = app.state.bench
    address = listening(host, port)
    if team and (password := bench.people.first_admin()):
        typer.echo(f'Log in as "admin" with the password {password}, and add accounts; it is shown only this once.')
    typer.echo(_active_model(bench, find(weights)))
    if incoming:
        from dynawave.workbench.arriving import receiving_films

        bench.beside.enter_context(receiving_films(bench, incoming, receive_into, receive_from or ()))
        typer.echo(f'Films sent to {incoming} by C-STORE go into the project "{receive_into}".')
    typer.echo(f"The workbench is at {url(host, address.getsockname()[1])} (Ctrl-C stops it).")

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            bench.live.close()  # or pages that listen would hold the server up
            super().handle_exit(sig, frame)

    config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=5)
    Server(config).run(sockets=[address])


def _peer(option: str, place: str, title: str) -> Peer:
    try:
        from dynawave.diconde.network import peer
    except ImportError as error:
        raise ConfigError(f"{option} needs {error.name}: pip install 'dynawave[dicom]'.") from error
    return peer(place, title)


def _with_host(place: str) -> str:
    """A port alone is one that only this computer reaches."""
    return place if ":" in place else f"127.0.0.1:{place}"


def _active_model(bench: Workbench, given: Path) -> str:
    """Which model inspects: that of --weights only where no decision was ever made for another."""
    from hashlib import file_digest

    from dynawave.workbench.candidates.shelf import active

    with bench.database.reading() as session:
        model = active(session)
    told = f"The active model is {model.name} {model.version} ({model.sha256[:12]})"
    with given.open("rb") as file:
        same = file_digest(file, "sha256").hexdigest() == model.sha256
    return (
        f"{told}." if same else f"{told}; --weights {given.name} can be compared with it and made active on the page."
    )


def listening(host: str, port: int) -> socket:
    """A socket that listens.

    Raises:
        ConfigError: the address is taken or none of this computer's.
    """
    family = AF_INET6 if ":" in host else AF_INET
    try:
        address = create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ConfigError(f"--host {host} --port {port}: cannot be listened on ({error.strerror or error}).") from error
    # connections inherit it; without, a body waits 40 ms for the acknowledgement of its headers
    address.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    return address


def url(host: str, port: int) -> str:
    """Where a browser finds the workbench."""
    name = gethostname() if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"
