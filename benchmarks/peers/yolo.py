"""YOLO11n from scratch as a peer: train on tiles, export, predict on whole films.

ultralytics is AGPL-3.0 and is run as a command in its own environment (`make peers`); nothing here imports it.

Examples:
    python -m benchmarks.peers.yolo train runs/tiles --images 40800 --out runs/yolo
    python -m benchmarks.peers.yolo predict runs/yolo/model.onnx DATA --films W0003_0068 --out runs/yolo
"""

import argparse
import json
import os
import subprocess
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime

from benchmarks.peers.films import (
    GAIN,
    OVERLAP,
    TILE,
    ZERO,
    Film,
    add_prediction_arguments,
    add_training_arguments,
    flaw_calls,
    normalised,
    predict_films,
    run_tiles,
    session,
    suppress,
)
from dynawave.evaluation.calls import Calls, Detector

FLOOR: Final = 0.005
"""Least score of a call that is kept."""
IOU: Final = 0.5
NOT_COLOURS: Final = ("hsv_h=0", "hsv_s=0")
"""The three channels are ranges of one film, so their hue is not varied; all else is ultralytics' default."""


def _command(*arguments: str, threads: int, cwd: Path) -> None:
    """Run ultralytics' own command line."""
    executable = Path(os.environ.get("YOLO", ".venv-yolo/bin/yolo")).absolute()
    if not executable.is_file():
        raise SystemExit(f"{executable} is not there: run make peers, or name the command in the variable YOLO")
    environment = os.environ | {
        "OMP_NUM_THREADS": str(threads),
        "YOLO_CONFIG_DIR": str(cwd),
        "YOLO_AUTOINSTALL": "false",
        "YOLO_OFFLINE": "true",
    }
    subprocess.run([str(executable), *arguments], check=True, cwd=cwd, env=environment)


def train(tiles: Path, images: int, batch: int, seed: int, threads: int, out: Path) -> None:
    """Train for `images` tiles seen, whole epochs, and write `out/model.onnx`; a killed run goes on."""
    out.mkdir(parents=True, exist_ok=True)
    count = len(list((tiles / "images").glob("*.png")))
    side = json.loads((tiles / "tiles.json").read_text())["tile"]
    last = out.resolve() / "run" / "weights" / "last.pt"
    finished = out / "trained"
    if not finished.exists():
        options = [
            f"data={(tiles / 'data.yaml').resolve()}",
            f"epochs={max(1, round(images / count))}",
            f"imgsz={side}",
            f"batch={batch}",
            f"seed={seed}",
            f"project={out.resolve()}",
            *("model=yolo11n.yaml", "name=run", "exist_ok=True", "pretrained=False", "device=cpu", "workers=1"),
            *("val=False", "plots=False", "amp=False", "flipud=0.5", *NOT_COLOURS),
        ]
        begin = [f"resume={last}", f"model={last}"] if last.is_file() else options
        _command("detect", "train", *begin, threads=threads, cwd=out)
        finished.touch()
    if not (out / "model.onnx").is_file():
        _command("export", f"model={last}", "format=onnx", "dynamic=True", f"imgsz={TILE}", threads=threads, cwd=out)
        last.with_suffix(".onnx").rename(out / "model.onnx")


def detector(model: Path, threads: int) -> Detector:
    """The YOLO of an ONNX file as a detector."""
    network = session(model, threads)
    return lambda image: find(network, normalised(image))


def find(network: onnxruntime.InferenceSession, film: Film) -> Calls:
    """Calls on a normalised film.

    A box is taken from the tile that holds its centre away from inner borders; non-maximum suppression does the rest.
    """
    height, width = film.shape[1:]
    kept = []
    for x, y, tile_width, tile_height, output in run_tiles(network, (film * GAIN + ZERO) / np.float32(255)):
        calls = output.T[output[4] >= FLOOR]
        calls = calls + np.array([x, y, 0, 0, 0], np.float32)
        low = (x + (x > 0) * OVERLAP / 2, y + (y > 0) * OVERLAP / 2)
        high = (x + tile_width, y + tile_height) - np.array(
            [(x + tile_width < width) * OVERLAP / 2, (y + tile_height < height) * OVERLAP / 2]
        )
        kept.append(calls[((calls[:, :2] >= low) & (calls[:, :2] <= high)).all(1)])
    calls = np.concatenate(kept)
    boxes = np.concatenate([calls[:, :2] - calls[:, 2:4] / 2, calls[:, 2:4]], 1)
    order = suppress(boxes, calls[:, 4], IOU)
    return Calls(flaw_calls(boxes[order], calls[order, 4]))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    add_training_arguments(commands.add_parser("train", help="train on a tile set and export"), batch=16)
    prediction = commands.add_parser("predict", help="predict on whole films")
    prediction.add_argument("model", type=Path, help="model.onnx")
    add_prediction_arguments(prediction)
    given = parser.parse_args()
    if given.command == "train":
        train(given.tiles, given.images, given.batch, given.seed, given.threads, given.out)
    else:
        predict_films(given, "YOLO11n", detector(given.model, given.threads))


if __name__ == "__main__":
    main()
