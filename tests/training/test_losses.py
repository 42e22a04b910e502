import numpy as np
import pytest
import torch
from scipy.stats import norm

from dynawave.training.config import ObjectiveConfig
from dynawave.training.fidelity import similarity_loss
from dynawave.training.losses import (
    Batch,
    box_overlap,
    detection_losses,
    field_loss,
    gaussian_nll,
    kind_loss,
    pixel_loss,
    varifocal,
    weighted_sum,
)
from dynawave.training.targets import UNKNOWN, make_targets

ALL = ObjectiveConfig()


def corners(distances: np.ndarray) -> np.ndarray:
    """Distances from the point (100, 100) to sides as left, top, right, bottom."""
    return 100 + distances * [-1, -1, 1, 1]


def overlap(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """IoU and generalised IoU of two boxes of corners (Rezatofighi et al. 2019)."""
    common = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common
    hull = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return common / union, common / union - (hull - union) / hull


def test_overlap_of_random_boxes() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.5, 60, (2, 50, 4))
    iou, giou = box_overlap(torch.from_numpy(a), torch.from_numpy(b))
    expected = np.array([overlap(corners(p), corners(q)) for p, q in zip(a, b, strict=True)])
    np.testing.assert_allclose(np.stack([iou, giou], 1), expected, rtol=1e-9)
    assert expected[:, 1].min() < 0.1 < expected[:, 1].max()


def test_overlap_with_itself_is_one() -> None:
    boxes = torch.rand(5, 4) * 50 + 0.1
    for value in box_overlap(boxes, boxes):
        torch.testing.assert_close(value, torch.ones(5))


def test_varifocal_by_hand() -> None:
    """On a flaw q * cross-entropy against q, elsewhere -alpha p^gamma log(1 - p)."""
    logits, quality = torch.tensor([0.3, -1.2, 2.0, -4.0]), torch.tensor([0.8, 0.0, 0.05, 0.0])
    p, q = 1 / (1 + np.exp(-logits.numpy())), quality.numpy()
    on_flaw = -q * (q * np.log(p) + (1 - q) * np.log(1 - p))
    np.testing.assert_allclose(varifocal(logits, quality), np.where(q > 0, on_flaw, -0.75 * p**2 * np.log(1 - p)), 1e-5)


def test_the_focus_of_varifocal_has_no_gradient() -> None:
    """A sound cell's gradient is alpha p^gamma * p: the cross-entropy's alone, scaled."""
    logits = torch.tensor([0.7], requires_grad=True)
    varifocal(logits, torch.zeros(1)).sum().backward()
    p = torch.sigmoid(logits.detach())
    torch.testing.assert_close(logits.grad, 0.75 * p**3)


def test_gaussian_nll_is_the_log_density() -> None:
    rng = np.random.default_rng(0)
    mean, target, spread = rng.uniform(0, 20, 30), rng.uniform(0, 20, 30), rng.uniform(3, 9, 30)
    ours = gaussian_nll(*(torch.from_numpy(v) for v in (mean, spread, target)))
    np.testing.assert_allclose(ours, -norm.logpdf(target, mean, spread) - 0.5 * np.log(2 * np.pi), rtol=1e-9)


def test_a_far_miss_counts_as_ten_sigma() -> None:
    far = gaussian_nll(torch.tensor([0.0]), torch.tensor([1.0]), torch.tensor([1e4]))
    assert far.item() == pytest.approx(50)


def test_field_loss_by_hand() -> None:
    """Five parts cross-entropy, half a part soft Dice with one pixel of smoothing."""
    logits, target = torch.randn(2, 1, 3, 4), torch.rand(2, 1, 3, 4)
    p, t = 1 / (1 + np.exp(-logits.double().numpy())), target.double().numpy()
    cross = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()
    dice = (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)
    assert field_loss(logits, target).item() == pytest.approx(5 * cross + 0.5 * (1 - dice), rel=1e-5)


@pytest.fixture
def batch() -> Batch:
    """Two tiles of two classes: two flaws, and none."""
    instances = np.zeros((2, 64, 64), np.int32)
    instances[0, 8:24, 8:20], instances[0, 40:44, 20:60] = 1, 2
    both = [make_targets(tile, np.array([1, 0]), 2) for tile in instances]
    parts = ("field", "weight", "box", "label", "present")
    stacked = [torch.from_numpy(np.stack([getattr(t, part) for t in both])) for part in parts]
    return Batch(torch.zeros(2, 3, 64, 64), *stacked)


def certain(truth: torch.Tensor) -> torch.Tensor:
    """Logits that leave no doubt."""
    return 40 * truth.float() - 20


@pytest.fixture
def perfect(batch: Batch) -> dict[str, torch.Tensor]:
    on = batch.weight > 0
    return {
        "flaw": certain(on)[:, None],
        "kinds": certain(torch.stack([batch.label == c for c in range(2)], 1)),
        "boxes": batch.box.clone(),
        "spread": torch.ones_like(batch.box),
        "iou": certain(on)[:, None],
        "field": certain(batch.field),
        "image_scores": certain(batch.present),
    }


def test_a_perfect_answer_costs_nothing(batch: Batch, perfect: dict[str, torch.Tensor]) -> None:
    losses = detection_losses(perfect, batch, ALL)
    assert set(losses) == {name for name, weight in ALL.model_dump().items() if weight}
    for name, value in losses.items():
        assert value.item() == pytest.approx(0, abs=1e-5), name


def test_a_worse_answer_costs_more(batch: Batch, perfect: dict[str, torch.Tensor]) -> None:
    """Each output on its own: the term that judges it rises."""
    judges = {"flaw": "flaw", "kinds": "kinds", "boxes": "boxes", "spread": "spread", "iou": "iou", "field": "field",
              "image_scores": "image"}  # fmt: skip
    for name, term in judges.items():
        worse = perfect | {name: perfect[name] * (1.5 if name in ("boxes", "spread") else -0.1)}
        assert detection_losses(worse, batch, ALL)[term] > 0.02, name


def test_terms_of_one_cell_by_hand() -> None:
    """One cell, one class: box loss 1 - GIoU, spread mean of four sides, target of score and IoU the IoU reached."""
    weight = torch.zeros(1, 2, 2)
    weight[0, 1, 0] = 0.5
    box = torch.tensor([4.0, 6.0, 8.0, 2.0]).view(1, 4, 1, 1).expand(1, 4, 2, 2)
    label = torch.zeros(1, 2, 2, dtype=torch.int64)
    batch = Batch(torch.zeros(1, 3, 8, 8), torch.zeros(1, 1, 4, 4), weight, box, label, torch.ones(1, 1))
    predicted = torch.tensor([5.0, 5.0, 5.0, 5.0])
    outputs = {"flaw": torch.zeros(1, 1, 2, 2), "boxes": predicted.view(1, 4, 1, 1).expand(1, 4, 2, 2),
               "spread": torch.full((1, 4, 2, 2), 2.0), "iou": torch.zeros(1, 1, 2, 2),
               "field": torch.zeros(1, 1, 4, 4), "image_scores": torch.zeros(1, 1)}  # fmt: skip
    losses = {name: value.item() for name, value in detection_losses(outputs, batch, ALL).items()}
    iou, giou = overlap(corners(predicted.numpy()), corners(np.array([4.0, 6.0, 8.0, 2.0])))
    assert losses["boxes"] == pytest.approx(0.5 * (1 - giou), rel=1e-5)  # weights under one in all divide by one
    assert losses["spread"] == pytest.approx(0.5 * (np.mean([1, 1, 9, 9]) / 8 + np.log(2)), rel=1e-5)
    assert losses["iou"] == pytest.approx(0.5 * np.log(2), rel=1e-5)
    assert losses["flaw"] == pytest.approx(np.log(2) * (iou + 3 * 0.75 / 4), rel=1e-5)
    assert losses["image"] == pytest.approx(np.log(2), rel=1e-5)


def test_sound_tiles_alone(batch: Batch, perfect: dict[str, torch.Tensor]) -> None:
    sound = Batch(*(t[1:] for t in batch if t is not None))
    losses = detection_losses({name: value[1:].requires_grad_() for name, value in perfect.items()}, sound, ALL)
    assert losses["boxes"] == losses["spread"] == losses["iou"] == losses["kinds"] == 0
    total = weighted_sum(losses, ALL)
    assert torch.isfinite(total)
    total.backward()


def test_the_total_is_weighted() -> None:
    losses = {"flaw": torch.tensor(2.0), "boxes": torch.tensor(3.0)}
    assert weighted_sum(losses, ObjectiveConfig(flaw=0.5, boxes=4)).item() == pytest.approx(13)


def test_a_term_of_no_weight_is_not_computed(batch: Batch, perfect: dict[str, torch.Tensor]) -> None:
    """Not even looked at: its output may be missing."""
    without = {name: value for name, value in perfect.items() if name not in ("spread", "field")}
    assert {"spread", "field"}.isdisjoint(detection_losses(without, batch, ObjectiveConfig(spread=0, field=0)))


def test_similarity_counts_where_it_is_asked_for(batch: Batch, perfect: dict[str, torch.Tensor]) -> None:
    asked = ObjectiveConfig(similarity=0.5)
    unsure = perfect | {"field": perfect["field"] / 20}
    losses = detection_losses(unsure, batch, asked)
    expected = similarity_loss(torch.sigmoid(unsure["field"]), batch.field)
    assert losses["similarity"] == expected > 0.1 > detection_losses(perfect, batch, asked)["similarity"]
    assert "similarity" not in detection_losses(unsure, batch, ALL)


def test_pixels_cost_nothing_when_the_class_map_is_right(batch: Batch, perfect: dict[str, torch.Tensor]) -> None:
    """And more when kinds change places, or when sound metal is called; not computed unless it is asked for."""
    truth = torch.zeros(2, 32, 32, dtype=torch.uint8)
    truth[0, 4:12, 4:12], truth[1, 20:24] = 1, 2
    whole = batch._replace(pixels=truth, field=(truth > 0).float()[:, None])
    coarse = truth[:, ::2, ::2]
    wide = torch.nn.functional.max_pool2d(torch.stack([coarse == 1, coarse == 2], 1).float(), 5, 1, 2)
    right = perfect | {"kinds": certain(wide), "field": certain(whole.field)}
    asked = ObjectiveConfig(pixels=1)
    best = detection_losses(right, whole, asked)["pixels"]
    assert best.item() == pytest.approx(0, abs=1e-5)
    assert detection_losses(right | {"kinds": right["kinds"].flip(1)}, whole, asked)["pixels"] > 5
    everywhere = right | {"field": certain(torch.ones_like(whole.field))}
    assert detection_losses(everywhere, whole, asked)["pixels"] > 0.3
    assert "pixels" not in detection_losses(right, whole, ALL) and "pixels" not in detection_losses(right, batch, asked)


def test_pixel_loss_by_hand() -> None:
    """One cell of the boxes over four pixels: two of class 0, one sound, one of a flaw of unknown kind."""
    kinds, field = torch.tensor([np.log(3.0), 0.0]).view(1, 2, 1, 1).float(), torch.zeros(1, 1, 2, 2)
    target, intensity = torch.tensor([[[1, 1], [0, 0]]]), torch.tensor([[[[1.0, 1.0], [0.0, 1.0]]]])
    called = 3 * 0.5 * 0.75  # unknown pixels are not asked for
    dice = 1 - (2 * 2 * 0.5 * 0.75 + 1) / (called + 2 + 1)
    assert pixel_loss(kinds, field, target, intensity).item() == pytest.approx(-np.log(0.75) + dice, rel=1e-5)


def test_overlap_of_pixels_is_that_of_each_tile() -> None:
    """A small flaw that is missed costs as much as a large one, whatever there is in the other tile of the batch."""
    target = torch.zeros(2, 8, 8, dtype=torch.long)
    target[0], target[1, :2, :2] = 1, 1
    field = (target > 0)[:, None].float()
    kinds, called = certain(torch.tensor([1, 0])).view(1, 2, 1, 1).expand(2, 2, 4, 4), certain(field)
    lost = [1 - 1 / (64 + 1), 1 - 1 / (4 + 1)]  # soft Dice with one pixel of smoothing
    for missed in (0, 1):
        wrong = called.clone()
        wrong[missed] = -20
        assert pixel_loss(kinds, wrong, target, field).item() == pytest.approx(lost[missed] / 2, abs=1e-4)


def test_pixels_of_sound_tiles_cost_nothing_but_can_be_learned_from() -> None:
    kinds, field = torch.zeros(1, 2, 2, 2, requires_grad=True), torch.zeros(1, 1, 4, 4, requires_grad=True)
    loss = pixel_loss(kinds, field, torch.zeros(1, 4, 4, dtype=torch.uint8), torch.zeros(1, 1, 4, 4))
    loss.backward()
    assert loss == 0 and kinds.grad is not None and torch.isfinite(kinds.grad).all()


def test_kind_loss_by_hand() -> None:
    """-log softmax of the true class, weighted; a flaw of unknown kind says nothing."""
    logits, label = torch.tensor([[1.0, 3.0], [0.5, 0.5], [9.0, 0.0]]), torch.tensor([0, 1, UNKNOWN])
    expected = (0.5 * np.log(1 + np.exp(2)) + 1.0 * np.log(2)) / 1.5
    assert kind_loss(logits, label, torch.tensor([0.5, 1.0, 1.0])).item() == pytest.approx(expected, rel=1e-6)


def test_a_flaw_of_unknown_kind_teaches_where_but_not_what(perfect: dict[str, torch.Tensor], batch: Batch) -> None:
    instances = np.zeros((64, 64), np.int32)
    instances[8:24, 8:20] = 1
    target = make_targets(instances, np.array([UNKNOWN]), 2)
    parts = ("field", "weight", "box", "label", "present")
    unknown = Batch(torch.zeros(1, 3, 64, 64), *(torch.from_numpy(getattr(target, p))[None] for p in parts))
    outputs = {name: value[:1].clone().requires_grad_() for name, value in perfect.items()}
    losses = detection_losses(outputs, unknown, ALL)
    weighted_sum(losses, ALL).backward()
    assert losses["image"] == 0 and losses["kinds"] == 0
    assert outputs["kinds"].grad is not None and not outputs["kinds"].grad.any()
    assert outputs["flaw"].grad is not None and outputs["flaw"].grad.any()
