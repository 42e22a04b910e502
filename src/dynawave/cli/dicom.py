"""`dynawave dicom`: results as DICOM and DICONDE objects, and films and results over the network."""

from __future__ import annotations

from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dynawave.cli.ending import INCOMPLETE, tell
from dynawave.errors import DynaWaveError

if TYPE_CHECKING:
    from dynawave.diconde.findings import Findings

app = typer.Typer(help="Results as DICOM objects; films and results over the network.", no_args_is_help=True)

To = Annotated[str, typer.Option("--to", metavar="HOST:PORT", help="Where the archive is.")]
Called = Annotated[str, typer.Option("--aet", metavar="TITLE", help="How the archive is called.")]
Own = Annotated[str, typer.Option("--own-aet", metavar="TITLE", help="How we call ourselves.")]


@app.callback()
def dicom() -> None:
    """Results as DICOM objects; films and results over the network."""
    for module in ("highdicom", "pynetdicom"):
        if find_spec(module) is None:
            raise DynaWaveError(f"dicom needs {module}: pip install 'dynawave[dicom]'.")


@app.command()
def export(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="What `dynawave inspect --out` wrote.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the objects.")],
    film: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="The film, by its file name; by default all, where they were inspected."),
    ] = None,
) -> None:
    """Write, for each DICOM film, what was found: segmentation, structured report, and DICONDE copy of the film.

    NAME.seg.dcm has a segment an indication, NAME.sr.dcm its figures, NAME.diconde.dcm the film with group 0014's
    indications. All refer to the film and carry its study.

    Exit status: 0 every film is done; 1 some could not be, each named with its reason; 2 wrong use.

    Example: dynawave dicom export result --film weld.dcm --out objects
    """
    from dynawave.diconde.export import export_film
    from dynawave.diconde.findings import read_findings
    from dynawave.images.files import unique_stem

    films: dict[Path, list[Findings]] = defaultdict(list)
    for path, findings in read_findings(results):
        films[path].append(findings)
    failed, taken = False, set[str]()
    for path, pages in _chosen(films, film).items():
        try:
            written = export_film(path, pages, out, unique_stem(path.name, taken))
        except DynaWaveError as error:
            tell(str(error))
            failed = True
        else:
            typer.echo("\n".join(map(str, written)))
    raise typer.Exit(INCOMPLETE if failed else 0)


def _chosen(films: dict[Path, list[Findings]], wanted: list[Path] | None) -> dict[Path, list[Findings]]:
    """The films to write of: those wanted, wherever they lie now, by their file names; else all."""
    if not wanted:
        return films
    chosen: dict[Path, list[Findings]] = {}
    for file in wanted:
        named = [pages for path, pages in films.items() if path.name == file.name]
        exact = films.get(file)
        if exact is None and len(named) != 1:
            raise DynaWaveError(f"{file}: the results are of {len(named) or 'no'} films of this name.")
        chosen[file] = exact or named[0]
    return chosen


@app.command()
def receive(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the films, as UID.dcm.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port.")] = 11112,
    host: Annotated[str, typer.Option(help="Address to listen at; by default this machine only.")] = "127.0.0.1",
    aet: Annotated[str, typer.Option(metavar="TITLE", help="How the senders have to call us.")] = "DYNAWAVE",
    allow: Annotated[
        list[str] | None, typer.Option("--from", metavar="TITLE", help="Let in this sender; by default any.")
    ] = None,
    max_mb: Annotated[int, typer.Option(metavar="MB", min=1, help="Largest film that is taken.")] = 1024,
) -> None:
    """Take films over the network (C-STORE, C-ECHO) until Ctrl-C, and print the file of each.

    A title is a name and no proof: beyond this machine, let a firewall say who may connect.

    Example: dynawave dicom receive --port 11112 --out films
    """
    from threading import Event

    from dynawave.cli.inspect import writable
    from dynawave.diconde.receive import Receiver, receiving

    receiver = Receiver(writable(out), max_mb * 2**20, stored=typer.echo, refused=tell)
    with receiving(receiver, port, host, aet, allow or ()) as listening:
        typer.echo(f"{aet} listens at {host}:{listening}; Ctrl-C stops it.", err=True)
        Event().wait()


@app.command()
def send(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="DICOM files.")],
    to: To,
    aet: Called = "ANY-SCP",
    own_aet: Own = "DYNAWAVE",
) -> None:
    """Send DICOM files to an archive (C-STORE).

    Exit status: 0 every file is stored; 1 some are not, each named with its reason; 2 wrong use, or no archive there.

    Example: dynawave dicom send objects/*.dcm --to 127.0.0.1:4242 --aet ORTHANC
    """
    from dynawave.diconde.network import peer
    from dynawave.diconde.send import send as run

    failed = False
    for file, reason in run(files, peer(to, aet), own_aet):
        failed |= bool(reason)
        if reason:
            tell(reason)
        else:
            typer.echo(file)
    raise typer.Exit(INCOMPLETE if failed else 0)


@app.command()
def echo(to: To, aet: Called = "ANY-SCP", own_aet: Own = "DYNAWAVE") -> None:
    """Ask whether an archive is there and lets us in (C-ECHO).

    Example: dynawave dicom echo --to 127.0.0.1:4242 --aet ORTHANC
    """
    from dynawave.diconde.network import peer
    from dynawave.diconde.send import echo as run

    there = peer(to, aet)
    run(there, own_aet)
    typer.echo(f"{there} answers.")
