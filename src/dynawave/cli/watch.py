"""`dynawave watch`: what comes into a folder is inspected by the workbench."""

from pathlib import Path
from typing import Annotated, Any

import typer

from dynawave.cli.ending import tell
from dynawave.cli.stating import Along, Joint, Layers, Level, Thickness, Throat, WeldLength, WeldWidth, stated


def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="Folder to watch.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for an answer (JSON) a film.")],
    url: Annotated[str, typer.Option(help="Where the workbench is.")] = "http://127.0.0.1:8080",
    token: Annotated[str | None, typer.Option(envvar="DYNAWAVE_TOKEN", help="Of a workbench with accounts.")] = None,
    pixel_size: Annotated[float | None, typer.Option(metavar="MM", min=1e-6, help="Edge of a pixel.")] = None,
    weights: Annotated[str | None, typer.Option(metavar="NAME", help="By default those of the workbench.")] = None,
    table: Annotated[str | None, typer.Option(metavar="ID", help="Acceptance table, for a verdict.")] = None,
    level: Level = None,
    joint: Joint = None,
    thickness: Thickness = None,
    throat: Throat = None,
    layers: Layers = None,
    weld_width: WeldWidth = None,
    weld_length: WeldLength = None,
    along: Along = None,
    once: Annotated[bool, typer.Option("--once", help="Stop when all films are done.")] = False,
    rest: Annotated[float, typer.Option(min=0.1, max=3600, metavar="S", help="Seconds between looks.")] = 2.0,
) -> None:
    """Have each film that comes into a folder inspected, and write what was found beside one another.

    Example: dynawave watch scanner --out answers --table iso5817:2023 --level B --joint butt --thickness 12
    """
    from dynawave.workbench.watching import Server
    from dynawave.workbench.watching import watch as go_on

    weld = stated(
        level=level,
        joint=joint,
        thickness_mm=thickness,
        throat_mm=throat,
        layers=layers,
        weld_width_mm=weld_width,
        weld_length_mm=weld_length,
        along=along,
    )
    given = {"pixel_size": pixel_size, "weights": weights, "table": table, **weld.model_dump()}
    server = Server(url.rstrip("/"), token, {key: str(value) for key, value in given.items() if value is not None})

    def done(film: Path, answer: dict[str, Any]) -> None:
        if answer["status"] == "failed":
            tell(f"{film.name}: {answer['detail']}")
        else:
            outcome = (answer.get("verdict") or {}).get("outcome")
            typer.echo(f"{film.name}: {len(answer['indications'])} indications" + (f", {outcome}" if outcome else ""))

    go_on(folder, out, server, done, once, rest)
