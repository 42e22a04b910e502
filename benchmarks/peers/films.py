"""What the peers share: the same normalised film, the same overlapped tiles, the same measures, the same arguments.

Both peers are run from ONNX, so that the speed table and the accuracy table speak of the same model.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.load import load_dataset
from dynawave.datasets.split import films as film_names
from dynawave.datasets.split import select_films
from dynawave.evaluation.calls import Call, Detector
from dynawave.evaluation.evaluate import evaluate, write_outcomes
from dynawave.images.normalise import normalise, to_grey
from dynawave.images.tiles import plan_tiles
from dynawave.records import WeldImage

GAIN: Final = np.float32(42)
ZERO: Final = np.float32(127)
"""Normalised values of +-3 as 8-bit grey values 1-253."""
TILE: Final = 512
OVERLAP: Final = 128
FLAW: Final = "flaw"

Film = NDArray[np.float32]


def normalised(image: WeldImage) -> Film:
    """The normalised film, float32 [3, height, width]."""
    return normalise(to_grey(image.pixels))


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


def run_tiles(network: onnxruntime.InferenceSession, film: Film) -> Iterator[tuple[int, int, int, int, Film]]:
    """Run the network on overlapping tiles of a film.

    Yields:
        x, y, width and height of each tile in the film, and the network's first output for it, without the batch axis.
        A film smaller than a tile is padded with its edge to a multiple of 32.
    """
    name = network.get_inputs()[0].name
    for part in plan_tiles(film.shape[1], film.shape[2], TILE, OVERLAP):
        crop = film[:, part.y : part.y + part.height, part.x : part.x + part.width]
        pad = [(0, 0), (0, -part.height % 32), (0, -part.width % 32)]
        output = network.run(None, {name: np.pad(crop, pad, mode="edge")[None]})[0][0]
        yield part.x, part.y, part.width, part.height, output


def suppress(boxes: Film, scores: Film, iou: float) -> NDArray[np.int64]:
    """Indices of boxes (x, y, width, height) kept by non-maximum suppression, by falling score."""
    if not len(boxes):
        return np.zeros(0, np.int64)
    return np.array(cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), 0.0, iou), np.int64)


def flaw_calls(boxes: NDArray[np.floating], scores: NDArray[np.floating]) -> tuple[Call, ...]:
    """Calls of the one class, from boxes [n, 4] (x, y, width, height) and scores [n]."""
    return tuple(
        Call((float(x), float(y), float(width), float(height)), float(score), FLAW)
        for (x, y, width, height), score in zip(boxes, scores, strict=True)
    )


def predict_films(given: argparse.Namespace, name: str, detector: Detector) -> None:
    """Run a detector on the films of `add_prediction_arguments`; write calls, measures and probability maps."""
    films = choose(given.data, given.films)
    write_outcomes([evaluate(detector, films, name, given.out / "probability")], given.out)


def choose(data: Path, films: list[str]) -> CocoDataset:
    """The named films of the set in a folder; all of them when none is named."""
    dataset = load_dataset(data)
    unknown = set(films) - set(film_names(dataset))
    if unknown:
        raise SystemExit(f"{data} has no film {', '.join(sorted(unknown))}")
    return select_films(dataset, set(films)) if films else dataset


def add_prediction_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that every model's `predict` takes."""
    parser.add_argument("data", type=Path, help="COCO folder or GDXray root")
    parser.add_argument("--films", nargs="+", default=[], help="films to predict on (all)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)


def add_training_arguments(parser: argparse.ArgumentParser, batch: int) -> None:
    """The arguments that every peer's `train` takes."""
    parser.add_argument("tiles", type=Path, help="folder written by benchmarks.peers.tiles")
    parser.add_argument("--images", type=int, default=40_800, help="tiles seen in all (%(default)s)")
    parser.add_argument("--batch", type=int, default=batch, help="tiles a step (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
