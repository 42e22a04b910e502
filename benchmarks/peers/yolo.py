"""YOLO11n from scratch as a peer: train on tiles, export, predict on whole films.

ultralytics is AGPL-3.0 and is run as a command in its own environment (`make peers`); nothing here imports it.

Examples:
    python -m benchmarks.peers.yolo train runs/tiles --images 40800 --out runs/yolo
    python -m benchmarks.peers.yolo predict runs/yolo/model.onnx runs/crossval/data --films W0001_0001 --out runs/yolo
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
    Found,
    predict_films,
    read_film,
    run_tiles,
    session,
    suppress,
)

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


def find(network: onnxruntime.InferenceSession, film: Film) -> list[Found]:
    """Boxes (x, y, width, height) and scores on a normalised film.

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
    return [(boxes[i].tolist(), float(calls[i, 4])) for i in order]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    training = commands.add_parser("train", help="train on a tile set and export")
    training.add_argument("tiles", type=Path, help="folder written by benchmarks.peers.tiles")
    training.add_argument("--images", type=int, default=40_800, help="tiles seen in all (%(default)s)")
    training.add_argument("--batch", type=int, default=16)
    training.add_argument("--seed", type=int, default=0)
    prediction = commands.add_parser("predict", help="predict on whole films")
    prediction.add_argument("model", type=Path, help="model.onnx")
    prediction.add_argument("data", type=Path, help="folder with coco.json")
    prediction.add_argument("--films", nargs="+", default=[], help="films to predict on (all)")
    for each in (training, prediction):
        each.add_argument("--threads", type=int, default=2)
        each.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    if given.command == "train":
        train(given.tiles, given.images, given.batch, given.seed, given.threads, given.out)
    else:
        network = session(given.model, given.threads)
        predict_films(given.data, given.films, given.out, lambda path: find(network, read_film(path)))


if __name__ == "__main__":
    main()
