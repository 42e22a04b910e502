"""The objective of the network itself (Eq. 5, 6, 12-14): flaws, their kinds and boxes, the field, image classes."""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from dynawave.training.config import ObjectiveConfig
from dynawave.training.fidelity import similarity_loss


class Batch(NamedTuple):
    """A batch of tiles, their targets, as of `targets.Targets`, and the vectors of their contexts, stacked."""

    image: Tensor
    field: Tensor
    weight: Tensor
    box: Tensor
    label: Tensor
    present: Tensor
    context: Tensor | None = None
    pixels: Tensor | None = None


def box_overlap(predicted: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU of boxes given as distances [..., 4] from a common point to their sides."""
    inter = torch.minimum(predicted, target)
    hull = torch.maximum(predicted, target)
    intersection = _extent(inter)
    union = _extent(predicted) + _extent(target) - intersection
    iou = intersection / union
    around = _extent(hull)
    return iou, iou - (around - union) / around


def _extent(distances: Tensor) -> Tensor:
    left, top, right, bottom = distances.unbind(-1)
    return ((left + right) * (top + bottom)).clamp(min=1e-6)


def varifocal(logits: Tensor, quality: Tensor, gamma: float = 2.0, alpha: float = 0.75) -> Tensor:
    """Classification loss (13) whose target on a flaw is the IoU its box reaches, so that scores rank well.

    Source: Zhang et al. 2021, VarifocalNet. Easy sound cells count little (alpha p^gamma).
    """
    probability = torch.sigmoid(logits).detach()
    focus = torch.where(quality > 0, quality, alpha * probability**gamma)
    return F.binary_cross_entropy_with_logits(logits, quality, reduction="none") * focus


def gaussian_nll(predicted: Tensor, spread: Tensor, target: Tensor) -> Tensor:
    """-log N(b | mu, sigma^2) a side (5), less its constant; far misses are cut at ten sigma."""
    error = ((target - predicted) / spread).clamp(-10, 10)
    return 0.5 * error**2 + torch.log(spread)


def field_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy and soft Dice of the intensity field (12)."""
    cross = F.binary_cross_entropy_with_logits(logits, target)
    probability = torch.sigmoid(logits)
    overlap = 2 * (probability * target).sum() + 1
    return 5 * cross + 0.5 * (1 - overlap / (probability.sum() + target.sum() + 1))


def kind_loss(logits: Tensor, label: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy (13) of the class given a flaw (6), on average over the cells whose flaw has a name.

    Args:
        logits: [cells, C].
        label: class index of each cell, -1 where nobody knows.
        weight: of each cell.
    """
    weight = weight * (label >= 0)
    cross = F.cross_entropy(logits, label.clamp(min=0), reduction="none")
    return (cross * weight).sum() / weight.sum().clamp(min=1)


def pixel_loss(kinds: Tensor, field: Tensor, target: Tensor, intensity: Tensor) -> Tensor:
    """Cross-entropy of the kind of each flawed pixel, and soft Dice of the class map, tile by tile and class by class.

    Cells of the boxes' head answer for pixels as in the exported class map (`network.model.activate`); without this
    term they learn the kind of a large flaw from few of its cells, and of tiny ones not at all. A small flaw counts as
    much as a large one in another tile: overlap is measured image by image, too.

    Args:
        kinds: logits [N, C, H/4, W/4].
        field: logits [N, 1, H/2, W/2].
        target: class index + 1 [N, H/2, W/2], 0 for sound metal and unknown kinds.
        intensity: target of the field; where it is over 0 without a class, nobody knows, and nothing is asked.
    """
    raised = F.interpolate(torch.softmax(kinds, 1), scale_factor=2.0, mode="bilinear", align_corners=False)
    named = F.one_hot(target.long(), kinds.shape[1] + 1)[..., 1:].permute(0, 3, 1, 2).float()
    flawed = named.sum(1)
    likelihood = (raised * named).sum(1) + 1 - flawed
    cross = -likelihood.clamp(min=1e-6).log().sum() / flawed.sum().clamp(min=1)
    called = torch.sigmoid(field) * raised * ((intensity == 0) | (flawed[:, None] > 0))
    true = named.sum((2, 3))
    dice = 1 - (2 * (called * named).sum((2, 3)) + 1) / (called.sum((2, 3)) + true + 1)
    return cross + (dice * (true > 0)).sum() / (true > 0).sum().clamp(min=1)


KindLoss = Callable[[Tensor, Tensor, Tensor], Tensor]


def detection_losses(
    outputs: dict[str, Tensor], batch: Batch, weights: ObjectiveConfig, kinds: KindLoss = kind_loss
) -> dict[str, Tensor]:
    """Every term that counts, unweighted, by the names of `ObjectiveConfig`; `kinds` is the term of that name."""
    on = batch.weight > 0
    weight = batch.weight[on]
    total = weight.sum().clamp(min=1)

    def cells(name: str) -> Tensor:
        return outputs[name].permute(0, 2, 3, 1)[on]

    def mean(values: Tensor) -> Tensor:
        return (values * weight).sum() / total

    target = batch.box.permute(0, 2, 3, 1)[on]
    iou, giou = box_overlap(cells("boxes"), target)
    terms: dict[str, Callable[[], Tensor]] = {
        "flaw": lambda: varifocal(outputs["flaw"][:, 0], _quality(on, iou)).sum() / total,
        "boxes": lambda: mean(1 - giou),  # (14), with the sign of a loss
        "spread": lambda: mean(gaussian_nll(cells("boxes"), cells("spread"), target).mean(-1)),
        "iou": lambda: mean(F.binary_cross_entropy_with_logits(cells("iou")[:, 0], iou.detach(), reduction="none")),
        "field": lambda: field_loss(outputs["field"], batch.field),
        "similarity": lambda: similarity_loss(torch.sigmoid(outputs["field"]), batch.field),
        "image": lambda: _known_cross_entropy(outputs["image_scores"], batch.present),
    }
    if "kinds" in outputs:
        terms["kinds"] = lambda: kinds(cells("kinds"), batch.label[on], weight)
    if "kinds" in outputs and batch.pixels is not None:
        truth = batch.pixels
        terms["pixels"] = lambda: pixel_loss(outputs["kinds"], outputs["field"], truth, batch.field)
    return {name: term() for name, term in terms.items() if getattr(weights, name) > 0}


def _quality(on: Tensor, iou: Tensor) -> Tensor:
    """What the flaw score should be: on a flaw the IoU that the cell's box reaches, else 0."""
    quality = torch.zeros(on.shape, dtype=iou.dtype, device=iou.device)
    quality[on] = iou.detach().clamp(min=0.05)
    return quality


def _known_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy on average over the targets that are not -1 (unknown)."""
    known = (target >= 0).float()
    cross = F.binary_cross_entropy_with_logits(logits, target.clamp(min=0), reduction="none")
    return (cross * known).sum() / known.sum().clamp(min=1)


def weighted_sum(losses: dict[str, Tensor], weights: ObjectiveConfig) -> Tensor:
    """The objective: every term times its weight."""
    return torch.stack([getattr(weights, name) * value for name, value in losses.items()]).sum()
