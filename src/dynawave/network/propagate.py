"""Structure-aware kernel and edge-aware propagation on the image grid (paper 3.2, Eq. 11)."""

from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

OFFSETS: Final = ((-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))
"""(down, across) to the neighbours of a pixel: the first four share a side with it, the others a corner."""


def _neighbours(z: Tensor, count: int) -> list[Tensor]:
    """Each pixel's neighbours in a map [N, C, h, w], in the order of `OFFSETS`; 0 beyond the border."""
    height, width = z.shape[2:]
    padded = F.pad(z, (1, 1, 1, 1))
    return [
        padded[:, :, 1 + down : 1 + down + height, 1 + across : 1 + across + width] for down, across in OFFSETS[:count]
    ]


def structure_kernel(image: Tensor, sigma: Tensor, neighbours: int = 8) -> Tensor:
    """kappa(p, q) = exp(-|I(p) - I(q)|^2 / sigma^2) for adjacent p and q (11), all edges of the grid graph.

    Args:
        image: [N, c, h, w], at the resolution of the graph.
        sigma: positive scalar, in the unit of the image.
        neighbours: 4 or 8.

    Returns:
        [N, neighbours, h, w] in the order of `OFFSETS`; 0 where the neighbour lies beyond the border.
    """
    around = _neighbours(image, neighbours)
    there = torch.cat(_neighbours(torch.ones_like(image[:1, :1]), neighbours), 1)
    distances = torch.cat([(other - image).square().sum(1, keepdim=True) for other in around], 1)
    return torch.exp(-distances / sigma**2) * there


def propagate(z: Tensor, kernel: Tensor, steps: int) -> Tensor:
    """`steps` times the mean of each pixel and its neighbours, weighted by the kernel; a pixel weighs kappa(p, p) = 1.

    So a pixel that resembles none of its neighbours keeps its features. Nothing but the kernel and shifted views of
    the map is held: no matrix of pixels by pixels.

    Args:
        z: features [N, C, h, w].
        kernel: of `structure_kernel`, [N, 4 or 8, h, w].
        steps: how far, in pixels, features can travel.
    """
    own = 1 / (1 + kernel.sum(1, keepdim=True))
    shares = (kernel * own)[:, :, None].unbind(1)
    for _ in range(steps):
        mean = own * z
        for share, neighbour in zip(shares, _neighbours(z, len(shares)), strict=True):
            mean = mean + share * neighbour
        z = mean
    return z


class EdgeAwarePropagation(nn.Module):
    """What a few steps along the grid graph change in a feature map, mixed back into it.

    It works on a few channels, after a projection: the time it takes is that of reading and writing maps. The way back
    starts at zero, so that weights trained without it stay valid.

    Args:
        channels: of the map.
        stride: pixels of the image a cell of the map stands for.
        neighbours: 4 or 8.
        steps: of propagation.
    """

    def __init__(self, channels: int, stride: int, neighbours: int = 8, steps: int = 2) -> None:
        super().__init__()
        self.stride, self.neighbours, self.steps = stride, neighbours, steps
        narrow = channels // 4
        self.project = nn.Conv2d(channels, narrow, 1, bias=False)
        self.restore = nn.Conv2d(narrow, channels, 1, bias=False)
        nn.init.zeros_(self.restore.weight)
        self.log_sigma = nn.Parameter(torch.zeros(()))  # sigma 1: a third of the range of a normalised image

    def forward(self, z: Tensor, image: Tensor) -> Tensor:
        """Map [N, C, H / stride, W / stride] to the same shape along the structure of the image [N, 3, H, W]."""
        kernel = structure_kernel(F.avg_pool2d(image, self.stride), self.log_sigma.exp(), self.neighbours)
        narrow = self.project(z)
        change: Tensor = self.restore(propagate(narrow, kernel, self.steps) - narrow)
        return z + change
