import copy
import math

import numpy as np
import pytest
import torch

from dynawave.distillation.pdps import count_kinds
from dynawave.metallurgy.vector import context_vector
from dynawave.network.wavelet import WaveletTransform
from dynawave.records import WeldContext
from dynawave.training.config import AdaptationConfig, ObjectiveConfig, TrainingConfig
from dynawave.training.fidelity import wave_loss
from dynawave.training.module import DetectionModule, build_network
from dynawave.training.targets import make_targets
from dynawave.training.unlabelled import MixedBatch


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


def test_the_backbone_learns_at_its_own_rate(module: DetectionModule, config: TrainingConfig) -> None:
    slower = DetectionModule(module.network, config.model_copy(update={"backbone_rate": 0.3, "warmup_steps": 2}))
    found = slower.configure_optimizers()
    for step in range(2):  # the warm-up is that of all
        rates = {id(p): group["lr"] for group in found["optimizer"].param_groups for p in group["params"]}
        assert len(rates) == len(list(slower.parameters()))
        for name, parameter in slower.named_parameters():
            share = 0.3 if name.startswith("network.backbone.") else 1
            assert rates[id(parameter)] == pytest.approx(1e-2 * share * (step + 1) / 2), name
        found["optimizer"].step()
        found["lr_scheduler"]["scheduler"].step()


def test_at_one_rate_there_are_the_groups_of_older_runs(module: DetectionModule) -> None:
    assert len(module.configure_optimizers()["optimizer"].param_groups) == 2


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


def test_the_wavelet_term_compares_decoder_and_attention(config: TrainingConfig) -> None:
    """Level by level; as little as its weight it is not there."""
    items = [torch.randn(2, 3, 64, 64), *(torch.from_numpy(part)[None].repeat_interleave(2, 0) for part in sound(64))]
    for weight in (0.0, 0.5):
        asked = config.model_copy(update={"objective": ObjectiveConfig(wave=weight)})
        module = DetectionModule(build_network(asked), asked).eval()
        terms = module.terms(items, 0.5)
        assert ("wave" in terms) == (weight > 0)
    features = module.view(items[0]).features
    pairs = [(a, b.fused) for a, b in zip(features.decoded, features.attended, strict=True)]
    torch.testing.assert_close(terms["wave"], wave_loss(WaveletTransform("haar", 12), pairs))
    assert len(pairs) == 3 and 0 < terms["wave"] < 12


def test_relations_learn_what_occurs_together(config: TrainingConfig) -> None:
    related = config.model_copy(
        update={"classes": ("crack", "gas_pore"), "network": config.network.model_copy(update={"relations": True})}
    )
    statistics = count_kinds([np.array([0, 0]), np.array([1]), np.array([0, 1])], 2)
    network = DetectionModule(build_network(related), related, statistics).network
    assert network.relations is not None
    torch.testing.assert_close(network.relations.together, torch.tensor([[3.0, 2.0], [2.0, 3.0]]) / 5)
    assert "relations.together" in network.state_dict()


def sound(tile: int) -> tuple[np.ndarray, ...]:
    """Targets of a tile without a flaw, in the order of a batch."""
    target = make_targets(np.zeros((tile, tile), np.int32), np.zeros(0, np.int64), 1)
    return target.field, target.weight, target.box, target.label, target.present


def test_pupil_and_teacher_are_told_the_same_of_a_weld(config: TrainingConfig) -> None:
    taught = config.model_copy(
        update={
            "network": config.network.model_copy(update={"context": True}),
            "objective": ObjectiveConfig(temporal=1.0),
        }
    )
    module = DetectionModule(build_network(taught), taught).eval()
    assert module.network.context is not None
    for attention in module.network.context.attend:
        torch.nn.init.ones_(attention.gate)
    module.teacher = module.view
    tile = config.tile
    items = [torch.randn(1, 3, tile, tile), *(torch.from_numpy(part)[None] for part in sound(tile))]
    weld = torch.from_numpy(context_vector(WeldContext(filler="82")))[None]
    assert not module.terms([*items, weld], 0.5)["temporal"].any()
    assert not torch.equal(module.view(items[0], weld).outputs["field"], module.view(items[0]).outputs["field"])


def test_unlabelled_tiles_teach_the_pupil_alone(config: TrainingConfig) -> None:
    """The teacher gets no gradient, and running statistics are those of labelled tiles."""
    sure = AdaptationConfig(sound_to=1e-4, flaw_from=1e-3, box_from=1e-3, warm_up=0.0)
    module = DetectionModule(build_network(config), config.model_copy(update={"adaptation": sure})).train()
    module.log = module.log_dict = lambda *_, **__: None  # type: ignore[method-assign, assignment]
    teacher, alone = copy.deepcopy(module).eval(), copy.deepcopy(module)
    module.teacher = teacher.view
    labelled = [
        torch.randn(2, 3, 64, 64),
        *(torch.from_numpy(part)[None].repeat_interleave(2, 0) for part in sound(64)),
    ]
    plain, perturbed = torch.randn(2, 2, 3, 64, 64)
    context = torch.from_numpy(context_vector(WeldContext()))[None].expand(2, -1)
    batch = MixedBatch(labelled, [plain, perturbed, torch.ones(2, 1, 32, 32, dtype=torch.bool), context, context])
    loss, own = module.training_step(batch, 0), alone.training_step(labelled, 0)
    assert loss > own > 0
    loss.backward()
    assert all(parameter.grad is None for parameter in teacher.parameters())
    assert module.network.box_head.flaw.weight.grad is not None
    for name, buffer in alone.network.named_buffers():
        torch.testing.assert_close(module.network.get_buffer(name), buffer, msg=name)
        assert "running" not in name or not torch.equal(buffer, teacher.network.get_buffer(name)), name


@pytest.mark.parametrize("silent", [True, False])
def test_a_silent_deepest_stage_is_told(
    config: TrainingConfig, silent: bool, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    """What it says of every tile is the same: the stage's last convolution has nothing but its bias."""
    module = DetectionModule(build_network(config, pretrained=True), config).eval()
    monkeypatch.setattr(module, "log", lambda *_, **__: None)
    monkeypatch.setattr(module, "log_dict", lambda *_, **__: None)
    last = [layer for layer in module.network.backbone.stages[-1].modules() if isinstance(layer, torch.nn.Conv2d)][-1]
    if silent:
        torch.nn.init.zeros_(last.weight)
    for index in range(2):
        items = [torch.randn(1, 3, 64, 64), *(torch.from_numpy(part)[None] for part in sound(64))]
        module.validation_step(items, index)
    module.on_validation_epoch_end()
    said = [str(warning.message) for warning in recwarn if "is silent" in str(warning.message)]
    assert len(said) == silent and all("learning_rate" in text for text in said)
