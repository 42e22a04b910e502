"""Two-dimensional discrete wavelet transform as one strided convolution with fixed kernels (Eq. 22)."""

from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_ROOT2: Final = 2.0**0.5
_ROOT3: Final = 3.0**0.5

LOWPASS: Final[dict[str, tuple[float, ...]]] = {
    "haar": (1 / _ROOT2, 1 / _ROOT2),
    "db2": tuple(c / (4 * _ROOT2) for c in (1 - _ROOT3, 3 - _ROOT3, 3 + _ROOT3, 1 + _ROOT3)),
}
"""Decomposition low-pass filters (Daubechies 1992)."""

SUBBANDS: Final = ("LL", "LH", "HL", "HH")


def analysis_kernels(wavelet: str) -> Tensor:
    """The four separable kernels [4, 1, K, K] in the order LL, LH, HL, HH, as correlation kernels.

    LH is high-pass down the rows (it answers to horizontal lines), HL along them.
    """
    low = torch.tensor(LOWPASS[wavelet], dtype=torch.float64)
    signs = torch.tensor([(-1.0) ** (k + 1) for k in range(len(low))], dtype=torch.float64)
    high = signs * low.flip(0)
    low, high = low.flip(0), high.flip(0)  # convolution becomes correlation
    kernels = [torch.outer(rows, columns) for rows in (low, high) for columns in (low, high)]
    ll, lh, hl, hh = kernels[0], kernels[2], kernels[1], kernels[3]
    return torch.stack([ll, lh, hl, hh])[:, None].float()


class WaveletTransform(nn.Module):
    """W(z) = {LL, LH, HL, HH} (22), each at half resolution.

    Args:
        wavelet: "haar" or "db2".
        channels: channels of the input, each transformed on its own.
    """

    kernels: Tensor

    def __init__(self, wavelet: str, channels: int) -> None:
        super().__init__()
        if wavelet not in LOWPASS:
            raise ValueError(f"unknown wavelet {wavelet!r}: choose one of {', '.join(LOWPASS)}")
        kernels = analysis_kernels(wavelet)
        self.channels = channels
        self.margin = (kernels.shape[-1] - 2) // 2
        # one group a channel, its four sub-bands side by side
        self.register_buffer("kernels", kernels.repeat(channels, 1, 1, 1), persistent=False)

    def forward(self, z: Tensor) -> Tensor:
        """Transform [N, C, H, W] (H, W even) to [N, C, 4, H/2, W/2]; the border is mirrored."""
        if self.margin:
            z = F.pad(z, (self.margin,) * 4, mode="reflect")
        bands = F.conv2d(z, self.kernels.to(z.dtype), stride=2, groups=self.channels)
        return bands.reshape(bands.shape[0], self.channels, 4, bands.shape[2], bands.shape[3])
