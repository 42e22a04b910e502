import math

import numpy as np
import pytest
import torch
from torch import nn

from dynawave.distillation.adaptation import (
    Adaptation,
    as_inspected,
    pseudo_targets,
    sureness,
    target_losses,
)
from dynawave.distillation.msfd_ts import discrepancy
from dynawave.distillation.objective import View
from dynawave.network.model import Features
from dynawave.training.config import AdaptationConfig, GuidanceConfig, ObjectiveConfig

SETTINGS = AdaptationConfig(flaw_from=0.8, sound_to=0.1, box_from=0.5)


def logit(values: object) -> torch.Tensor:
    return torch.logit(torch.tensor(values, dtype=torch.float64))


@pytest.fixture
def teacher() -> dict[str, torch.Tensor]:
    """A tile of 8 x 8 px: 4 x 4 cells of the field and 2 x 2 boxes."""
    field = [[0.9, 0.79, 0.02, 0.05], [0.81, 0.5, 0.02, 0.11], [0.02, 0.02, 0.95, 0.02], [0.02, 0.02, 0.02, 0.02]]
    boxes = torch.arange(1, 17, dtype=torch.float64).reshape(1, 4, 2, 2)
    return {"field": logit(field)[None, None], "flaw": logit([[[[0.7, 0.3], [0.05, 0.6]]]]), "boxes": boxes}


@pytest.fixture
def seen() -> torch.Tensor:
    """All but a cell of the field in the lower right box cell."""
    seen = torch.ones(1, 1, 4, 4, dtype=torch.bool)
    seen[..., 2, 2] = False
    return seen


def test_what_the_teacher_is_sure_of(teacher: dict[str, torch.Tensor], seen: torch.Tensor) -> None:
    """From 0.8 on flaw, up to 0.1 sound; a box from a score of 0.5 on; nothing where the student sees nothing."""
    found = pseudo_targets(teacher, seen, SETTINGS)
    sure = [[1, 0, 1, 1], [1, 0, 1, 0], [1, 1, 0, 1], [1, 1, 1, 1]]
    assert found.sure[0, 0].int().tolist() == sure
    assert (found.field[0, 0] * found.sure[0, 0]).tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0] * 4, [0] * 4]
    torch.testing.assert_close(found.score, torch.tensor([[[0.7, 0], [0, 0]]], dtype=torch.float64))
    assert found.sound[0].tolist() == [[False, False], [True, False]]
    assert found.box is not teacher["boxes"] or not found.box.requires_grad
    measured = {name: value.item() for name, value in sureness(found).items()}
    assert measured == pytest.approx({"sure": 12 / 16, "flaws": 2 / 16, "cells": 1})


def test_the_terms_by_hand(teacher: dict[str, torch.Tensor], seen: torch.Tensor) -> None:
    targets = pseudo_targets(teacher, seen, SETTINGS)
    p = np.linspace(0.1, 0.85, 16).reshape(4, 4)
    student = {
        "field": logit(p)[None, None],
        "flaw": logit([[[[0.4, 0.9], [0.2, 0.9]]]]),
        "boxes": torch.full((1, 4, 2, 2), 4.0, dtype=torch.float64),
    }
    found = {name: value.item() for name, value in target_losses(student, targets).items()}

    sure, flaw = targets.sure[0, 0].numpy(), targets.field[0, 0].numpy() > 0
    cross = -np.log(np.where(flaw, p, 1 - p))[sure].mean()
    dice = (2 * p[flaw & sure].sum() + 1) / (p[sure].sum() + 2 + 1)
    # one box with score 0.7, one sound cell: their cross-entropies, the sound one's by alpha p^2
    box = -0.7 * math.log(0.4) - 0.3 * math.log(0.6)
    expected_flaw = 0.7 * box + 0.75 * 0.2**2 * -math.log(0.8)  # over one, as the scores' sum is less
    # left 1, top 5, right 9, bottom 13 against four times 4
    common, both = (1 + 4) * (4 + 4), 10 * 18 + 8 * 8
    hull = (4 + 9) * (5 + 13)
    iou = common / (both - common)
    giou = iou - (hull - (both - common)) / hull
    expected = {"field": 5 * cross + 0.5 * (1 - dice), "flaw": expected_flaw, "boxes": 0.7 * (1 - giou)}
    assert found == pytest.approx(expected, rel=1e-6)


def test_surer_boxes_count_more(teacher: dict[str, torch.Tensor]) -> None:
    """Two boxes, scores 0.7 and 0.6; the mean of their terms by these."""
    targets = pseudo_targets(teacher, torch.ones(1, 1, 4, 4, dtype=torch.bool), SETTINGS)
    student = {name: value.clone() for name, value in teacher.items()}
    student["boxes"][..., 1, 1] *= 2  # IoU 1/4 of a box of four times the area, within it
    assert target_losses(student, targets)["boxes"].item() == pytest.approx(0.6 * 0.75 / 1.3)


def test_sound_metal_alone_teaches_nothing(teacher: dict[str, torch.Tensor]) -> None:
    """Or films with few flaws would teach to call none."""
    targets = pseudo_targets({**teacher, "field": teacher["field"] - 20, "flaw": teacher["flaw"] - 20},
                             torch.ones(1, 1, 4, 4, dtype=torch.bool), SETTINGS)  # fmt: skip
    assert targets.sure.all() and targets.sound.all()
    terms = target_losses(teacher, targets)
    assert terms.keys() == {"field", "flaw", "boxes"} and not any(value.any() for value in terms.values())


def test_gradients(teacher: dict[str, torch.Tensor], seen: torch.Tensor) -> None:
    targets = pseudo_targets(teacher, seen, SETTINGS)
    field, flaw = (torch.randn_like(teacher[name], requires_grad=True) for name in ("field", "flaw"))
    boxes = (teacher["boxes"] + 0.5).requires_grad_()

    def terms(field: torch.Tensor, boxes: torch.Tensor) -> tuple[torch.Tensor, ...]:
        found = target_losses({"field": field, "flaw": flaw.detach(), "boxes": boxes}, targets)
        return found["field"], found["boxes"]

    assert torch.autograd.gradcheck(terms, (field, boxes))
    # the focus on a sound cell is held fixed, so that its gradient is that of a weighted cross-entropy
    target_losses({"field": field, "flaw": flaw, "boxes": boxes}, targets)["flaw"].backward()
    p = torch.sigmoid(flaw.detach()[0, 0])
    assert flaw.grad is not None
    torch.testing.assert_close(flaw.grad[0, 0, 0, 0], 0.7 * (p[0, 0] - 0.7))
    torch.testing.assert_close(flaw.grad[0, 0, 1, 0], 0.75 * p[1, 0] ** 3)
    assert not flaw.grad[0, 0, :, 1].any()


def view(outputs: dict[str, torch.Tensor], seed: int) -> View:
    generator = torch.Generator().manual_seed(seed)
    maps = [torch.randn(1, 3, 8 // s, 8 // s, generator=generator, dtype=torch.float64) for s in (1, 2, 4, 8)]
    return View(Features(maps[0], maps, [], maps[:3]), outputs)


def test_the_loss_is_the_weighted_sum(teacher: dict[str, torch.Tensor], seen: torch.Tensor) -> None:
    """A tenth of the training done, of a warm-up of a fifth; of two layers one counts half, one in full."""
    settings = SETTINGS.model_copy(update={"weight": 3.0, "features": 0.25, "warm_up": 0.2})
    guidance = GuidanceConfig(warm_up={"pyramid_32": 0.2, "decoded_4": 0.0})
    objective = ObjectiveConfig(field=2.0, flaw=0.5, boxes=1.5)
    student = {name: value + 0.3 for name, value in teacher.items()}
    first, second = view(student, 1), view(teacher, 2)
    loss, terms = Adaptation(objective, settings, guidance)(first, second, seen, 0.1)
    apart = [
        discrepancy(one.float(), two.float())
        for one, two in (
            (second.features.levels[3], first.features.levels[3]),
            (second.features.decoded[0], first.features.decoded[0]),
        )
    ]
    torch.testing.assert_close(terms["features"], 0.5 * apart[0] + apart[1])
    summed = 2 * terms["field"] + 0.5 * terms["flaw"] + 1.5 * terms["boxes"] + 0.25 * terms["features"]
    torch.testing.assert_close(loss, 3 * 0.5 * summed)
    assert {"sure", "flaws", "cells"} < terms.keys()
    without = SETTINGS.model_copy(update={"features": 0.0})
    assert "features" not in Adaptation(objective, without, guidance)(first, second, seen, 1.0)[1]


def test_batch_norm_as_inspected() -> None:
    """The output is that of inspection; the running statistics stay, and move again afterwards."""
    norm = nn.BatchNorm2d(3).train()
    norm.running_mean.fill_(1.0)
    x = 5 + 2 * torch.randn(4, 3, 6, 6)
    with as_inspected(norm):
        torch.testing.assert_close(norm(x), (x - 1) / math.sqrt(1 + norm.eps))
    assert norm.training and (norm.running_mean == 1).all() and (norm.running_var == 1).all()
    norm(x)
    assert (norm.running_mean > 1.2).all()
    with pytest.raises(RuntimeError), as_inspected(norm):
        raise RuntimeError
    assert norm.training
