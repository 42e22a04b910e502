"""Training of a peer that segments: the class of every pixel of our own network's tiles, one recipe for all.

The recipe is that of `fit`, the loss cross-entropy plus Dice. The network is exported with its softmax, so that speed
and accuracy are of the same file.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.card import card_of
from benchmarks.peers.command import Job, Program
from benchmarks.peers.fit import OPTIONS, Lesson, exported, fit, leave
from benchmarks.peers.semantic import detector
from dynawave.training.targets import UNKNOWN
from dynawave.training.tiles import Drawn

IGNORED: Final = 255
"""Class of a pixel of which only that it is no sound metal is known."""

Build = Callable[[int], nn.Module]
"""A network that gives so many logits a pixel, [N, outputs, H, W] of [N, 3, H, W]."""


def with_classes(drawn: Drawn) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """A tile and the class of each pixel."""
    return drawn.image, pixel_classes(drawn.instances, drawn.labels)


def pixel_classes(instances: NDArray[np.int32], labels: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Class index + 1 of each pixel, 0 where the metal is sound, `IGNORED` where the kind of flaw is unknown."""
    known = np.where(labels == UNKNOWN, IGNORED, labels + 1)
    return np.concatenate([[0], known])[instances].astype(np.uint8)


def program(build: Build) -> Program:
    """The program of a network."""
    return Program(OPTIONS, lambda job: train(build, job), detector)


def loss(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy plus Dice, the mean over the classes that the batch has; pixels of unknown class do not count."""
    known = target != IGNORED
    cross = functional.cross_entropy(logits, target, ignore_index=IGNORED, reduction="sum") / known.sum().clamp(min=1)
    probability = logits.softmax(1) * known[:, None]
    truth = functional.one_hot(target.where(known, 0), logits.shape[1]).permute(0, 3, 1, 2) * known[:, None]
    common, both = ((each).sum((0, 2, 3)) for each in (probability * truth, probability + truth))
    present = truth.sum((0, 2, 3)) > 0
    dice = 1 - (2 * common + 1) / (both + 1)
    return cross + (dice * present).sum() / present.sum().clamp(min=1)


def train(build: Build, job: Job) -> None:
    """Train for the budget and write the model; a killed run goes on from its last saved step."""
    torch.manual_seed(job.tiles.seed)
    network = build(len(job.tiles.classes) + 1).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    trained = fit(job, network, Lesson(with_classes, _loss_of))
    leave(job, exported(nn.Sequential(trained, nn.Softmax(1))), card_of(job.tiles))


def _loss_of(network: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    image, target = batch
    return loss(network(image.to(memory_format=torch.channels_last)).float(), target.long())
