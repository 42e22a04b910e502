"""`dynawave explain`: why indications were called, as pictures and figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dynawave.cli.ending import INCOMPLETE, tell
from dynawave.cli.inspect import writable
from dynawave.errors import DynaWaveError

if TYPE_CHECKING:
    from dynawave.explain.explainer import Explainer
    from dynawave.explain.folder import ExplanationFolder
    from dynawave.inspection.inputs import Input


def explain(
    paths: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Images, or folders that are searched.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the pictures.")],
    weights: Annotated[
        str, typer.Option(metavar="NAME_OR_FILE", help="Shipped weights, or ONNX with its .safetensors beside it.")
    ] = "film",
    indication: Annotated[
        list[int] | None,
        typer.Option(metavar="N", min=1, help="Number of an indication; may be repeated. [default: 1]"),
    ] = None,
) -> None:
    """Show why indications were called: evidence, sub-bands, sampling places, gate and intensity field.

    Numbers are those of `dynawave inspect`. Of an image without indications the likeliest place is explained.
    Exit status: 0 every image was explained; 1 some could not be, each named with its reason; 2 wrong use.

    Example: dynawave explain weld.png --indication 2 --out why
    """
    try:
        from dynawave.explain.explainer import Explainer
        from dynawave.explain.folder import ExplanationFolder
    except ImportError as error:
        raise DynaWaveError(f"explain needs {error.name}: pip install 'dynawave[explain]'.") from error
    from dynawave.inspection.inputs import asked_inputs

    inputs = asked_inputs(paths)
    explainer = Explainer(weights)
    folder = ExplanationFolder(writable(out), explainer.inspector.model)
    try:
        _explain_all(inputs, explainer, folder, indication or [1])
    finally:
        folder.close()
    typer.echo(f"{out}: {sum(len(image['explanations']) for image in folder.images)} explained")
    raise typer.Exit(INCOMPLETE if folder.failures else 0)


def _explain_all(
    inputs: Sequence[Input], explainer: Explainer, folder: ExplanationFolder, numbers: Sequence[int]
) -> None:
    """Explain file by file and page by page."""
    from rich.console import Console
    from rich.progress import track

    from dynawave.images import count_pages, read_image

    console = Console(stderr=True)
    for entry in track(inputs, "Explaining", console=console, transient=True, disable=not console.is_terminal):
        try:
            for page in range(1, count_pages(entry.path) + 1):
                inspection = explainer.inspector.inspect(read_image(entry.path, page=page))
                name = f"{entry.name}#{page}" if inspection.image.page else entry.name
                folder.add(name, inspection, list(explainer.explain(inspection, numbers)))
        except Exception as error:  # whatever one image does, the others are still explained
            told = isinstance(error, DynaWaveError)
            reason = str(error) if told else f"{entry.path}: cannot be explained ({type(error).__name__}: {error})."
            folder.fail(entry.path, reason)
            tell(reason)
