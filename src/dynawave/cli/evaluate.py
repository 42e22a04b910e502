"""`dynawave evaluate`: how well flaws are found on annotated films."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from dynawave.datasets.coco import CocoDataset
    from dynawave.evaluation.calls import Detector
    from dynawave.evaluation.evaluate import Progress

LEAST_SCORE: Final = 0.01
"""Measures look at calls of any score; fainter ones than this are thousands, and change nothing."""


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
) -> None:
    """Measure boxes, hits at false calls a film, pixels and flaw sizes on annotated films.

    Writes metrics.json, metrics.md and detections.json.

    Example: dynawave evaluate --weights film --data films --out measured
    """
    if (weights is None) == (results is None):
        raise typer.BadParameter("give one of --weights and --results")
    from rich.console import Console

    from dynawave.datasets.load import load_dataset
    from dynawave.evaluation.blob import blob_detector
    from dynawave.evaluation.evaluate import evaluate as run
    from dynawave.evaluation.evaluate import title, write_outcomes
    from dynawave.evaluation.table import results_table, sizes_table

    dataset = load_dataset(data)
    detectors = [_named_detector(dataset, weights, results, maps)]
    if baseline:
        detectors.append(("blob filter", blob_detector))
    folder = out / "probability" if probability else None
    outcomes = [
        run(detector, dataset, name, folder if place == 0 else None, _progress(name))
        for place, (name, detector) in enumerate(detectors)
    ]
    write_outcomes(outcomes, out)
    records = [outcome.evaluation for outcome in outcomes]
    console = Console()
    console.print(results_table(records, title(records[0])).rich())
    console.print(sizes_table(records).rich())


def _named_detector(
    dataset: "CocoDataset", weights: str | None, results: Path | None, maps: Path | None
) -> tuple[str, "Detector"]:
    from dynawave.evaluation.calls import file_detector, inspector_detector

    if results:
        return results.stem, file_detector(dataset, results, maps)
    from dynawave.inspection import Inspector

    inspector = Inspector(str(weights), score_threshold=LEAST_SCORE)
    return inspector.model.name, inspector_detector(inspector)


def _progress(name: str) -> "Progress":
    """A bar over the images of one detector."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return lambda images: track(images, name, console=console, transient=True, disable=not console.is_terminal)
