"""What each term of the objective costs: processor seconds a step, and memory that is held for the backward pass.

The configurations take turns, and processor time, not wall time, is counted, so that other work on the machine meets
all alike; what travels to another machine are the ratios. Memory is counted exactly: every storage that the forward
pass leaves for the backward pass, once.

Example:
    python -m benchmarks.objective_cost --tile 256 --batch 8 --steps 5
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Final

import torch
from torch import Tensor
from torch.utils.data import default_collate

from benchmarks.speed import processor
from dynawave.distillation.pdps import count_kinds
from dynawave.evaluation.table import Table
from dynawave.taxonomy import FAMILIES
from dynawave.training.config import (
    GuidanceConfig,
    NetworkConfig,
    ObjectiveConfig,
    SimulationConfig,
    SourceConfig,
    TrainingConfig,
)
from dynawave.training.losses import weighted_sum
from dynawave.training.module import DetectionModule, build_network
from dynawave.training.simulated import SimulatedPool
from dynawave.training.tiles import TileDataset

TERMS: Final = ("similarity", "wave", "expert", "distill", "temporal", "graph")
"""Those that can be switched on; the others are the network's own and always on here."""

Step = Callable[[], Tensor]


def configuration(terms: Iterable[str], epsilon: float, tile: int, batch: int) -> TrainingConfig:
    """Five kinds of flaw on simulated films, with these terms on."""
    return TrainingConfig(
        classes=tuple(family.name for family in FAMILIES.values()),
        network=NetworkConfig(pretrained=False),
        objective=ObjectiveConfig(**dict.fromkeys(TERMS, 0.0) | dict.fromkeys(terms, 1.0)),
        guidance=GuidanceConfig(epsilon=epsilon, balanced=epsilon > 0),
        sources=(SourceConfig(simulate=SimulationConfig(films=2)),),
        tile=tile,
        batch=batch,
        ema=0.998,
    )


def tiles(config: TrainingConfig) -> list[Tensor]:
    """A batch."""
    simulation = config.sources[0].simulate
    assert simulation
    pool = SimulatedPool(simulation, 1.0, config.classes, config.batch)
    dataset = TileDataset([pool], config, 0, config.batch)
    return list(default_collate([dataset[number] for number in range(config.batch)]))


def step(config: TrainingConfig, items: list[Tensor]) -> Step:
    """The forward pass, to the loss."""
    module = DetectionModule(build_network(config), config, count_kinds([], len(config.classes)))
    module.teacher = copy.deepcopy(module).eval().view

    def run() -> Tensor:
        module.zero_grad(set_to_none=True)
        return weighted_sum(module.terms(items, progress=1.0), config.objective)

    return run


def held_bytes(run: Step) -> int:
    """Bytes that the forward pass leaves for the backward pass."""
    storages: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = run()
    del loss
    return sum(storages.values())


def seconds(runs: dict[str, Step], count: int) -> dict[str, list[float]]:
    """Processor seconds of `count` steps of each after one to warm up, taking turns."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(count + 1):
        for name, run in runs.items():
            start = time.process_time()
            run().backward()
            if turn:
                found[name].append(time.process_time() - start)
    return found


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tile", type=int, default=256)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=5, help="of each, taking turns (%(default)s)")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    tried: dict[str, tuple[tuple[str, ...], float]] = {"none": ((), 0.0), "class prior": ((), 0.1)}
    tried |= {term: ((term,), 0.0) for term in TERMS}
    tried |= {"distill and temporal": (("distill", "temporal"), 0.0), "all": (TERMS, 0.1)}
    configs = {name: configuration(*each, given.tile, given.batch) for name, each in tried.items()}
    items = tiles(configs["none"])
    runs = {name: step(config, items) for name, config in configs.items()}
    spent = seconds(runs, given.steps)
    held = {name: held_bytes(run) / 2**20 for name, run in runs.items()}
    rows = []
    for name, each in spent.items():
        ratio = statistics.median(mine / plain for mine, plain in zip(each, spent["none"], strict=True))
        more = held[name] - held["none"]
        rows.append((name, f"{statistics.median(each):.2f}", f"{ratio:.2f}", f"{held[name]:.0f}", f"{more:+.1f}"))
    title = f"Terms of the objective, {given.batch} tiles of {given.tile} x {given.tile} px, {processor()}"
    print(Table(title, ("terms", "CPU s a step", "ratio", "MiB held", "more"), tuple(rows)).markdown())


if __name__ == "__main__":
    main()
