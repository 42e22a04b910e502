"""Training of a peer that classifies: which classes are on a tile, and nothing of where.

It stands in those columns of a table that ask what is on an image. A flaw is on a tile from `LEAST_PX` pixels on.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.card import card_in, card_of, open_model
from benchmarks.peers.command import Job, Program
from benchmarks.peers.fit import OPTIONS, Lesson, exported, fit, leave
from benchmarks.peers.shown import run_tiles, shown
from dynawave.evaluation.calls import Calls, Detector
from dynawave.records import WeldImage
from dynawave.training.targets import UNKNOWN
from dynawave.training.tiles import Drawn

LEAST_PX: Final = 16

Build = Callable[[int], nn.Module]
"""A network that gives a logit for each class, [N, classes] of [N, 3, H, W]."""


def program(build: Build) -> Program:
    """The program of a network."""
    return Program(OPTIONS, lambda job: train(build, job), detector)


def train(build: Build, job: Job) -> None:
    """Train for the budget and write the model; a killed run goes on from its last saved step."""
    torch.manual_seed(job.tiles.seed)
    classes = len(job.tiles.classes)
    network = build(classes).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    lesson = Lesson(lambda drawn: (drawn.image, present(drawn, classes)), _loss)
    leave(job, exported(nn.Sequential(fit(job, network, lesson), nn.Sigmoid())), card_of(job.tiles))


def present(drawn: Drawn, classes: int) -> NDArray[np.float32]:
    """1 for each class that is on a tile, else 0, [classes]."""
    pixels = np.bincount(drawn.instances.ravel(), minlength=len(drawn.labels) + 1)[1:]
    found = drawn.labels[(pixels >= LEAST_PX) & (drawn.labels != UNKNOWN)]
    return np.isin(np.arange(classes), found).astype(np.float32)


def _loss(network: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    image, target = batch
    logits = network(image.to(memory_format=torch.channels_last)).float()
    return functional.binary_cross_entropy_with_logits(logits, target)


def detector(model: Path, threads: int | None) -> Detector:
    """The network of an ONNX file, whose output is [N, classes]; what is on any tile is on the image."""
    network = open_model(model, threads)
    card = card_in(network, model)
    names = [each.name for each in card.classes]

    def detect(image: WeldImage) -> Calls:
        scores = np.max([output for _, output in run_tiles(network, shown(image, card), card)], 0)
        return Calls((), image_scores=dict(zip(names, scores.tolist(), strict=True)))

    return detect
