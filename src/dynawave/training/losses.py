"""The objective of the network itself (Eq. 5, 12-14): scores, boxes, predicted IoU, intensity field, image classes."""

from typing import Final, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

WEIGHTS: Final = {"scores": 1.0, "boxes": 2.0, "spread": 0.15, "iou": 0.5, "field": 2.0, "class_map": 0.5, "image": 0.1}
"""How much each term counts."""


class Batch(NamedTuple):
    """A batch of tiles and their targets, as of `targets.Targets`, stacked."""

    image: Tensor
    field: Tensor
    weight: Tensor
    box: Tensor
    label: Tensor
    class_map: Tensor
    present: Tensor


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


def detection_losses(outputs: dict[str, Tensor], batch: Batch) -> dict[str, Tensor]:
    """Every term, unweighted, by the names of `WEIGHTS`."""
    on = batch.weight > 0
    weight = batch.weight[on]
    total = weight.sum().clamp(min=1)
    predicted = outputs["boxes"].permute(0, 2, 3, 1)[on]
    spread = outputs["spread"].permute(0, 2, 3, 1)[on]
    target = batch.box.permute(0, 2, 3, 1)[on]
    iou, giou = box_overlap(predicted, target)
    quality = torch.zeros_like(outputs["scores"])
    images, rows, columns = on.nonzero(as_tuple=True)
    quality[images, batch.label[on], rows, columns] = iou.detach().clamp(min=0.05).to(quality.dtype)
    losses = {
        "scores": varifocal(outputs["scores"], quality).sum() / total,
        "boxes": ((1 - giou) * weight).sum() / total,  # (14), with the sign of a loss
        "spread": (gaussian_nll(predicted, spread, target).mean(-1) * weight).sum() / total,
        "iou": (
            F.binary_cross_entropy_with_logits(outputs["iou"][:, 0][on], iou.detach(), reduction="none") * weight
        ).sum()
        / total,
        "field": field_loss(outputs["field"], batch.field),
        "image": F.binary_cross_entropy_with_logits(outputs["image_scores"], batch.present),
    }
    if "class_map" in outputs:
        losses["class_map"] = F.cross_entropy(outputs["class_map"], batch.class_map)
    return losses


def total_loss(losses: dict[str, Tensor]) -> Tensor:
    """The weighted sum."""
    return torch.stack([WEIGHTS[name] * value for name, value in losses.items()]).sum()
