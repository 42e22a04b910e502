"""What the peers share: the same normalised film, the same overlapped tiles, the same results file.

Both peers are run from ONNX, so that the speed table and the accuracy table speak of the same model.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoDataset, load_coco
from dynawave.datasets.split import films as film_names
from dynawave.datasets.split import select_films
from dynawave.images import read_image
from dynawave.images.files import written_aside
from dynawave.images.normalise import normalise, to_grey
from dynawave.images.tiles import plan_tiles

GAIN: Final = np.float32(42)
ZERO: Final = np.float32(127)
"""Normalised values of +-3 as 8-bit grey values 1-253."""
TILE: Final = 512
OVERLAP: Final = 128

Film = NDArray[np.float32]
Found = tuple[list[float], float]
"""A box (x, y, width, height) and its score."""


def read_film(path: Path) -> Film:
    """The normalised film, float32 [3, height, width]."""
    return normalise(to_grey(read_image(path).pixels))


def to_bytes(film: Film) -> NDArray[np.uint8]:
    """A normalised film or tile as an 8-bit picture [height, width, 3]."""
    return np.asarray(np.rint(film.transpose(1, 2, 0) * GAIN + ZERO), np.uint8)


def from_bytes(picture: NDArray[np.uint8]) -> Film:
    """The inverse of `to_bytes`."""
    return np.ascontiguousarray((picture.astype(np.float32) - ZERO).transpose(2, 0, 1) / GAIN)


def session(model: Path, threads: int) -> onnxruntime.InferenceSession:
    """An onnxruntime session on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def run_tiles(
    network: onnxruntime.InferenceSession, film: Film, tile: int = TILE
) -> Iterator[tuple[int, int, int, int, Film]]:
    """Run the network on overlapping tiles of a film.

    Yields:
        x, y, width and height of each tile in the film, and the network's first output for it, without the batch axis.
        A film smaller than a tile is padded with its edge to a multiple of 32.
    """
    name = network.get_inputs()[0].name
    for part in plan_tiles(film.shape[1], film.shape[2], tile, OVERLAP):
        crop = film[:, part.y : part.y + part.height, part.x : part.x + part.width]
        pad = [(0, 0), (0, -part.height % 32), (0, -part.width % 32)]
        output = network.run(None, {name: np.pad(crop, pad, mode="edge")[None]})[0][0]
        yield part.x, part.y, part.width, part.height, output


def suppress(boxes: Film, scores: Film, iou: float) -> NDArray[np.int64]:
    """Indices of boxes (x, y, width, height) kept by non-maximum suppression, by falling score."""
    if not len(boxes):
        return np.zeros(0, np.int64)
    return np.array(cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), 0.0, iou), np.int64)


def predict_films(data: Path, films: list[str], out: Path, find: Callable[[Path], list[Found]]) -> None:
    """Write `out/results.json` in COCO's result form for the named films, by `find`: path to boxes and scores."""
    dataset = choose(data, films)
    calls = [
        {"image_id": image.id, "category_id": dataset.categories[0].id, "bbox": box, "score": score}
        for image in dataset.images
        for box, score in find(dataset.path(image))
    ]
    with written_aside(out / "results.json") as aside:
        aside.write_text(json.dumps(calls), encoding="utf-8")


def choose(data: Path, films: list[str]) -> CocoDataset:
    """The named films of the set in a folder; all of them when none is named."""
    dataset = load_coco(data)
    unknown = set(films) - set(film_names(dataset))
    if unknown:
        raise SystemExit(f"{data} has no film {', '.join(sorted(unknown))}")
    return select_films(dataset, set(films)) if films else dataset
