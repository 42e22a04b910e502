"""Prediction heads (Eq. 28; 5, 6, 12): Gaussian boxes, class scores, predicted IoU, field, image class."""

import math
from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn

STRIDE: Final = 4
"""Pixels of the input a box cell stands for."""

FIELD_STRIDE: Final = 2
"""Pixels of the input a field cell stands for."""

Relate = Callable[[Tensor, Tensor, Tensor], Tensor]
"""What changes logits by features and boxes, as `relations.Relations` does."""

PRIOR: Final = 0.01  # how likely a cell holds a flaw before anything is learned; keeps the first steps calm


def _block(inputs: int, outputs: int) -> nn.Sequential:
    """A 3 x 3 convolution with batch norm and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


def _set_prior(layer: nn.Conv2d) -> nn.Conv2d:
    assert layer.bias is not None
    nn.init.constant_(layer.bias, -math.log((1 - PRIOR) / PRIOR))
    return layer


class BoxHead(nn.Module):
    """RegHead and ClsHead (28) on the decoded base level, one prediction a cell of stride 4.

    A box is four distances from the cell's centre to its sides, each a Gaussian with its own mean and variance (5).
    Whether there is a flaw, and of which kind it is given that there is one (6), are asked apart: most cells hold
    none, and a flaw that nobody has named still teaches where flaws are.
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.tower = _block(channels, channels)
        self.classify = _block(channels, channels)
        self.regress = _block(channels, channels)
        self.flaw = _set_prior(nn.Conv2d(channels, 1, 1))
        self.kinds = nn.Conv2d(channels, classes, 1) if classes > 1 else None
        self.distances = nn.Conv2d(channels, 4, 1)
        self.spreads = nn.Conv2d(channels, 4, 1)
        self.iou = nn.Conv2d(channels, 1, 1)

    def forward(self, decoded: Tensor, relate: Relate | None = None) -> dict[str, Tensor]:
        """Return logits of flaw, IoU and, of several classes, kinds; distances and spreads in pixels.

        Each is [N, ?, H/4, W/4]. `relate` lets detections change each other's flaw and kinds (16).
        """
        shared = self.tower(decoded)
        named = self.classify(shared)
        boxes = self.regress(shared)
        distances = STRIDE * torch.exp(self.distances(boxes).float().clamp(-4, 5))
        answers = torch.cat([ask(named) for ask in (self.flaw, self.kinds) if ask is not None], 1)
        if relate is not None:
            answers = relate(named, answers, distances)
        kinds = {} if self.kinds is None else {"kinds": answers[:, 1:]}
        return kinds | {
            "flaw": answers[:, :1],
            "boxes": distances,
            "spread": STRIDE * torch.exp(self.spreads(boxes).clamp(-4, 4)),
            "iou": self.iou(boxes),
        }


class FieldHead(nn.Module):
    """The pixel-wise flaw intensity field S(p) (12) at stride 2.

    Each decoder cell is unfolded into its four half-cells, and the backbone's stride-2 features join in, because
    most flaws are a few pixels across. Eight channels do: at this resolution every channel costs as much as a block.
    """

    def __init__(self, channels: int, fine_channels: int) -> None:
        super().__init__()
        width = 8
        self.unfold = nn.Sequential(nn.Conv2d(channels, 4 * width, 1), nn.PixelShuffle(2))
        self.fine = nn.Conv2d(fine_channels, width, 1)
        self.mix = nn.Sequential(nn.ReLU(), nn.Conv2d(width, width, 3, padding=1), nn.ReLU())
        self.field = _set_prior(nn.Conv2d(width, 1, 1))

    def forward(self, decoded: Tensor, fine: Tensor) -> Tensor:
        """Return the field's logits [N, 1, H/2, W/2]."""
        logits: Tensor = self.field(self.mix(self.unfold(decoded) + self.fine(fine)))
        return logits


class ImageHead(nn.Module):
    """The image-level class vector from the mean and the maximum of the coarsest level."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(2 * channels, classes)

    def forward(self, coarse: Tensor) -> Tensor:
        """Logits [N, classes] of a level [N, C, h, w]."""
        out: Tensor = self.linear(torch.cat([coarse.mean((2, 3)), coarse.amax((2, 3))], 1))
        return out
