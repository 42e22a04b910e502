import math

import pytest
import torch

from dynawave.training.config import TrainingConfig
from dynawave.training.module import DetectionModule, build_network


@pytest.fixture
def module(config: TrainingConfig) -> DetectionModule:
    long = config.model_copy(update={"images_seen": 200, "warmup_steps": 10, "weight_decay": 0.1})
    return DetectionModule(build_network(long), long)


def test_norms_and_biases_do_not_decay(module: DetectionModule) -> None:
    optimizer = module.configure_optimizers()["optimizer"]
    assert isinstance(optimizer, torch.optim.AdamW)
    decay = {id(p): group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
    for name, parameter in module.network.named_parameters():
        assert decay[id(parameter)] == (0.1 if parameter.ndim > 1 else 0.0), name


def test_warm_up_then_one_cosine_to_zero(module: DetectionModule) -> None:
    """100 steps, ten of them warm-up."""
    found = module.configure_optimizers()
    optimizer, scheduler = found["optimizer"], found["lr_scheduler"]["scheduler"]
    assert found["lr_scheduler"]["interval"] == "step"
    rates = []
    for _ in range(101):
        rates.append(optimizer.param_groups[0]["lr"] / 1e-2)
        optimizer.step()
        scheduler.step()
    assert rates[:10] == pytest.approx([(k + 1) / 10 for k in range(10)])
    assert rates[10:] == pytest.approx([0.5 * (1 + math.cos(math.pi * k / 90)) for k in range(91)])
