"""Prior-Driven Probabilistic Supervision (paper 3.4.1, Eq. 31-34)."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

SMOOTHING = 1.0
"""Films and flaws that are added to each count (Laplace), so that what was never seen is rare, not impossible."""


class KindStatistics(BaseModel):
    """How often the kinds of flaw occur in the training films, alone and together.

    Attributes:
        flaws: flaws of each kind, [C].
        together: films that hold both of two kinds, [C, C]; on the diagonal, films that hold the one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    flaws: tuple[int, ...]
    together: tuple[tuple[int, ...], ...]

    def prior(self) -> Tensor:
        """P(l | l*) (32): the row of each kind l* says which kinds its films hold; float32 [C, C], rows sum to one."""
        counts = torch.tensor(self.together, dtype=torch.float64) + SMOOTHING
        return (counts / counts.sum(1, keepdim=True)).float()

    def weights(self) -> Tensor:
        """omega(l) = 1 / log(1 + freq(l)) (34), float32 [C], scaled to one on average over the flaws.

        freq counts flaws. Unscaled, the weights would sink as the data grow, and the whole term with them.
        """
        frequency = torch.tensor(self.flaws, dtype=torch.float64) + SMOOTHING
        weights = 1 / torch.log1p(frequency)
        return (weights * frequency.sum() / (weights * frequency).sum()).float()


def count_kinds(films: Iterable[NDArray[Any]], classes: int) -> KindStatistics:
    """Count over films, each given by the class index of every flaw on it; flaws of unknown kind (-1) are left out."""
    flaws = np.zeros(classes, np.int64)
    together = np.zeros((classes, classes), np.int64)
    for labels in films:
        found = np.bincount(labels[labels >= 0], minlength=classes)
        flaws += found
        together += np.outer(found > 0, found > 0)
    return KindStatistics(flaws=tuple(flaws.tolist()), together=tuple(map(tuple, together.tolist())))


def smoothed_targets(label: Tensor, prior: Tensor, epsilon: float) -> Tensor:
    """q(l) = (1 - epsilon) delta(l = l*) + epsilon P(l | l*) (31): class indices [n] to [n, C]."""
    hard = F.one_hot(label, len(prior)).to(prior.dtype)
    return (1 - epsilon) * hard + epsilon * prior[label]


def soft_cross_entropy(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """-sum_l omega(l) q(l) log p(l) (33, 34) of logits [n, C] and targets q [n, C]: [n]."""
    weighed = target if weights is None else target * weights
    return -(weighed * F.log_softmax(logits, 1)).sum(1)


class PriorDrivenSupervision(nn.Module):
    """The class term of flaws whose kind is known, softened by what occurs together in the training films.

    The statistics are buffers, so that a checkpoint holds them.

    Args:
        statistics: of the training films.
        epsilon: share of the prior in the target; 0 is plain cross-entropy.
        balanced: weigh rare kinds more (34).
    """

    prior: Tensor
    weights: Tensor | None

    def __init__(self, statistics: KindStatistics, epsilon: float, balanced: bool) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.register_buffer("prior", statistics.prior())
        self.register_buffer("weights", statistics.weights() if balanced else None)

    def forward(self, logits: Tensor, label: Tensor, weight: Tensor) -> Tensor:
        """Mean over cells: logits [n, C], class indices [n] (-1: unknown, no term), weights of the cells [n]."""
        known = label >= 0
        target = smoothed_targets(label[known], self.prior, self.epsilon)
        loss = soft_cross_entropy(logits[known], target, self.weights)
        return (loss * weight[known]).sum() / weight[known].sum().clamp(min=1)
