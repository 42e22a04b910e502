"""`dynawave train`: train the network on annotated films."""

from pathlib import Path
from typing import Annotated

import typer

from dynawave.cli.ending import interrupted


def train(
    config: Annotated[Path, typer.Argument(help="Configuration (YAML); see experiments/.")],
    out: Annotated[Path, typer.Option(help="Run folder. An interrupted run in it is resumed.")],
    data: Annotated[
        list[Path] | None, typer.Option(help="Annotated films: a COCO folder or the GDXray root. May be repeated.")
    ] = None,
    init: Annotated[Path | None, typer.Option(help="Weights (.safetensors) to start from.")] = None,
    unlabelled: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Films of a new plant to adapt to. No labels are read.")
    ] = None,
    images_seen: Annotated[int | None, typer.Option(help="Budget in tiles, in place of the configuration's.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed, in place of the configuration's.")] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Film to leave out of the last --data. May be repeated.")
    ] = None,
) -> None:
    """Train the network on annotated films; run the same command again to resume.

    Example: dynawave train experiments/film.yaml --data simulated --out runs/film

    Example: dynawave train plant.yaml --data simulated --unlabelled films --init film.safetensors --out runs/plant
    """
    from dynawave.training.config import load_config
    from dynawave.training.run import train as run

    settings = load_config(config).overridden(images_seen, seed, tuple(exclude or ()))
    try:
        weights = run(settings, data or [], out, init, unlabelled)
    except KeyboardInterrupt:
        raise interrupted(f"interrupted; run the same command again to resume {out}.") from None
    typer.echo(f"{weights}\nExport it: dynawave export {weights} --out {out / (settings.name + '.onnx')}")
