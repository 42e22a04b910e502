"""`dynawave simulate`: draw annotated pictures of welds."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from dynawave.cli.ending import interrupted


def simulate(
    count: Annotated[int, typer.Option(min=1, help="Number of pictures.")],
    out: Annotated[Path, typer.Option(help="Data set folder; finished films in it are kept.")],
    seed: Annotated[int, typer.Option(min=0, help="Number of the series; the same seed draws the same films.")] = 0,
    modality: Annotated[str, typer.Option(help="radiograph, visual or ultrasonic.")] = "radiograph",
    size: Annotated[str | None, typer.Option(help="Width x height in pixels; a film's is 1400x640.")] = None,
    physics: Annotated[bool, typer.Option("--physics", help="Radiographs from X-ray physics and metallurgy.")] = False,
    file_format: Annotated[str, typer.Option("--format", help="png, tiff or dicom (DICONDE).")] = "png",
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
) -> None:
    """Simulate weld films, photographs or ultrasonic scans with flaw masks; an interrupted run goes on where it was.

    Example: dynawave simulate --count 200 --seed 1 --out films
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from dynawave.errors import ConfigError
    from dynawave.simulate.dataset import simulate_dataset
    from dynawave.simulate.formats import FORMATS
    from dynawave.simulate.modalities import MODALITIES
    from dynawave.simulate.records import FilmSpec

    console = Console(stderr=True)
    if modality not in MODALITIES:
        raise typer.BadParameter(f"write one of {', '.join(MODALITIES)}", param_hint="--modality")
    if physics and modality != "radiograph":
        raise typer.BadParameter("only radiographs are drawn by it", param_hint="--physics")
    if file_format not in FORMATS:
        raise typer.BadParameter(f"write one of {', '.join(FORMATS)}", param_hint="--format")
    kind = MODALITIES[modality].spec
    try:
        width, height = (int(side) for side in size.lower().split("x")) if size else (kind().width, kind().height)
        spec = kind(width=width, height=height)
        if isinstance(spec, FilmSpec):
            spec = replace(spec, physics=physics)
    except (ValueError, ConfigError) as error:
        raise typer.BadParameter(str(error) if isinstance(error, ConfigError) else "write it as 1400x640") from error
    bars = (TextColumn("films"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*bars, console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task("films", total=count)
            path = simulate_dataset(
                out, count, seed, spec, workers, on_film=lambda _: progress.advance(task), file_format=file_format
            )
    except KeyboardInterrupt:
        raise interrupted("interrupted; run the same command again to go on.") from None
    typer.echo(path)
