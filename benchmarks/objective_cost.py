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
from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from torch import Tensor

from benchmarks.speed import processor
from dynawave.distillation.pdps import count_kinds
from dynawave.evaluation.table import Table
from dynawave.taxonomy import FAMILIES
from dynawave.training.config import GuidanceConfig, NetworkConfig, ObjectiveConfig, TrainingConfig
from dynawave.training.losses import weighted_sum
from dynawave.training.module import DetectionModule, build_network
from dynawave.training.targets import make_targets

TERMS: Final = ("similarity", "wave", "expert", "distill", "temporal", "graph")
"""Those that can be switched on; the others are the network's own and always on here."""

Step = Callable[[], Tensor]


def batch(tiles: int, tile: int, classes: int) -> list[Tensor]:
    """Noise with a spot and a line on each tile."""
    instances = np.zeros((tile, tile), np.int32)
    instances[tile // 4 : tile // 4 + 12, 20:32] = 1
    instances[tile // 2 : tile // 2 + 4, 20 : tile // 2] = 2
    t = make_targets(instances, np.array([0, classes - 1]), classes)
    parts = (t.field, t.weight, t.box, t.label, t.class_map, t.present)
    return [torch.randn(tiles, 3, tile, tile), *(torch.from_numpy(np.stack([part] * tiles)) for part in parts)]


def step(terms: tuple[str, ...], epsilon: float, items: list[Tensor]) -> Step:
    """Forward and backward pass with these terms on."""
    classes = tuple(family.name for family in FAMILIES.values())
    off = dict.fromkeys(TERMS, 0.0)
    config = TrainingConfig(
        classes=classes,
        network=NetworkConfig(pretrained=False),
        objective=ObjectiveConfig(**off | dict.fromkeys(terms, 1.0)),
        guidance=GuidanceConfig(epsilon=epsilon, balanced=epsilon > 0),
        ema=0.998,
    )
    module = DetectionModule(build_network(config), config, count_kinds([], len(classes)))
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
    items = batch(given.batch, given.tile, len(FAMILIES))
    runs = {"none": step((), 0, items), "class prior": step((), 0.1, items)}
    runs |= {term: step((term,), 0, items) for term in TERMS}
    runs["distill and temporal"] = step(("distill", "temporal"), 0, items)
    runs["all"] = step(TERMS, 0.1, items)
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
