"""Relations between detections, gated by which kinds of flaw occur together (paper 3.2, Eq. 16)."""

from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynawave.network.heads import STRIDE
from dynawave.network.regions import Regions, strongest_boxes

DETECTIONS: Final = 32
"""The strongest detections of a tile, which all cells look at."""

SUPPRESSED: Final = -1e4
"""Flaw logit of a cell that stands beside a stronger one."""


def co_occurrence_gate(kinds: Tensor, others: Tensor, together: Tensor, threshold: float) -> Tensor:
    """[P(l_i, l_j) > tau] of (16), expected over the predicted kinds: sum_ab p_i(a) p_j(b) [P(a, b) > tau].

    Args:
        kinds: probabilities p_i [N, C, n].
        others: probabilities p_j [N, C, k].
        together: P [C, C].
        threshold: tau.

    Returns:
        [N, n, k], 0-1.
    """
    gate = (together > threshold).to(kinds.dtype)
    return kinds.transpose(1, 2) @ (gate @ others)


def within(found: Regions, height: int, width: int) -> Tensor:
    """Which cells of a map of `height` x `width` lie in which boxes: bool [N, height * width, k]."""
    ys = (torch.arange(height, device=found.boxes.device)[:, None] + 0.5) * STRIDE
    xs = (torch.arange(width, device=found.boxes.device)[:, None] + 0.5) * STRIDE
    left, top, right, bottom = found.boxes[:, None].unbind(3)
    rows, columns = (ys >= top) & (ys <= bottom), (xs >= left) & (xs <= right)
    return (rows[:, :, None] & columns[:, None]).flatten(1, 2)


class Relations(nn.Module):
    """What a cell's relatives among the strongest detections say about its flaw and its kind.

    C_ij = gate_ij cos(f_i, f_j) (16) relates cell i to detection j; a detection whose box holds the cell is the cell's
    own flaw, hence no relative. The related features, weighted by C_ij and by how sure the detections are, are summed
    up and mapped to logits that are added to the cell's. All cells look at the detections, not only these at one
    another: a flaw answers in several cells, and nothing has to be scattered back. The map to logits starts at zero, so
    that weights trained without it stay valid.

    Args:
        channels: of the features.
        classes: of the model; of one class the gate is open.
        threshold: tau.

    Attributes:
        together: P [C, C], how likely kind b is on a film that holds kind a; ones until it is set.
    """

    together: Tensor

    def __init__(self, channels: int, classes: int, threshold: float) -> None:
        super().__init__()
        self.threshold = threshold
        self.register_buffer("together", torch.ones(classes, classes))
        self.update = nn.Linear(channels, 1 + classes if classes > 1 else 1)
        nn.init.zeros_(self.update.weight)
        nn.init.zeros_(self.update.bias)

    def forward(self, features: Tensor, logits: Tensor, distances: Tensor) -> Tensor:
        """The logits after what the relatives say.

        Args:
            features: f, none negative (after a ReLU), so that no similarity is, [N, D, h, w].
            logits: of a flaw and, of several classes, of its kinds [N, 1 or 1 + C, h, w].
            distances: from each cell's centre to its box's sides in pixels [N, 4, h, w].
        """
        height, width = logits.shape[2:]
        flaw, kinds = logits[:, :1].detach(), logits[:, 1:].flatten(2).softmax(1)
        peaks = torch.where(flaw == F.max_pool2d(flaw, 3, 1, 1), flaw, SUPPRESSED)
        found = strongest_boxes(peaks, distances.detach(), DETECTIONS)
        cells = found.cells[:, None]

        def chosen(values: Tensor) -> Tensor:
            return values.gather(2, cells.expand(-1, values.shape[1], -1))

        features = features.flatten(2)
        alike = F.normalize(features, dim=1)
        sure = torch.sigmoid(chosen(peaks.flatten(2)))
        relation = alike.transpose(1, 2) @ (chosen(alike) * sure)
        if kinds.shape[1]:
            relation = relation * co_occurrence_gate(kinds, chosen(kinds), self.together, self.threshold)
        relation = relation.masked_fill(within(found, height, width), 0)
        said = self.update(chosen(features).transpose(1, 2))
        # a vote of weight one for no change: few and unsure relatives say little
        summed = (relation @ F.pad(said, (0, 1), value=1.0)).transpose(1, 2)
        return logits + (summed[:, :-1] / (1 + summed[:, -1:])).reshape(logits.shape)
