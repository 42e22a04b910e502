"""`dynawave evaluate`: how well flaws are found on annotated films."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand

from dynawave.cli.ending import interrupted

if TYPE_CHECKING:
    from dynawave.datasets.coco import CocoDataset
    from dynawave.evaluation.calls import Detector
    from dynawave.evaluation.complete import Completed
    from dynawave.evaluation.evaluate import Progress

ALL: Final = "all"


class BareCorruptions(TyperCommand):
    """`--corruptions` may stand alone, for all of them: typer knows no option whose value may be left out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give the bare option its value."""
        following = [*args[1:], "--"]
        bare = (arg == "--corruptions" and after.startswith("-") for arg, after in zip(args, following, strict=True))
        return super().parse_args(ctx, [f"{arg}={ALL}" if b else arg for arg, b in zip(args, bare, strict=True)])


@dataclass(frozen=True)
class _Subject:
    """A detector to measure: its name, its classes where they are known, its threshold, and a key to keep films by."""

    name: str
    detector: "Detector"
    classes: tuple[str, ...] = ()
    threshold: float | None = None
    key: str | None = None


def evaluate(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Annotated set: our COCO layout, or the GDXray root.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for everything that is written.")],
    weights: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME_OR_FILE", help="Weights to be measured; give it again to compare with the first."),
    ] = None,
    results: Annotated[
        Path | None, typer.Option(metavar="JSON", help="Or another program's COCO results to be measured.")
    ] = None,
    maps: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Its probability maps, <stem>.png, 16-bit grey.")
    ] = None,
    probability: Annotated[bool, typer.Option("--probability", help="Write the probability maps.")] = False,
    baseline: Annotated[bool, typer.Option(help="Measure the untrained blob filter beside.")] = True,
    calibrate: Annotated[
        Path | None,
        typer.Option(metavar="ONNX", help="Write the weights with scores calibrated on these films, for validation."),
    ] = None,
    corruptions: Annotated[
        str | None,
        typer.Option(metavar="[NAMES]", help="Measure on corrupted films instead: all, or some, as blur,noise."),
    ] = None,
) -> None:
    """Measure boxes, false calls, pixels, classes, sizes, scores and the probability of detection on annotated films.

    Writes metrics.json, metrics.md, report.html, curves/, worst.png, flaws.csv and detections.json; what was found on
    each film is kept in films/, so that an evaluation that was stopped goes on by the same command. With --corruptions
    robustness.json, .md and .svg.

    Example: dynawave evaluate --weights film --data films --out measured

    Example: dynawave evaluate --weights new.onnx --weights film --data films --out compared

    Example: dynawave evaluate --weights film --data validation --calibrate calibrated.onnx --out measured

    Example: dynawave evaluate --weights film --data films --corruptions --out robustness
    """
    if (weights is None) == (results is None):
        raise typer.BadParameter("give one of --weights and --results")
    if corruptions is not None:
        if weights is None or probability or len(weights) > 1:
            raise typer.BadParameter(_unfit(weights, probability), param_hint="--corruptions")
        return _evaluate_corrupted(data, out, weights[0], corruptions)
    if calibrate and (weights is None or len(weights) > 1):
        raise typer.BadParameter("give the --weights to be calibrated, and no others", param_hint="--calibrate")
    from dynawave.datasets.load import load_dataset

    dataset = load_dataset(data)
    subjects = [_weights(name) for name in weights or ()] or [_results(dataset, results or Path(), maps)]
    if baseline:
        subjects.append(_baseline())
    try:
        measured = _measure(dataset, _distinct(subjects), out, probability)
    except KeyboardInterrupt:
        raise interrupted("interrupted; run the same command again to go on.") from None
    if calibrate and weights:
        _calibrate(weights[0], measured[0], calibrate)


def _measure(dataset: "CocoDataset", subjects: list[_Subject], out: Path, probability: bool) -> list["Completed"]:
    """Measure all, write the folder, and show the tables."""
    from rich.console import Console

    from dynawave.evaluation.cache import FilmCache
    from dynawave.evaluation.complete import compare, complete
    from dynawave.evaluation.evaluate import evaluate as run
    from dynawave.evaluation.report.folder import all_tables, write_folder

    folder = out / "probability" if probability else None
    outcomes = [
        run(
            subject.detector,
            dataset,
            subject.name,
            folder if subject is subjects[0] else None,
            _progress(subject.name),
            subject.classes,
            cache=FilmCache(out / "films", subject.key) if subject.key else None,
        )
        for subject in subjects
    ]
    with Console(stderr=True).status("intervals, curves and tables"):
        measured = [complete(outcome, s.threshold) for outcome, s in zip(outcomes, subjects, strict=True)]
        compared = {other.evaluation.name: compare(measured[0], other) for other in measured[1:]}
        write_folder(measured, compared, out)
    console = Console()
    for table in all_tables(measured, compared):
        console.print(table.rich())
    return measured


def _weights(name: str) -> _Subject:
    """Our own network; scores are cut where they are faint before they are calibrated."""
    from dynawave.evaluation.calls import LEAST_SCORE, inspector_detector
    from dynawave.inspection import Inspector

    inspector = Inspector(name)
    threshold = inspector.score_threshold
    inspector.settings = replace(inspector.settings, score_threshold=LEAST_SCORE)
    classes = tuple(flaw.name for flaw in inspector.classes)
    key = f"{inspector.model.sha256} {inspector.settings}"
    return _Subject(inspector.model.name, inspector_detector(inspector), classes, threshold, key)


def _results(dataset: "CocoDataset", results: Path, maps: Path | None) -> _Subject:
    """Another program's results."""
    from dynawave.evaluation.calls import file_detector

    return _Subject(results.stem, file_detector(dataset, results, maps))


def _baseline() -> _Subject:
    from dynawave.evaluation.blob import blob_detector
    from dynawave.taxonomy import FLAW

    return _Subject("blob filter", blob_detector, (FLAW.name,), key="blob filter")


def _distinct(subjects: list[_Subject]) -> list[_Subject]:
    """With a number after a name that an earlier one has."""
    names = [subject.name for subject in subjects]
    return [
        replace(subject, name=f"{subject.name} {number}")
        if (number := names[: place + 1].count(subject.name)) > 1
        else subject
        for place, subject in enumerate(subjects)
    ]


def _calibrate(weights: str, measured: "Completed", file: Path) -> None:
    from rich.console import Console

    from dynawave.evaluation.calibrate import calibrate

    done = calibrate(weights, measured, file)
    Console().print(
        f"{file}: calibrated by slope {done.calibration.slope:.3f} and offset {done.calibration.offset:+.3f}; mean "
        f"distance of score and truth {done.before:.3f} before, {done.after:.3f} on films that the fit did not see.",
        soft_wrap=True,
    )


def _unfit(weights: list[str] | None, probability: bool) -> str:
    """Why films cannot be corrupted for these options."""
    if weights is None:
        return "corrupted films need --weights to look at them; --results are of the films as they were"
    return "no maps are written" if probability else "give one of --weights"


def _evaluate_corrupted(data: Path, out: Path, weights: str, names: str) -> None:
    """Measure weights on clean and corrupted films."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from dynawave.datasets.load import load_dataset
    from dynawave.evaluation.calls import LEAST_SCORE, inspector_detector
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


def _progress(name: str) -> "Progress":
    """A bar over the images of one detector."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return lambda images: track(images, name, console=console, transient=True, disable=not console.is_terminal)
