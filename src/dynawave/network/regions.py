"""Regions of an image: the strongest boxes of the maps (8), their overlaps, and features within them."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from dynawave.network.deformable import sampling_grid
from dynawave.network.heads import STRIDE


class Regions(NamedTuple):
    """The `k` strongest boxes of each image.

    Attributes:
        boxes: left, top, right, bottom in pixels, [N, k, 4].
        cells: index of each one's cell in the flattened map, int64 [N, k].
    """

    boxes: Tensor
    cells: Tensor


def strongest_boxes(flaw: Tensor, distances: Tensor, count: int) -> Regions:
    """Boxes of the cells with the highest flaw scores (8), image by image.

    Args:
        flaw: flaw logits or scores [N, 1, h, w].
        distances: from each cell's centre to the box's sides in pixels [N, 4, h, w].
        count: boxes an image; fewer where the map has fewer cells.
    """
    scores = flaw.flatten(1)
    cells = scores.topk(min(count, scores.shape[1]), dim=1).indices
    centres = (sampling_grid(distances).permute(0, 3, 1, 2) + 0.5) * STRIDE
    boxes = torch.cat([centres - distances[:, :2], centres + distances[:, 2:]], 1).flatten(2)
    return Regions(boxes.gather(2, cells[:, None].expand(-1, 4, -1)).transpose(1, 2), cells)


def overlaps(boxes: Tensor) -> Tensor:
    """IoU of every pair of boxes [..., k, 4]: [..., k, k]."""
    low = torch.maximum(boxes[..., :, None, :2], boxes[..., None, :, :2])
    high = torch.minimum(boxes[..., :, None, 2:], boxes[..., None, :, 2:])
    common = (high - low).clamp(min=0).prod(-1)
    area = (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)
    return common / (area[..., :, None] + area[..., None, :] - common).clamp(min=1e-6)


def pool_regions(features: Tensor, boxes: Tensor, stride: int, size: int = 3) -> Tensor:
    """Features within boxes: bilinear samples at the centres of `size` x `size` equal parts of each.

    Args:
        features: map [N, C, h, w], whose cell (i, j) stands at ((j + 0.5) stride, (i + 0.5) stride) pixels.
        boxes: in pixels [N, k, 4]; what lies beyond the map repeats its border.
        stride: pixels a cell.
        size: parts a side.

    Returns:
        [N, k, C, size, size].
    """
    images, count = boxes.shape[:2]
    parts = (torch.arange(size, device=boxes.device, dtype=boxes.dtype) + 0.5) / size
    low, extent = boxes[..., :2, None], (boxes[..., 2:] - boxes[..., :2])[..., None]
    x, y = (low + extent * parts).unbind(2)
    points = torch.stack([x[..., None, :].expand(-1, -1, size, -1), y[..., None].expand(-1, -1, -1, size)], -1)
    whole = stride * torch.tensor(features.shape[:1:-1], device=boxes.device, dtype=boxes.dtype)
    grid = (2 * points / whole - 1).reshape(images, count, size * size, 2)
    sampled = F.grid_sample(features, grid.to(features.dtype), padding_mode="border", align_corners=False)
    return sampled.transpose(1, 2).reshape(images, count, -1, size, size)
