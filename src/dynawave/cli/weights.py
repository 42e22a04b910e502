"""`dynawave weights`: the weights that come with the package, and the mean of trained ones."""

from pathlib import Path
from typing import Annotated

import typer

from dynawave.cli.ending import INCOMPLETE, tell

app = typer.Typer(help="The weights that come with the package, and the mean of trained ones.", no_args_is_help=True)


@app.callback()
def weights() -> None:
    """The weights that come with the package, and the mean of trained ones."""


@app.command("list")
def list_weights() -> None:
    """List the shipped weights with version, size, SHA-256 and terms of use.

    Example: dynawave weights list
    """
    from rich.console import Console

    from dynawave.errors import WeightsError
    from dynawave.inspection.runtime import Runtime
    from dynawave.weights import shipped

    damaged = False
    for path in shipped():
        try:
            runtime = Runtime(path, threads=1)
        except WeightsError as error:
            tell(str(error))
            damaged = True
            continue
        card, info = runtime.card, runtime.info
        lines = {
            "version": info.version,
            "classes": ", ".join(c.name for c in card.classes),
            "size": f"{path.stat().st_size / 1e6:.1f} MB",
            "sha256": info.sha256,
            "terms": info.terms or "not stated",
        }
        console = Console()
        console.print(path.stem, style="bold")
        for key, text in lines.items():
            console.print(f"  {key:8}{text}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(INCOMPLETE if damaged else 0)


@app.command()
def average(
    files: Annotated[list[Path], typer.Argument(metavar="WEIGHTS...", help="Trained weights (.safetensors).")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="File for their mean.")],
) -> None:
    """Write the mean of weights that began as the same ones and were trained with different seeds.

    Example: dynawave weights average results/film/last/seed-*/weights.safetensors --out film.safetensors
    """
    from dynawave.training.weights import average_weights

    average_weights(files, out)
    typer.echo(f"{out}: the mean of {len(files)}")
