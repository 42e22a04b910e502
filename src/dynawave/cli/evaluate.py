"""`dynawave evaluate`: how well flaws are found on annotated films."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand

from dynawave.cli.ending import interrupted

if TYPE_CHECKING:
    from dynawave.datasets.coco import CocoDataset
    from dynawave.evaluation.calls import Detector
    from dynawave.evaluation.evaluate import Progress

LEAST_SCORE: Final = 0.01
"""Measures look at calls of any score; fainter ones than this are thousands, and change nothing."""

ALL: Final = "all"


class BareCorruptions(TyperCommand):
    """`--corruptions` may stand alone, for all of them: typer knows no option whose value may be left out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give the bare option its value."""
        following = [*args[1:], "--"]
        bare = (arg == "--corruptions" and after.startswith("-") for arg, after in zip(args, following, strict=True))
        return super().parse_args(ctx, [f"{arg}={ALL}" if b else arg for arg, b in zip(args, bare, strict=True)])


def evaluate(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Annotated set: our COCO layout, or the GDXray root.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for metrics and calls.")],
    weights: Annotated[str | None, typer.Option(metavar="NAME_OR_FILE", help="Weights to be measured.")] = None,
    results: Annotated[
        Path | None, typer.Option(metavar="JSON", help="Or another program's COCO results to be measured.")
    ] = None,
    maps: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Its probability maps, <stem>.png, 16-bit grey.")
    ] = None,
    probability: Annotated[bool, typer.Option("--probability", help="Write the probability maps.")] = False,
    baseline: Annotated[bool, typer.Option(help="Measure the untrained blob filter beside.")] = True,
    corruptions: Annotated[
        str | None,
        typer.Option(metavar="[NAMES]", help="Measure on corrupted films instead: all, or some, as blur,noise."),
    ] = None,
) -> None:
    """Measure boxes, hits at false calls a film, pixels and flaw sizes on annotated films.

    Writes metrics.json, metrics.md and detections.json; with --corruptions robustness.json, .md and .svg.

    Example: dynawave evaluate --weights film --data films --out measured

    Example: dynawave evaluate --weights film --data films --corruptions --out robustness
    """
    if (weights is None) == (results is None):
        raise typer.BadParameter("give one of --weights and --results")
    if corruptions is not None:
        if weights is None or probability:
            reason = "corrupted films need --weights to look at them; --results are of the films as they were"
            raise typer.BadParameter("no maps are written" if probability else reason, param_hint="--corruptions")
        return _evaluate_corrupted(data, out, weights, corruptions)
    from rich.console import Console

    from dynawave.datasets.load import load_dataset
    from dynawave.evaluation.blob import blob_detector
    from dynawave.evaluation.evaluate import evaluate as run
    from dynawave.evaluation.evaluate import title, write_outcomes
    from dynawave.evaluation.table import kinds_tables, results_table, sizes_table
    from dynawave.taxonomy import FLAW

    dataset = load_dataset(data)
    detectors = [_named_detector(dataset, weights, results, maps)]
    if baseline:
        detectors.append(("blob filter", blob_detector, (FLAW.name,)))
    folder = out / "probability" if probability else None
    outcomes = [
        run(detector, dataset, name, folder if place == 0 else None, _progress(name), classes)
        for place, (name, detector, classes) in enumerate(detectors)
    ]
    write_outcomes(outcomes, out)
    records = [outcome.evaluation for outcome in outcomes]
    console = Console()
    for table in (results_table(records, title(records[0])), sizes_table(records), *kinds_tables(records)):
        console.print(table.rich())


def _evaluate_corrupted(data: Path, out: Path, weights: str, names: str) -> None:
    """Measure weights on clean and corrupted films."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from dynawave.datasets.load import load_dataset
    from dynawave.evaluation.calls import inspector_detector
    from dynawave.evaluation.corruptions import CORRUPTIONS
    from dynawave.evaluation.curves import kept_table, write_report
    from dynawave.evaluation.robustness import SEVERITIES, measure_robustness
    from dynawave.inspection import Inspector

    chosen = list(CORRUPTIONS) if names == ALL else names.split(",")
    if unknown := [name for name in chosen if name not in CORRUPTIONS]:
        reason = f"{unknown[0]!r} is none of {', '.join(CORRUPTIONS)}"
        raise typer.BadParameter(reason, param_hint="--corruptions")
    dataset = load_dataset(data)
    inspector = Inspector(weights, score_threshold=LEAST_SCORE)
    console = Console(stderr=True)
    bars = (TextColumn("{task.description:15}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*bars, console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=len(dataset.images) * (1 + len(chosen) * len(SEVERITIES)))
            report = measure_robustness(
                inspector_detector(inspector),
                dataset,
                inspector.model,
                [CORRUPTIONS[name] for name in chosen],
                out / "robustness.json",
                on_film=lambda label: progress.update(task, advance=1, description=label),
            )
    except KeyboardInterrupt:
        raise interrupted("interrupted; run the same command again to go on.") from None
    write_report(report, out)
    Console().print(kept_table(report).rich())


def _named_detector(
    dataset: "CocoDataset", weights: str | None, results: Path | None, maps: Path | None
) -> tuple[str, "Detector", tuple[str, ...]]:
    """What is measured: its name, how it is asked, and its classes where they are known beforehand."""
    from dynawave.evaluation.calls import file_detector, inspector_detector

    if results:
        return results.stem, file_detector(dataset, results, maps), ()
    from dynawave.inspection import Inspector

    inspector = Inspector(str(weights), score_threshold=LEAST_SCORE)
    return inspector.model.name, inspector_detector(inspector), tuple(flaw.name for flaw in inspector.classes)


def _progress(name: str) -> "Progress":
    """A bar over the images of one detector."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return lambda images: track(images, name, console=console, transient=True, disable=not console.is_terminal)
