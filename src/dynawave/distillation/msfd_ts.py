"""Multi-Stage Feature Distillation with Temporal Stabilisation (paper 3.4.2, Eq. 35-39, 46)."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from dynawave.network.heads import PRIOR


def discrepancy(teacher: Tensor, student: Tensor) -> Tensor:
    """D = || z_t / ||z_t|| - z_s / ||z_s|| ||^2 (35), on average over the images of [N, C, H, W].

    Each image's map is one vector, so D lies between 0 and 4 (it is 2 - 2 cos) whatever the size of the tile, and
    places that answer strongly, which flaws are, count most.
    """
    difference = F.normalize(teacher.flatten(1), dim=1) - F.normalize(student.flatten(1), dim=1)
    return difference.square().sum(1).mean()


def warm_up(step: float, length: float) -> float:
    """alpha(t) = min(1, t / T) (36); a length T of 0 is no warm-up."""
    return min(1.0, step / length) if length > 0 else 1.0


def distillation_loss(teacher: Sequence[Tensor], student: Sequence[Tensor], strengths: Sequence[float]) -> Tensor:
    """L_distill = sum_l alpha_l D_l (37): maps of the teacher and of the student, and the strength of each layer."""
    terms = [alpha * discrepancy(t, s) for t, s, alpha in zip(teacher, student, strengths, strict=True)]
    return torch.stack(terms).sum()


def temporal_loss(field: Tensor, earlier: Tensor) -> Tensor:
    """L_temp = ||M_t - M_(t-1)||_F^2 (38), over the sum of both squared norms: between 0 and 1.

    So it is the relative change (one less the Dice coefficient of Milletari et al. 2016), and its weight fits tiles of
    any size and flaws of any number; a mean over cells, nearly all of them sound, would be next to nothing. Fields
    that see as little as an untrained network's, `PRIOR` everywhere, count as no change.

    Args:
        field: logits of the intensity field [N, 1, h, w].
        earlier: what earlier parameters (the teacher's) make of the same images. The batch before showed other
            images, so its field has nothing to say here.
    """
    now, before = torch.sigmoid(field), torch.sigmoid(earlier)
    return (now - before).square().mean() / (now.square().mean() + before.square().mean() + PRIOR**2)


Average = Callable[[Sequence[Tensor], Sequence[Tensor], Tensor | int], None]


def moving_average(momentum: float) -> Average:
    """phi_t = mu phi_(t-1) + (1 - mu) theta_t (39, 46), for `torch.optim.swa_utils.AveragedModel`.

    All tensors in one call: one by one they cost a tenth of a step. Warm start: mu is at most (1 + t) / (10 + t) after
    t steps, so that the first half of the steps never counts more than 0.2 %. The first weights know nothing, and a
    mean that remembers them calls boxes too small: their sides grow from a few pixels on.
    """

    @torch.no_grad()
    def average(teacher: Sequence[Tensor], student: Sequence[Tensor], seen: Tensor | int) -> None:
        mu = min(momentum, (1 + int(seen)) / (10 + int(seen)))
        if torch.is_floating_point(teacher[0]):
            torch._foreach_lerp_(list(teacher), list(student), 1 - mu)
        else:  # counters of batch norm
            for old, new in zip(teacher, student, strict=True):
                old.copy_(new)

    return average
