"""`dynawave export`: trained weights to an ONNX file that `dynawave inspect` runs."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    weights: Annotated[Path, typer.Argument(help="Trained weights (.safetensors).")],
    out: Annotated[Path, typer.Option(help="ONNX file to write.")],
    version: Annotated[str, typer.Option(help="Version of the weights.")] = "0.1.0",
    config: Annotated[
        Path | None, typer.Option(help="Training configuration whose `card` counts in place of that of the training.")
    ] = None,
    terms: Annotated[str, typer.Option(help="Terms of use; else those of the run's data.")] = "",
    score_threshold: Annotated[float | None, typer.Option(help="Indications with less are left out (0.3).")] = None,
    mask_threshold: Annotated[
        float | None, typer.Option(help="Field value from which a pixel belongs to a flaw (0.5).")
    ] = None,
) -> None:
    """Write trained weights as ONNX, with the metadata that inspection needs, and check it against PyTorch.

    Thresholds that are not given are those of the `card` in the training configuration. A card costs no training: with
    --config the same weights get another one.

    Example: dynawave export runs/film/weights.safetensors --out film.onnx
    """
    from dynawave.training.config import load_config
    from dynawave.training.export import export as run
    from dynawave.training.record import terms_of_weights

    terms = terms or terms_of_weights(weights)
    thresholds = {"score_threshold": score_threshold, "mask_threshold": mask_threshold}
    given = {name: value for name, value in thresholds.items() if value is not None}
    base = load_config(config).card if config else None
    difference = run(weights, out, base, version=version, terms=terms, **given)
    typer.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB, differs from PyTorch by at most {difference:.1e}")
