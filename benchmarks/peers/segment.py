"""Training of a peer that segments: the tiles of our own network with the class of every pixel, one recipe for all.

AdamW with one cycle of the learning rate, weights averaged, cross-entropy plus Dice; 32-bit. The network is exported
with its softmax, so that speed and accuracy are of the same file.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, Dataset

from benchmarks.peers.card import add_card, card_of
from benchmarks.peers.command import Job, Program
from benchmarks.peers.semantic import detector
from dynawave.images.files import written_aside
from dynawave.training.config import TrainingConfig
from dynawave.training.targets import UNKNOWN
from dynawave.training.tiles import Source, draw_number

OPTIONS: Final = {"learning_rate": 1e-3, "weight_decay": 1e-2, "ema": 0.998}
SAVE_EVERY: Final = 100
IGNORED: Final = 255
"""Class of a pixel of which only that it is no sound metal is known."""

Build = Callable[[int], nn.Module]
"""A network that gives so many logits a pixel, [N, outputs, H, W] of [N, 3, H, W]."""


class PixelTiles(Dataset[tuple[NDArray[np.float32], NDArray[np.uint8]]]):
    """Tiles from `first` on of the sequence that our own network sees, with the class of each pixel."""

    def __init__(self, sources: list[Source], config: TrainingConfig, first: int) -> None:
        self.sources, self.config, self.first = sources, config, first

    def __len__(self) -> int:
        return max(self.config.images_seen - self.first, 0)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        drawn = draw_number(self.sources, self.config, self.first + index)
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
    tiles, options = job.tiles, job.options
    torch.manual_seed(tiles.seed)
    network = build(len(tiles.classes) + 1).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = AveragedModel(network, multi_avg_fn=_average(options["ema"]), use_buffers=True)
    steps = -(-tiles.images_seen // tiles.batch)
    optimiser = torch.optim.AdamW(network.parameters(), options["learning_rate"], weight_decay=options["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options["learning_rate"], total_steps=steps, pct_start=0.05
    )
    parts: dict[str, Any] = {"network": network, "average": average, "optimiser": optimiser, "schedule": schedule}
    saved = job.out / "last.pt"
    first = _restore(saved, parts)
    drawn = PixelTiles(job.sources, tiles, first * tiles.batch)
    network.train()
    for step, (image, target) in enumerate(DataLoader(drawn, tiles.batch, num_workers=1, prefetch_factor=4), first + 1):
        value = loss(network(image.to(memory_format=torch.channels_last)), target.long())
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
        if step % SAVE_EVERY == 0 or step == steps:
            print(f"step {step} of {steps}: loss {value.item():.3f}", flush=True)
            with written_aside(saved) as aside:
                torch.save({name: part.state_dict() for name, part in parts.items()} | {"step": step}, aside)
    export_network(average.module, job.model)
    add_card(job.model, card_of(tiles))
    saved.unlink(missing_ok=True)


def _average(decay: float) -> Callable[..., None]:
    """A moving average that a short run, too, leaves its first weights behind with."""

    def update(averaged: list[Tensor], current: list[Tensor], count: int | Tensor) -> None:
        share = 1 - min(decay, (1 + int(count)) / (10 + int(count)))
        for old, new in zip(averaged, current, strict=True):
            old.lerp_(new, share) if old.is_floating_point() else old.copy_(new)

    return torch.no_grad()(update)


def _restore(saved: Path, parts: dict[str, Any]) -> int:
    """Take up a run where it was saved; returns the step to go on with."""
    if not saved.is_file():
        return 0
    state = torch.load(saved, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["step"])


def export_network(network: nn.Module, file: Path) -> None:
    """Write the network with its softmax as ONNX, with free batch, height and width."""
    free = {0: torch.export.Dim("n", min=1), 2: 32 * torch.export.Dim("h", min=1), 3: 32 * torch.export.Dim("w", min=1)}
    model = nn.Sequential(network, nn.Softmax(1)).eval()
    image = torch.zeros(2, 3, 128, 192)
    written = torch.onnx.export(
        model, (image,), dynamo=True, input_names=["image"], dynamic_shapes=(free,), verbose=False
    )
    assert written is not None
    with written_aside(file) as aside:
        written.save(str(aside))
