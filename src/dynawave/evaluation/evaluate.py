"""Run a detector over a set and measure it: one record, the same for our network, its peers and the blob filter."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from dynawave.datasets.coco import CocoDataset, CocoImage, in_classes, one_class
from dynawave.datasets.raster import annotation_mask, instance_map
from dynawave.errors import DatasetError
from dynawave.evaluation.calls import Call, Detector
from dynawave.evaluation.classification import ClassPixels, Kinds, find_regions, measure_kinds, sound_windows
from dynawave.evaluation.detection import FALSE_CALLS, HIT_PERCENT, Detection, Matches, average_precision, match
from dynawave.evaluation.pixels import PixelHistogram, PixelScores, to_uint16
from dynawave.evaluation.sizes import Group, contrast_to_noise, recall_by_contrast, recall_by_side
from dynawave.evaluation.table import kinds_tables, results_table, sizes_table
from dynawave.images import read_image
from dynawave.images.files import write_bytes, write_json, write_png
from dynawave.images.normalise import to_grey
from dynawave.images.tiles import Tile
from dynawave.records import WeldImage

SCHEMA_VERSION: Final = "1.1"

Progress = Callable[[Sequence[CocoImage]], Iterable[CocoImage]]
Reader = Callable[[CocoImage], WeldImage]


class Evaluation(BaseModel):
    """Every measure of one detector on one set; None where a measure has no meaning, as without flaws.

    `hits` is the share of the flaws hit by false calls a film ("1", "5", "20"); `false_calls_at` is the false calls a
    film by the share of flaws hit in percent ("50" to "90"), None where the calls do not hit so many; `seconds` is the
    time of the detector for all images, without reading them; `kinds` has the measures over regions of a set of several
    classes.
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
    hits: dict[str, float | None]
    false_calls_at: dict[str, float | None] = {}
    pixel_ap: float | None
    auroc: float | None
    best_f1: float | None
    best_threshold: float | None
    by_side: list[Group]
    by_contrast: list[Group]
    kinds: Kinds | None = None
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """An evaluation, the calls that it measured, and the flaws that they hit."""

    evaluation: Evaluation
    detections: list[Detection]
    matches: Matches


def evaluate(
    detector: Detector,
    dataset: CocoDataset,
    name: str,
    probability: Path | None = None,
    progress: Progress = iter,
    classes: Sequence[str] = (),
    read: Reader | None = None,
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

    Raises:
        DatasetError: an image or a probability map has another size than the set says.
        ImageError: an image cannot be read: a measure over a part of the set would not be that of the set.
    """
    read = read or (lambda image: read_image(dataset.path(image), image.pixel_size_mm))
    if classes:
        dataset = in_classes(dataset, classes)
    pixels, class_pixels, windows = PixelHistogram(), ClassPixels(len(dataset.categories)), list[Sequence[Tile]]()
    calls, contrasts, seconds = list[tuple[CocoImage, Sequence[Call]]](), list[float](), 0.0
    for image in progress(dataset.images):
        picture = read(image)
        if image.context:
            picture = replace(picture, context=image.context)
        _check_size(dataset, image, (picture.height, picture.width), "image")
        start = time.perf_counter()
        found = detector(picture)
        seconds += time.perf_counter() - start
        calls.append((image, found.calls))
        instances, labels = instance_map(dataset, image)
        flawed = instances > 0
        windows.append(sound_windows(flawed))
        contrasts += _contrasts(dataset, image, to_grey(picture.pixels), flawed)
        if found.probability is not None:
            _check_size(dataset, image, found.probability.shape, "probability map")
            pixels.add(found.probability, flawed)
            if probability:
                write_png(probability / f"{Path(image.file_name).stem}.png", to_uint16(found.probability))
        if found.class_map is not None and len(dataset.categories) > 1:  # where flaws are just flaws, none is misnamed
            class_pixels.add(np.concatenate([[0], labels + 1])[instances], found.class_map)
    named = {call.name for _, found in calls for call in found}
    if not classes and not named & {category.name for category in dataset.categories}:
        dataset = one_class(dataset)  # "flaw" says that there is one, whatever its kind
    kinds = None
    if len(dataset.categories) > 1:
        ious = class_pixels.ious() if classes else [None] * len(dataset.categories)
        names = [category.name for category in dataset.categories]
        kinds = measure_kinds(find_regions(dataset, calls, windows), names, ious)
    detections = [detection for image, found in calls for detection in _detections(dataset, image, found)]
    matches = match(dataset, detections)
    measured = _measure(dataset, name, detections, matches, pixels.scores(), contrasts, seconds, kinds)
    return Outcome(measured, detections, matches)


def _measure(
    dataset: CocoDataset,
    name: str,
    detections: list[Detection],
    matches: Matches,
    scores: PixelScores,
    contrasts: list[float],
    seconds: float,
    kinds: Kinds | None,
) -> Evaluation:
    precision = average_precision(dataset, detections)
    return Evaluation(
        name=name,
        data=dataset.root.resolve().name,
        images=len(dataset.images),
        flaws=len(matches.flaws),
        calls=len(detections),
        false_calls=len(matches.false),
        ap50=_known(precision.ap50),
        ap30=_known(precision.ap30),
        ap=_known(precision.ap),
        hits={str(rate): _known(matches.froc(rate)) for rate in FALSE_CALLS},
        false_calls_at={str(percent): _known(matches.false_calls(percent / 100)) for percent in HIT_PERCENT},
        pixel_ap=_known(scores.ap),
        auroc=_known(scores.auroc),
        best_f1=_known(scores.best_f1),
        best_threshold=_known(scores.best_threshold),
        by_side=recall_by_side(matches),
        by_contrast=recall_by_contrast(matches, contrasts),
        kinds=kinds,
        seconds=round(seconds, 3),
    )


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


def _detections(dataset: CocoDataset, image: CocoImage, calls: Sequence[Call]) -> list[Detection]:
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


def _contrasts(
    dataset: CocoDataset, image: CocoImage, grey: NDArray[np.float32], flawed: NDArray[np.bool_]
) -> list[float]:
    return [
        contrast_to_noise(grey, annotation_mask(annotation, image), flawed)
        for annotation in dataset.annotations_of(image)
        if not annotation.iscrowd
    ]


def _check_size(dataset: CocoDataset, image: CocoImage, shape: tuple[int, ...], what: str) -> None:
    if shape != (image.height, image.width):
        raise DatasetError(
            f"{dataset.path(image)}: the {what} has {shape[1]} x {shape[0]} pixels, "
            f"the data set says {image.width} x {image.height}."
        )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
