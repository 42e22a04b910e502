"""YOLO from scratch, as the option `model` names it.

ultralytics is AGPL-3.0 and is run as a command in an environment of its own (`make peers`); nothing here imports it. It
reads pictures from disk and plans by epochs, so it is given the first tiles of our own network's sequence, in 8 bits,
`epochs` times each; its own augmentation comes on top, mosaics until the last fifth of the epochs.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import onnxruntime

from benchmarks.peers.boxes import find_boxes
from benchmarks.peers.card import add_card, card_in, card_of, open_model
from benchmarks.peers.command import Job, Program, main
from benchmarks.peers.pictures import to_bytes, write_tiles
from benchmarks.peers.shown import shown
from dynawave.errors import DynaWaveError
from dynawave.evaluation.calls import Call, Calls, Detector
from dynawave.inspection.runtime import ModelCard
from dynawave.records import WeldImage

OPTIONS: Final = {"model": "yolo11n", "epochs": 10}
COMMAND: Final = ".venv-yolo/bin/yolo"
GREY: Final = ("hsv_h=0", "hsv_s=0")
"""The three channels of a grey picture are ranges of it, so their hue is not varied."""


class YoloFailed(DynaWaveError):
    """ultralytics is not there, or ended with an error."""


def train(job: Job) -> None:
    """Train for the budget in whole epochs and write the model; a killed run goes on with its last epoch."""
    tiles, epochs = job.tiles, int(job.options["epochs"])
    folder, run = job.out.resolve() / "tiles", job.out.resolve() / "run"
    last, finished = run / "weights" / "last.pt", job.out / "trained"
    if not finished.exists():
        write_tiles(job.sources, tiles, max(1, tiles.images_seen // epochs), folder)
        begin = [f"resume={last}", f"model={last}"] if last.is_file() else settings(job, folder, run)
        _call("detect", "train", *begin, cwd=job.out)
        finished.touch()
    card = card_of(tiles)
    _call("export", f"model={last}", "format=onnx", "dynamic=True", f"imgsz={card.tile}", cwd=job.out)
    exported = last.with_suffix(".onnx")
    add_card(exported, card)
    exported.rename(job.model)
    finished.unlink()
    for each in (folder, run):
        shutil.rmtree(each)


def settings(job: Job, folder: Path, run: Path) -> list[str]:
    """What ultralytics is told: a step each batch, as our own network makes it, and else its defaults."""
    tiles, epochs = job.tiles, int(job.options["epochs"])
    return [
        f"data={folder / 'data.yaml'}",
        f"model={job.options['model']}.yaml",
        f"epochs={epochs}",
        f"close_mosaic={epochs // 5}",
        f"imgsz={tiles.tile}",
        f"batch={tiles.batch}",
        f"nbs={tiles.batch}",
        f"seed={tiles.seed}",
        f"project={run.parent}",
        *(f"name={run.name}", "exist_ok=True", "pretrained=False", "device=cpu", "workers=1", "warmup_epochs=1"),
        *("val=False", "plots=False", "amp=False"),
        *(GREY if tiles.channels == "grey" else ()),
    ]


def _call(*arguments: str, cwd: Path) -> None:
    """Run ultralytics' own command line."""
    environment = os.environ | {
        "YOLO_CONFIG_DIR": str(cwd.resolve()),
        "YOLO_AUTOINSTALL": "false",
        "YOLO_OFFLINE": "true",
    }
    status = subprocess.run([_executable(), *arguments], cwd=cwd, env=environment, check=False).returncode
    if status:
        raise YoloFailed(f"yolo {arguments[0]} ended with status {status}.")


def _executable() -> str:
    command = Path(os.environ.get("YOLO", COMMAND)).absolute()
    if not command.is_file():
        raise YoloFailed(f"{command} is not there: run make peers, or name the command in the variable YOLO.")
    return str(command)


def _versions() -> dict[str, str]:
    said = subprocess.run([_executable(), "version"], capture_output=True, text=True, check=False).stdout.split()
    return {"ultralytics": said[-1]} if said else {}


def detector(model: Path, threads: int | None) -> Detector:
    """The YOLO of an ONNX file, whose output is [4 + classes, boxes]: centre, width, height, and a score a class."""
    network = open_model(model, threads)
    card = card_in(network, model)
    return lambda image: Calls(find(network, image, card))


def find(network: onnxruntime.InferenceSession, image: WeldImage, card: ModelCard) -> tuple[Call, ...]:
    """Calls on a picture: every box of a tile for each class that it is scored for, as ultralytics itself measures."""
    film = shown(image, card)
    pictures = to_bytes(film, card.channels).astype(np.float32).transpose(2, 0, 1) / np.float32(255)
    return find_boxes(network, pictures, image, card)


PROGRAM: Final = Program(OPTIONS, train, detector, _versions)

if __name__ == "__main__":
    cv2.setNumThreads(1)
    main(PROGRAM, __doc__)
