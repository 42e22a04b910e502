"""What a detector says of an image, wherever it comes from: our inspector, another program's files, a filter."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoDataset
from dynawave.errors import DatasetError
from dynawave.records import Inspection, WeldImage

LEAST_SCORE: Final = 0.01
"""Measures look at calls of any score; fainter ones than this are thousands, and change nothing."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call.

    Attributes:
        box: (x, y, width, height) in pixels.
        score: how sure the flaw is, 0-1.
        name: of its class.
        class_score: how sure the class is, given the flaw, 0-1.
        size_px: length and width of its mask in pixels, or None where it has none.
    """

    box: tuple[float, float, float, float]
    score: float
    name: str
    class_score: float = 1.0
    size_px: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Calls:
    """All calls on an image, and its maps [height, width] where there are any.

    Attributes:
        calls: in any order.
        probability: of a flaw, float 0-1 or uint16, or None.
        class_map: index of the detector's class + 1, 0 where the metal is sound, or None.
        image_scores: how sure each class is somewhere on the image, 0-1, by its name; empty where that is not said.
    """

    calls: tuple[Call, ...]
    probability: NDArray[Any] | None = None
    class_map: NDArray[np.uint8] | None = None
    image_scores: dict[str, float] = field(default_factory=dict)


Detector = Callable[[WeldImage], Calls]


class Inspects(Protocol):
    """Anything that inspects an image, as `dynawave.inspection.Inspector` does."""

    def inspect(self, image: WeldImage) -> Inspection:
        """Find the flaws."""
        ...


def inspector_detector(inspector: Inspects) -> Detector:
    """A detector that asks an inspector."""

    def detect(image: WeldImage) -> Calls:
        found = inspector.inspect(image)
        calls = tuple(
            Call(i.box, i.score, i.flaw.name, i.class_score, (i.length_px, i.width_px)) for i in found.indications
        )
        return Calls(calls, found.probability, found.class_map, found.image_scores)

    return detect


def file_detector(dataset: CocoDataset, results: Path, probability: Path | None = None) -> Detector:
    """A detector that looks up what a program has written, so that peers are measured by the same code.

    Args:
        dataset: the set that the results belong to.
        results: COCO results (a list with `image_id` of the set), or a COCO file whose annotations have a `score`, as
            `dynawave inspect` writes it; its images are those of the set with the same file stem.
        probability: folder with `<stem>.probability.png` or `<stem>.png`, 16-bit grey, 65535 = certain flaw.

    Raises:
        DatasetError: a file does not follow this layout, names an image that the set has not, or a map is missing.
    """
    calls = _read_results(dataset, results)

    def detect(image: WeldImage) -> Calls:
        stem = image.path.stem if image.path else image.name
        return Calls(tuple(calls.get(stem, ())), _read_probability(probability, stem) if probability else None)

    return detect


def _read_results(dataset: CocoDataset, file: Path) -> dict[str, list[Call]]:
    """Calls by stem of the image."""
    stems = {image.id: PurePosixPath(image.file_name).stem for image in dataset.images}
    names = {category.id: category.name for category in dataset.categories}
    known = set(stems.values())
    found: dict[str, list[Call]] = defaultdict(list)
    try:
        results = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(results, dict):
            stems = {image["id"]: PurePosixPath(image["file_name"]).stem for image in results["images"]}
            names = {category["id"]: category["name"] for category in results["categories"]}
            results = results["annotations"]
        for item in results:
            x, y, width, height = map(float, item["bbox"])
            name = names.get(item.get("category_id"), "")
            found[stems[item["image_id"]]].append(Call((x, y, width, height), float(item["score"]), name))
    except OSError as error:
        raise DatasetError(f"{file}: cannot be read ({error.strerror}).") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DatasetError(f"{file}: is not a COCO results file ({error}).") from error
    except KeyError as error:
        raise DatasetError(f"{file}: lacks {error}, or names it without describing it.") from error
    strange = sorted(set(found) - known)
    if strange:
        raise DatasetError(f"{file}: names the image {strange[0]}, which is not in {dataset.root}.")
    return found


def _read_probability(folder: Path, stem: str) -> NDArray[np.uint16]:
    candidates = [folder / f"{stem}.probability.png", folder / f"{stem}.png"]
    file = next((file for file in candidates if file.is_file()), None)
    if file is None:
        raise DatasetError(f"{folder}: has no probability map {stem}.png.")
    levels = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16 or levels.ndim != 2:
        raise DatasetError(f"{file}: is not a probability map, which is a 16-bit grey PNG.")
    return np.asarray(levels, np.uint16)
