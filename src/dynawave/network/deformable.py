"""Modulated deformable convolution from ordinary operators: nine bilinear samples a position (Eq. 18).

All nine are taken by one `grid_sample`. On a CPU that is several times faster than the fused kernel, needs no
torchvision, and exports as the ONNX operator GridSample.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TAPS = 9


def sampling_grid(like: Tensor) -> Tensor:
    """Pixel coordinates (x, y) of every position of `like` [N, C, H, W], as [1, H, W, 2]."""
    ys = torch.arange(like.shape[2], device=like.device, dtype=like.dtype)
    xs = torch.arange(like.shape[3], device=like.device, dtype=like.dtype)
    return torch.stack([xs.expand(like.shape[2], -1), ys[:, None].expand(-1, like.shape[3])], -1)[None]


def tap_places(grid: Tensor, offsets: Tensor, dilation: int) -> Tensor:
    """Where each tap samples for each position: p + k + offset_k(p) (18), (x, y) in pixels, [N, 9, H, W, 2].

    Args:
        grid: every p, from `sampling_grid`.
        offsets: [N, 18, H, W], (dx, dy) for each of the nine taps, row by row.
        dilation: spacing of the taps in pixels.
    """
    tap = torch.arange(TAPS, device=grid.device)
    shifts = torch.stack([tap % 3 - 1, tap // 3 - 1], -1).to(grid.dtype) * dilation
    paired = offsets.reshape(offsets.shape[0], TAPS, 2, *offsets.shape[2:]).permute(0, 1, 3, 4, 2)
    return grid[:, None] + shifts[:, None, None] + paired


def deformable_depthwise(x: Tensor, offsets: Tensor, modulation: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """z(p) = sum_k w_k m_k(p) z(p + k + offset_k(p)) for each channel, zeros outside (Eq. 18).

    Args:
        x: [N, C, H, W].
        offsets: [N, 18, H, W], (dx, dy) in pixels for each of the nine taps, row by row.
        modulation: [N, 9, H, W], the weight of each tap at each position.
        weight: [C, 9], the depthwise kernel.
        dilation: spacing of the taps in pixels.

    Returns:
        [N, C, H, W].
    """
    height, width = x.shape[2], x.shape[3]
    scale = torch.tensor([2.0 / width, 2.0 / height], dtype=x.dtype, device=x.device)
    # grid_sample counts from -1 to 1 between the outer edges of the border pixels; the taps lie below each other
    places = ((tap_places(sampling_grid(x), offsets, dilation) + 0.5) * scale - 1).flatten(1, 2)
    samples = F.grid_sample(x, places, mode="bilinear", padding_mode="zeros", align_corners=False)
    taps = samples.reshape(*x.shape[:2], TAPS, height, width)
    return (taps * modulation[:, None] * weight[..., None, None]).sum(2)


class DeformableConvolution(nn.Module):
    """A depthwise deformable 3 x 3 convolution whose offsets and modulation are predicted from its input.

    It starts as an ordinary dilated convolution: zero offsets, every tap at weight one (2 x sigmoid of 0).
    """

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.weight = nn.Parameter(torch.randn(channels, TAPS) * (2 / TAPS) ** 0.5)
        self.predict = nn.Conv2d(channels, 3 * TAPS, 3, padding=dilation, dilation=dilation)
        nn.init.zeros_(self.predict.weight)
        assert self.predict.bias is not None
        nn.init.zeros_(self.predict.bias)

    def sampling(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Offsets [N, 18, H, W] in pixels and modulation [N, 9, H, W] (0-2) of the taps."""
        prediction = self.predict(x)
        return prediction[:, : 2 * TAPS], 2 * torch.sigmoid(prediction[:, 2 * TAPS :])

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, C, H, W] to [N, C, H, W]."""
        offsets, modulation = self.sampling(x)
        # in half precision a place at 64 px would be known to half a pixel
        return deformable_depthwise(x.float(), offsets.float(), modulation.float(), self.weight, self.dilation)
