"""Run a detector over a set and measure it: one record, the same for our network, its peers and the blob filter."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from dynawave.datasets.coco import CocoDataset, CocoImage, in_classes, one_class
from dynawave.evaluation.cache import FilmCache
from dynawave.evaluation.calls import Call, Detector
from dynawave.evaluation.classification import Kinds, Regions, find_regions, measure_kinds
from dynawave.evaluation.detection import (
    FALSE_CALLS,
    HIT_PERCENT,
    Detection,
    Matches,
    average_precision,
    match,
    precision_at,
)
from dynawave.evaluation.film import Film, Reader, look_at
from dynawave.evaluation.images import (
    ImageKinds,
    Presence,
    find_images,
    find_presence,
    measure_images,
    measure_presence,
)
from dynawave.evaluation.operating import Operating
from dynawave.evaluation.pixels import PixelHistogram
from dynawave.evaluation.pod import Pod
from dynawave.evaluation.reliability import Reliability
from dynawave.evaluation.segmentation import Segmentation, class_ious, measure_segmentation
from dynawave.evaluation.sizes import Group, recall_by_contrast, recall_by_side
from dynawave.evaluation.sizing import Sizing
from dynawave.evaluation.table import kinds_tables, results_table, sizes_table
from dynawave.evaluation.uncertainty.bootstrap import Interval
from dynawave.images.files import write_bytes, write_json

SCHEMA_VERSION: Final = "1.3"

Progress = Callable[[Sequence[CocoImage]], Iterable[CocoImage]]


@dataclass(frozen=True, slots=True)
class Average:
    """Average precision at IoU 0.3, at 0.5 and over 0.5 to 0.95 of some of the flaws; None without flaws."""

    label: str
    ap30: float | None
    ap50: float | None
    ap: float | None


class Evaluation(BaseModel):
    """Every measure of one detector on one set; None where a measure has no meaning, as without flaws.

    `hits` is the share of the flaws hit by false calls a film ("1", "5", "20"); `false_calls_at` is the false calls a
    film by the share of flaws hit in percent ("50" to "90"), None where the calls do not hit so many; `precision_at` is
    the share of the calls that are true there, which compares detectors at equal recall; `seconds` is the
    time of the detector for all images, without reading them; `kinds` has the measures over regions, `segmentation`
    those over pixels of classes, `whole_images` those over images of a set with one class each, `presence` those of
    which classes are on an image.
    What follows is added by `dynawave.evaluation.complete`: `operating` at the detector's threshold, `sizing` in mm of
    "length" and "width", `reliability` of its scores, `pod` from hits and misses and from signals, `intervals` over
    films of the main figures by their dotted place.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: str = SCHEMA_VERSION
    name: str
    data: str
    images: int
    flaws: int
    calls: int
    false_calls: int
    ap50: float | None
    ap30: float | None
    ap: float | None
    ap_by_side: list[Average] = []
    ap_by_class: list[Average] = []
    hits: dict[str, float | None]
    false_calls_at: dict[str, float | None] = {}
    precision_at: dict[str, float | None] = {}
    pixel_ap: float | None
    auroc: float | None
    best_f1: float | None
    best_threshold: float | None
    pixel_calibration_error: float | None = None
    by_side: list[Group]
    by_contrast: list[Group]
    kinds: Kinds | None = None
    segmentation: Segmentation | None = None
    whole_images: ImageKinds | None = None
    presence: Presence | None = None
    operating: Operating | None = None
    sizing: dict[str, Sizing] = {}
    reliability: Reliability | None = None
    pod: list[Pod] = []
    intervals: dict[str, Interval] = {}
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """An evaluation and what it was made from.

    Attributes:
        evaluation: the measures.
        dataset: as the detector sees it, in its classes.
        films: what was found on each of its images; their counts by probability are coarse ones.
        detections: all calls in COCO's form.
        matches: the flaws that they hit.
        regions: flaws and windows of sound metal.
        images: whole images as regions, of a set with one class an image.
        classes: pixels by true and called class of each film, [films, classes + 1, classes + 1].
    """

    evaluation: Evaluation
    dataset: CocoDataset
    films: tuple[Film, ...]
    detections: list[Detection]
    matches: Matches
    regions: Regions
    images: Regions | None
    classes: NDArray[np.int64] | None


def evaluate(
    detector: Detector,
    dataset: CocoDataset,
    name: str,
    probability: Path | None = None,
    progress: Progress = iter,
    classes: Sequence[str] = (),
    read: Reader | None = None,
    cache: FilmCache | None = None,
) -> Outcome:
    """Measure a detector on every image of a set, whose flaws are asked for in the detector's classes (`in_classes`).

    Args:
        detector: from `inspector_detector`, `file_detector`, or any function from an image to its calls.
        dataset: annotated images; what the set says of a weld goes before what the image's file says.
        name: what the detector is called in tables.
        probability: folder to write the probability maps to (uint16 PNG), or None.
        progress: wraps the images, as `rich.progress.track` does.
        classes: names of the detector's classes, in the order of its class map; if they are not known, the set's own,
            or, of a detector that calls none of these, "flaw" for all.
        read: gives an image's pixels; None reads its file.
        cache: where films are kept, so that an evaluation that was stopped goes on.

    Raises:
        DatasetError: an image or a probability map has another size than the set says.
        ImageError: an image cannot be read: a measure over a part of the set would not be that of the set.
    """
    read = read or dataset.picture
    if classes:
        dataset = in_classes(dataset, classes)
    pixels, films = PixelHistogram(), list[Film]()
    for image in progress(dataset.images):
        file = probability / f"{Path(image.file_name).stem}.png" if probability else None
        film = None if cache is None or (file and not file.is_file()) else cache.get(dataset, image)
        if film is None:
            film = look_at(detector, dataset, image, read, file)
            if cache:
                cache.put(dataset, image, film)
        if film.pixels:
            pixels.join(film.pixels)
            film = replace(film, pixels=film.pixels.coarse())
        films.append(film)
    named = {call.name for film in films for call in film.calls}
    if not classes and not named & {category.name for category in dataset.categories}:
        dataset = one_class(dataset)  # "flaw" says that there is one, whatever its kind
    if not classes and len(dataset.categories) > 1:  # whose class map nobody can read
        films = [replace(film, classes=None) for film in films]
    return _measured(dataset, name, tuple(films), pixels)


def _measured(dataset: CocoDataset, name: str, films: tuple[Film, ...], pixels: PixelHistogram) -> Outcome:
    """Everything that follows from the films."""
    pairs = [(image, film.calls) for image, film in zip(dataset.images, films, strict=True)]
    detections = [detection for image, calls in pairs for detection in detections_of(dataset, image, calls)]
    matches, names = match(dataset, detections), [category.name for category in dataset.categories]
    regions = find_regions(dataset, pairs, [film.windows for film in films])
    images = find_images(dataset, [film.image_scores for film in films])
    counts = [film.classes for film in films if film.classes is not None]
    classes = np.stack(counts) if counts and len(counts) == len(films) else None
    ious = [None] * len(names) if classes is None else class_ious(classes.sum(0))
    precision, scores = average_precision(dataset, detections), pixels.scores()
    false_calls_at = {str(percent): _known(matches.false_calls(percent / 100)) for percent in HIT_PERCENT}
    evaluation = Evaluation(
        name=name,
        data=dataset.root.resolve().name,
        images=len(films),
        flaws=len(matches.flaws),
        calls=len(detections),
        false_calls=len(matches.false),
        ap50=_known(precision.ap50),
        ap30=_known(precision.ap30),
        ap=_known(precision.ap),
        ap_by_side=[_average(*item) for item in precision.by_side.items()],
        ap_by_class=[_average(*item) for item in precision.by_class.items()],
        hits={str(rate): _known(matches.froc(rate)) for rate in FALSE_CALLS},
        false_calls_at=false_calls_at,
        precision_at=precisions_at(false_calls_at, len(matches.flaws), len(films)),
        pixel_ap=_known(scores.ap),
        auroc=_known(scores.auroc),
        best_f1=_known(scores.best_f1),
        best_threshold=_known(scores.best_threshold),
        pixel_calibration_error=_known(pixels.calibration_error()),
        by_side=recall_by_side(matches),
        by_contrast=recall_by_contrast(matches, [value for film in films for value in film.contrasts]),
        kinds=measure_kinds(regions, names, ious),
        segmentation=None if classes is None else measure_segmentation(classes, names),
        whole_images=None if images is None else measure_images(images, names),
        presence=measure_presence(find_presence(dataset, films)),
        seconds=round(sum(film.seconds for film in films), 3),
    )
    return Outcome(evaluation, dataset, films, detections, matches, regions, images, classes)


def precisions_at(false_calls_at: Mapping[str, float | None], flaws: int, images: int) -> dict[str, float | None]:
    """`Evaluation.precision_at`, which follows from what older records hold."""
    return {percent: precision_at(int(percent), flaws, images, calls) for percent, calls in false_calls_at.items()}


def write_outcomes(outcomes: Sequence[Outcome], directory: Path) -> None:
    """Write `metrics.json`, `metrics.md` and `detections.json` (COCO results; of the second `detections.NAME.json`)."""
    records = [outcome.evaluation for outcome in outcomes]
    for place, outcome in enumerate(outcomes):
        name = f"detections.{outcome.evaluation.name}.json" if place else "detections.json"
        write_json(directory / name, outcome.detections)
    tables = [results_table(records, title(records[0])), sizes_table(records), *kinds_tables(records)]
    write_bytes(directory / "metrics.md", "\n".join(table.markdown() for table in tables).encode())
    write_json(directory / "metrics.json", {"results": [record.model_dump() for record in records]})


def title(record: Evaluation) -> str:
    """What a table of such records is about."""
    return f"{record.data}: {record.images} images, {record.flaws} flaws; hits at false calls a film"


def detections_of(dataset: CocoDataset, image: CocoImage, calls: Sequence[Call]) -> list[Detection]:
    """Calls in COCO's form, scored for their class (9); a class that the set lacks gets an id that it lacks."""
    ids = {category.name: category.id for category in dataset.categories}
    none = max(ids.values(), default=0) + 1
    return [
        {
            "image_id": image.id,
            "category_id": ids.get(call.name, none),
            "bbox": call.box,
            "score": call.score * call.class_score if call.name in ids else call.score,
        }
        for call in calls
    ]


def _average(label: str, values: tuple[float, float, float]) -> Average:
    return Average(label, *(_known(value) for value in values))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
