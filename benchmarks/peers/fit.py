"""Training of a peer by torch: on the tiles of our own network, by one recipe, and going on where it was killed.

AdamW with one cycle of the learning rate, gradients clipped, weights averaged; matrices in 16 bit, all else in 32.
Our backbone, where it is a part of the peer, learns more slowly: at the full rate its deepest stage falls silent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, Dataset

from benchmarks.peers.card import add_card
from benchmarks.peers.command import Job
from dynawave.distillation.msfd_ts import moving_average
from dynawave.errors import ConfigError
from dynawave.images.files import written_aside
from dynawave.inspection.runtime import ModelCard
from dynawave.network.backbone import backbone_apart
from dynawave.training.config import TrainingConfig
from dynawave.training.tiles import Drawn, Source, draw_number

PRECISIONS: Final = {"bf16-mixed": True, "32-true": False}
"""Whether matrices are multiplied in half precision."""

OPTIONS: Final = {
    "learning_rate": 1e-3,
    "backbone_rate": 0.3,  # share of it
    "weight_decay": 1e-2,
    "clip": 1.0,
    "ema": 0.998,
    "precision": "bf16-mixed",
}
SAVE_EVERY: Final = 100
RUNS_APART: Final = 1_000_003
"""Between the random numbers of two seeds: more than a run has steps."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Lesson(Generic[Item]):
    """What a network is taught.

    Attributes:
        make: what it learns of a tile.
        loss: of the network on a batch.
        collate: a batch of tiles; None puts arrays of one shape together.
    """

    make: Callable[[Drawn], Item]
    loss: Callable[[nn.Module, Any], Tensor]
    collate: Callable[[list[Item]], Any] | None = None


class Tiles(Dataset[Item]):
    """Tiles from `first` on of the sequence that our own network sees, and what is learnt of each."""

    def __init__(
        self, sources: list[Source], config: TrainingConfig, first: int, make: Callable[[Drawn], Item]
    ) -> None:
        self.sources, self.config, self.first, self.make = sources, config, first, make

    def __len__(self) -> int:
        return max(self.config.images_seen - self.first, 0)

    def __getitem__(self, index: int) -> Item:
        return self.make(draw_number(self.sources, self.config, self.first + index))


def fit(job: Job, network: nn.Module, lesson: Lesson[Any]) -> nn.Module:
    """Train for the budget; a killed run goes on from its last saved step.

    Returns:
        The network with averaged weights.

    Raises:
        ConfigError: there is no such precision.
    """
    tiles, options = job.tiles, job.options
    if options["precision"] not in PRECISIONS:
        raise ConfigError(f"options: precision: is none of {', '.join(PRECISIONS)}.")
    average = AveragedModel(network, multi_avg_fn=moving_average(options["ema"]), use_buffers=True)
    steps = -(-tiles.images_seen // tiles.batch)
    groups = parameter_groups(network, options)
    optimiser = torch.optim.AdamW(groups, weight_decay=options["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [group["lr"] for group in groups], total_steps=steps, pct_start=0.05
    )
    parts: dict[str, Any] = {"network": network, "average": average, "optimiser": optimiser, "schedule": schedule}
    first = _restore(_saved(job), parts)
    drawn = Tiles(job.sources, tiles, first * tiles.batch, lesson.make)
    batches = DataLoader(drawn, tiles.batch, num_workers=1, prefetch_factor=4, collate_fn=lesson.collate)
    network.train()
    for step, batch in enumerate(batches, first + 1):
        torch.manual_seed(RUNS_APART * tiles.seed + step)  # what it draws is the step's alone, wherever a run went on
        with torch.autocast("cpu", torch.bfloat16, enabled=PRECISIONS[options["precision"]]):
            value = lesson.loss(network, batch)
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), options["clip"])
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
        if step % SAVE_EVERY == 0 or step == steps:
            print(f"step {step} of {steps}: loss {value.item():.3f}", flush=True)
            with written_aside(_saved(job)) as aside:
                torch.save({name: part.state_dict() for name, part in parts.items()} | {"step": step}, aside)
    return average.module


def parameter_groups(network: nn.Module, options: dict[str, Any]) -> list[dict[str, Any]]:
    """What is learnt, and how fast: our backbone, if it is among it, apart."""
    shares = 1.0, options["backbone_rate"]
    parts = zip(backbone_apart(network), (options["learning_rate"] * share for share in shares), strict=True)
    return [{"params": parameters, "lr": rate} for parameters, rate in parts if parameters]


def exported(model: nn.Module) -> torch.onnx.ONNXProgram | None:
    """A network as ONNX, with free batch, height and width, the latter multiples of 32."""
    free = {0: torch.export.Dim("n", min=1), 2: 32 * torch.export.Dim("h", min=1), 3: 32 * torch.export.Dim("w", min=1)}
    image = torch.zeros(2, 3, 128, 192)
    return torch.onnx.export(
        model.eval(), (image,), dynamo=True, input_names=["image"], dynamic_shapes=(free,), verbose=False
    )


def leave(job: Job, written: torch.onnx.ONNXProgram | None, card: ModelCard) -> None:
    """Write a trained network as the model of the run, with its card."""
    assert written is not None
    with written_aside(job.model) as aside:
        written.save(str(aside))
    add_card(job.model, card)
    _saved(job).unlink(missing_ok=True)


def _saved(job: Job) -> Path:
    return job.out / "last.pt"


def _restore(saved: Path, parts: dict[str, Any]) -> int:
    """Take up a run where it was saved; returns the step to go on with."""
    if not saved.is_file():
        return 0
    state = torch.load(saved, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["step"])
