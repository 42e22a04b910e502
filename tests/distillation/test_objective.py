from collections.abc import Callable
from typing import NoReturn

import pytest
import torch

from dynawave.distillation.objective import Guidance, View, layer
from dynawave.network.model import Features
from dynawave.training.config import GuidanceConfig, ObjectiveConfig

TERMS = ("distill", "temporal", "graph", "expert")
CHANNELS = 6


def refuse(*_: object, **__: object) -> NoReturn:
    raise AssertionError("a term that is off was computed")


def view(seed: int) -> View:
    """Of two images of 64 x 64 px."""
    generator = torch.Generator().manual_seed(seed)

    def random(channels: int, stride: int) -> torch.Tensor:
        return torch.randn(2, channels, 64 // stride, 64 // stride, generator=generator).requires_grad_()

    levels = [random(CHANNELS, stride) for stride in (4, 8, 16, 32)]
    decoded = [random(CHANNELS, stride) for stride in (4, 8, 16)]
    outputs = {"flaw": random(1, 4), "boxes": 8 + random(4, 4), "field": random(1, 2)}
    return View(Features(random(3, 2), levels, [], decoded), outputs)


def guidance(**weights: float) -> Guidance:
    return Guidance(ObjectiveConfig(**weights), GuidanceConfig(), CHANNELS)


IMAGE = torch.zeros(2, 3, 64, 64)


def test_layers_by_name() -> None:
    features = view(0).features
    for index, stride in enumerate((4, 8, 16, 32)):
        assert torch.equal(layer(features, f"pyramid_{stride}"), features.levels[index])
    for index, stride in enumerate((4, 8, 16)):
        assert torch.equal(layer(features, f"decoded_{stride}"), features.decoded[index])


def test_with_all_terms_off_nothing_is_held_or_asked() -> None:
    term = guidance()
    assert not list(term.parameters())
    assert term(IMAGE, view(0), refuse, 0.5) == {}


@pytest.mark.parametrize("on", TERMS)
def test_a_term_that_is_off_is_not_computed(on: str, monkeypatch: pytest.MonkeyPatch) -> None:
    functions = {
        "distill": "distillation_loss",
        "temporal": "temporal_loss",
        "graph": "BoxGraph",
        "expert": "ExpertInjection",
    }
    for name in set(TERMS) - {on}:
        monkeypatch.setattr(f"dynawave.distillation.objective.{functions[name]}", refuse)
    terms = guidance(**{on: 1.0})(IMAGE, view(0), lambda _: view(1), 0.5)
    assert set(terms) == {on} and terms[on] > 0


def test_the_teacher_is_asked_once_without_gradients() -> None:
    asked = []

    def teacher(image: torch.Tensor) -> View:
        asked.append(torch.is_grad_enabled())
        return view(1)

    terms = guidance(distill=1.0, temporal=1.0)(IMAGE, view(0), teacher, 0.5)
    assert asked == [False] and set(terms) == {"distill", "temporal"}


def grown(term: Guidance, name: str, teacher: Callable[[torch.Tensor], View] | None = None) -> list[float]:
    return [term(IMAGE, view(0), teacher, progress)[name].item() for progress in (0.0, 0.25, 0.5, 1.0)]


def test_expert_rules_are_injected_little_by_little() -> None:
    none, half, whole, after = grown(guidance(expert=1.0), "expert")
    assert none == 0 and whole == after > 0
    assert half == pytest.approx(whole / 2, rel=1e-5)


def test_layers_join_the_distillation_one_after_another() -> None:
    settings = GuidanceConfig(warm_up={"pyramid_32": 0.25, "decoded_4": 1.0})
    term = Guidance(ObjectiveConfig(distill=1.0), settings, CHANNELS)
    start, quarter, half, end = grown(term, "distill", lambda _: view(1))
    assert start == 0
    assert half - quarter == pytest.approx((end - half) / 2, rel=1e-4)  # only the fine layer still grows
    assert quarter > (end - quarter) / 3  # and the coarse one counts in full


def test_an_earlier_self_that_agrees_costs_nothing() -> None:
    terms = guidance(distill=1.0, temporal=1.0)(IMAGE, view(0), lambda _: view(0), 1.0)
    assert terms["distill"].item() == pytest.approx(0, abs=1e-6) and terms["temporal"] == 0
