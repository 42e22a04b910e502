"""Frequency-Domain Selective Attention (paper 3.3.2, Eq. 22-25)."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynawave.network.wavelet import WaveletTransform


class Frequencies(NamedTuple):
    """What the attention gives: z_fused (25), z_wave (24) and the weights alpha [N, 4, C] (23)."""

    fused: Tensor
    wave: Tensor
    weights: Tensor


class FrequencySelectiveAttention(nn.Module):
    """Wavelet sub-bands, each weighted by a multi-layer perceptron that all of them share.

    What is pooled is the strength of a sub-band, |z_s|: the coefficients of a detail band change sign, so their mean
    is near zero whatever the band holds, and its weight would stay at one half. The weighted sum stands at half
    resolution; it is brought back by bilinear interpolation before it is joined to the input. The paper leaves both
    open. The joint starts as the input alone: the network begins as one without attention.
    """

    def __init__(self, channels: int, wavelet: str = "haar", reduction: int = 4) -> None:
        super().__init__()
        self.transform = WaveletTransform(wavelet, channels)
        self.inner = nn.Linear(channels, channels // reduction, bias=False)  # W1
        self.outer = nn.Linear(channels // reduction, channels, bias=False)  # W2
        self.merge = nn.Conv2d(2 * channels, channels, 1, bias=False)
        nn.init.dirac_(self.merge.weight)
        self.norm = nn.BatchNorm2d(channels)

    def attention(self, bands: Tensor) -> Tensor:
        """alpha_s = sigmoid(W2 ReLU(W1 GAP(|z_s|))) (23): [N, C, 4, h, w] to [N, 4, C]."""
        pooled = bands.abs().mean((3, 4)).transpose(1, 2)
        return torch.sigmoid(self.outer(F.relu(self.inner(pooled))))

    def forward(self, z: Tensor) -> Frequencies:
        """Map [N, C, H, W] (H, W even) to the fused features of the same shape."""
        bands = self.transform(z)  # (22)
        weights = self.attention(bands)
        wave = (bands * weights.transpose(1, 2)[..., None, None]).sum(2)  # (24)
        wave = F.interpolate(wave, scale_factor=2.0, mode="bilinear", align_corners=False)
        fused = F.relu(self.norm(self.merge(torch.cat([z, wave], 1))))  # (25)
        return Frequencies(fused, wave, weights)
