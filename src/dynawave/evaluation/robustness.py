"""How well a detector keeps its measures on corrupted films: every corruption, every severity, against clean films.

A flaw counts as found whatever kind it is called: so weights of one class and of several compare, and no kind of few
flaws decides.

The share kept is the relative performance under corruption of C. Michaelis et al., Benchmarking Robustness in Object
Detection (2019), arXiv:1907.07484: the mean measure over the severities over that of clean films.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError, computed_field

from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.datasets.load import data_hash
from dynawave.errors import DatasetError
from dynawave.evaluation.calls import Call, Calls, Detector
from dynawave.evaluation.corruptions import CORRUPTIONS, Corruption, corrupt, corrupt_dataset
from dynawave.evaluation.evaluate import evaluate
from dynawave.evaluation.film import Reader
from dynawave.images import read_image
from dynawave.images.files import write_json
from dynawave.records import ModelInfo, WeldImage
from dynawave.taxonomy import FLAW

SCHEMA_VERSION: Final = "1.0"
FALSE_CALLS: Final = (1, 2, 5)
CLEAN: Final = "clean"
SEVERITIES: Final = (1, 2, 3, 4, 5)
MEASURES: Final = ("AP50", "AP30", *(f"hits at {rate}" for rate in FALSE_CALLS), "pixel AP")


class Condition(BaseModel):
    """The measures on films of one corruption and severity; severity 0 is clean. None: without meaning.

    `level` is in the corruption's unit, None for clean films; `measures` has the keys `MEASURES`.
    """

    model_config = ConfigDict(frozen=True)

    corruption: str
    severity: int
    level: float | None
    calls: int
    measures: dict[str, float | None]
    seconds: float


class Robustness(BaseModel):
    """What was measured of a model on a set, in the order in which it was measured."""

    model_config = ConfigDict(frozen=True)

    schema_version: str = SCHEMA_VERSION
    model: str
    version: str
    model_sha256: str
    data: str
    data_sha256: str
    images: int
    flaws: int
    seed: int
    conditions: tuple[Condition, ...] = ()

    def find(self, corruption: str, severity: int, level: float | None) -> Condition | None:
        """The condition, if it was measured at this level."""
        wanted = (corruption, severity, level)
        return next((c for c in self.conditions if (c.corruption, c.severity, c.level) == wanted), None)

    @property
    def clean(self) -> Condition:
        """On films as they are."""
        return next(c for c in self.conditions if c.corruption == CLEAN)

    def curves(self) -> dict[str, list[Condition]]:
        """Corruption to its conditions of severity 1 to 5, of those that were measured to the end."""
        found = {
            name: [c for s in SEVERITIES if (c := self.find(name, s, kind.level(s)))]
            for name, kind in CORRUPTIONS.items()
        }
        return {name: conditions for name, conditions in found.items() if len(conditions) == len(SEVERITIES)}

    @computed_field  # type: ignore[prop-decorator]
    @property
    def kept(self) -> dict[str, dict[str, float | None]]:
        """Corruption to measure to its mean over the severities over that of clean films; None: without meaning."""
        return {name: {m: self._share(conditions, m) for m in MEASURES} for name, conditions in self.curves().items()}

    @computed_field  # type: ignore[prop-decorator]
    @property
    def mean_kept(self) -> dict[str, float | None]:
        """Measure to the mean of what is kept over the corruptions."""
        return {measure: _mean([shares[measure] for shares in self.kept.values()]) for measure in MEASURES}

    def _share(self, conditions: Sequence[Condition], measure: str) -> float | None:
        clean, mean = self.clean.measures[measure], _mean([c.measures[measure] for c in conditions])
        return mean / clean if clean and mean is not None else None


def measure_robustness(
    detector: Detector,
    dataset: CocoDataset,
    model: ModelInfo,
    corruptions: Sequence[Corruption],
    file: Path,
    seed: int = 0,
    on_film: Callable[[str], None] = lambda label: None,
) -> Robustness:
    """Measure a detector on clean films and on every severity of some corruptions; go on where a file left off.

    Args:
        detector: finds flaws.
        dataset: annotated films.
        model: what the detector is, to tell whether the file is about it.
        corruptions: some of `CORRUPTIONS`.
        file: JSON that is written anew after each condition. What it holds of the same model, set and seed is kept.
        seed: number of the series of random marks.
        on_film: called with the condition after each film, also of those that the file held.

    Raises:
        DatasetError: the file is about another model, set or seed, or is none of ours; or as of `evaluate`.
        ImageError: as of `evaluate`.
    """
    report = _resumed(file, _empty(dataset, model, seed))
    for corruption, severity in _plan(corruptions):
        name, level = (corruption.name, corruption.level(severity)) if corruption else (CLEAN, None)
        label = f"{name} {severity}" if corruption else CLEAN
        if report.find(name, severity, level):
            for _ in dataset.images:
                on_film(label)
            continue
        condition = _measure(detector, dataset, corruption, severity, seed, partial(on_film, label))
        report = report.model_copy(update={"conditions": (*report.conditions, condition)})
        write_json(file, report.model_dump())
    return report


def _plan(corruptions: Sequence[Corruption]) -> Iterator[tuple[Corruption | None, int]]:
    yield None, 0
    for corruption in corruptions:
        for severity in SEVERITIES:
            yield corruption, severity


def _empty(dataset: CocoDataset, model: ModelInfo, seed: int) -> Robustness:
    return Robustness(
        model=model.name,
        version=model.version,
        model_sha256=model.sha256,
        data=dataset.root.resolve().name,
        data_sha256=data_hash(dataset),
        images=len(dataset.images),
        flaws=sum(not annotation.iscrowd for annotation in dataset.annotations),
        seed=seed,
    )


def _resumed(file: Path, empty: Robustness) -> Robustness:
    """What the file holds, if it is about the same; else as it was given."""
    if not file.exists():
        return empty
    try:
        found = Robustness.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise DatasetError(f"{file}: is no record of robustness; remove it or name another folder.") from error
    if found.model_copy(update={"conditions": ()}) != empty:
        raise DatasetError(f"{file}: is about other weights, films or seed; remove it or name another folder.")
    return found


def _measure(
    detector: Detector,
    dataset: CocoDataset,
    corruption: Corruption | None,
    severity: int,
    seed: int,
    on_film: Callable[[], None],
) -> Condition:
    def progress(images: Sequence[CocoImage]) -> Iterator[CocoImage]:
        for image in images:
            yield image
            on_film()

    shown = corrupt_dataset(dataset, corruption, severity) if corruption else dataset
    read = _corrupting_reader(dataset, corruption, severity, seed) if corruption else None
    outcome = evaluate(_of_any_kind(detector), shown, "", progress=progress, classes=(FLAW.name,), read=read)
    found, matches = outcome.evaluation, outcome.matches
    hits = (matches.froc(rate) if matches.flaws else None for rate in FALSE_CALLS)
    return Condition(
        corruption=corruption.name if corruption else CLEAN,
        severity=severity,
        level=corruption.level(severity) if corruption else None,
        calls=found.calls,
        measures=dict(zip(MEASURES, (found.ap50, found.ap30, *hits, found.pixel_ap), strict=True)),
        seconds=found.seconds,
    )


def _of_any_kind(detector: Detector) -> Detector:
    """The detector without what it says of kinds."""

    def detect(image: WeldImage) -> Calls:
        found = detector(image)
        return Calls(tuple(Call(call.box, call.score, FLAW.name) for call in found.calls), found.probability)

    return detect


def _corrupting_reader(dataset: CocoDataset, corruption: Corruption, severity: int, seed: int) -> Reader:
    """Reads the files of a set, whose pixel sizes are those of the files, and corrupts what it reads."""
    sizes = {image.id: image.pixel_size_mm for image in dataset.images}
    return lambda image: corrupt(read_image(dataset.path(image), sizes[image.id]), corruption, severity, seed)


def _mean(values: Sequence[float | None]) -> float | None:
    """None if any value is, or there are none."""
    found = [value for value in values if value is not None]
    return fmean(found) if found and len(found) == len(values) else None
