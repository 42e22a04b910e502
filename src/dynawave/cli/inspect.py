"""`dynawave inspect`: films in; indications, pictures and a report out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from dynawave.cli.ending import INCOMPLETE, interrupted, tell
from dynawave.errors import DynaWaveError

if TYPE_CHECKING:
    from dynawave.inspection.inputs import Input
    from dynawave.inspection.inspector import Inspector
    from dynawave.records import WeldContext
    from dynawave.reporting.folder import ReportFolder


def inspect(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Images, or folders that are searched.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the results.")],
    weights: Annotated[str, typer.Option(metavar="NAME_OR_FILE", help="Shipped weights, or an ONNX file.")] = "film",
    pixel_size: Annotated[
        float | None, typer.Option(metavar="MM", min=1e-6, help="Edge of a pixel; goes before what the file says.")
    ] = None,
    probability: Annotated[bool, typer.Option("--probability", help="Write the flaw probability a pixel too.")] = False,
    threshold: Annotated[
        float | None, typer.Option(metavar="SCORE", min=0, max=1, help="Least score; by default the model's own.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads; by default all.")] = None,
    context: Annotated[
        Path | None, typer.Option(metavar="JSON", help="What is known of the weld; goes before what the images say.")
    ] = None,
    base_metals: Annotated[
        str | None, typer.Option(metavar="A,B", help="The joined metals; this and the next go before --context.")
    ] = None,
    filler: Annotated[str | None, typer.Option(metavar="METAL", help="The filler metal.")] = None,
    process: Annotated[str | None, typer.Option(metavar="NAME", help="As GTAW, TIG or 141.")] = None,
    thickness: Annotated[float | None, typer.Option(metavar="MM", help="Penetrated thickness.")] = None,
    kv: Annotated[float | None, typer.Option(metavar="KV", help="Tube voltage.")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="Anything else about the weld, in words.")] = None,
) -> None:
    """Find the flaws in weld images; write pictures, a report, and files for other programs.

    Exit status: 0 every image was inspected; 1 some could not be, each named with its reason; 2 wrong use.

    Example: dynawave inspect films/ weld.dcm --pixel-size 0.05 --base-metals P91,316L --filler ERNiCr-3 --out report
    """
    from dynawave.inspection import Inspector
    from dynawave.inspection.inputs import asked_inputs
    from dynawave.records import WeldContext
    from dynawave.reporting.folder import ReportFolder

    metals = tuple(name for part in (base_metals or "").split(",") if (name := part.strip()))
    details = {"Note": note} if note else {}
    weld = _weld(context, WeldContext(None, metals, filler, process, thickness, kv, details=details))
    inputs = asked_inputs(paths)
    inspector = Inspector(weights, threads, threshold, class_map=probability)
    folder = ReportFolder(writable(out), inspector.model, inspector.classes)
    complete = _inspect_all(inputs, inspector, folder, pixel_size, weld, probability)
    folder.close(complete)
    _summarise(folder)
    if not complete:
        raise interrupted(f"interrupted; {len(folder.images)} images are done and in {out}.")
    raise typer.Exit(INCOMPLETE if folder.failures else 0)


def _weld(file: Path | None, options: WeldContext) -> WeldContext:
    """What the user says of the weld: the options and, where they are silent, the file."""
    from dynawave.images.context import checked, completed, read_context_file

    options = checked(options)
    return completed(options, read_context_file(file)) if file else options


def _inspect_all(
    inputs: list[Input],
    inspector: Inspector,
    folder: ReportFolder,
    pixel_size: float | None,
    weld: WeldContext,
    probability: bool,
) -> bool:
    """Inspect file by file; False when Ctrl-C stopped it."""
    from rich.console import Console
    from rich.progress import track

    from dynawave.images import read_image
    from dynawave.images.context import completed

    console = Console(stderr=True)
    try:
        for entry in track(inputs, "Inspecting", console=console, transient=True, disable=not console.is_terminal):
            for page in _pages(entry.path, folder):
                try:
                    image = read_image(entry.path, pixel_size, page)
                    inspection = inspector.inspect(replace(image, context=completed(weld, image.context)))
                except Exception as error:  # whatever one image does, the others are still inspected
                    _fail(entry.path, error, folder)
                else:
                    folder.add(inspection, entry.name, probability)
    except KeyboardInterrupt:
        return False
    return True


def writable(out: Path) -> Path:
    """The output folder, made if it is missing, and tried before hours of work go into it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out):
            return out
    except OSError as error:
        raise DynaWaveError(f"{out}: cannot be written ({error.strerror or error}).") from error


def _pages(path: Path, folder: ReportFolder) -> Iterator[int]:
    """Numbers of the file's pages; none, with the reason noted, of a file that cannot be read."""
    from dynawave.images import count_pages

    count = 0
    try:
        count = count_pages(path)
    except DynaWaveError as error:
        _fail(path, error, folder)
    yield from range(1, count + 1)


def _fail(path: Path, error: Exception, folder: ReportFolder) -> None:
    reason = (
        str(error)
        if isinstance(error, DynaWaveError)
        else f"{path}: cannot be inspected ({type(error).__name__}: {error})."
    )
    folder.fail(path, reason)
    tell(reason)


def _summarise(folder: ReportFolder) -> None:
    """A table of the images in the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from dynawave.reporting.overlay import length_text

    table = Table("Image")
    for heading in ("Indications", "Longest", "Seconds"):
        table.add_column(heading, justify="right")
    for image in folder.images:
        longest = max(image.indications, key=lambda i: i.length_px, default=None)
        length = length_text(longest.length_px, longest.length_mm) if longest else "–"
        name = f"{image.file}#{image.page}" if image.page else image.file
        table.add_row(Text(name, overflow="fold"), str(len(image.indications)), length, f"{image.seconds:.1f}")
    if folder.images:
        Console().print(table)
