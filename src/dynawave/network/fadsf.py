"""Frequency-Aligned Decoding and Semantic Fusion (paper 3.3.3, Eq. 26-27)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynawave.network.depthwise import DepthwiseConvolution


class PlainDecoder(nn.Module):
    """What stands in place of the decoder below where it is switched off: a plain pyramid's sum and convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, coarse: Tensor, lateral: Tensor) -> Tensor:
        """Fuse the coarser decoder level [N, C, H/2, W/2] with the level's own features [N, C, H, W]."""
        raised = F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
        return F.relu(self.norm(self.mix(raised + lateral)))


class FrequencyAlignedDecoder(nn.Module):
    """One step down the pyramid: upsample (26), join with the frequency features and their product (27).

    The paper writes z_wave for the frequency-refined features. Taken literally, z_wave (24) has lost every detail
    finer than two pixels of its level; the refined output of the attention, z_fused (25), keeps it, so that one is
    meant here. The bottleneck starts as the sum of the two maps, as that of a plain pyramid.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.smooth = DepthwiseConvolution(channels, 3, padding=1, bias=False)
        self.bottleneck = nn.Conv2d(3 * channels, channels, 1, bias=False)
        nn.init.dirac_(self.smooth.weight, groups=channels)
        nn.init.dirac_(self.bottleneck.weight)
        with torch.no_grad():
            self.bottleneck.weight[:, channels : 2 * channels] = self.bottleneck.weight[:, :channels]
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, coarse: Tensor, frequency: Tensor) -> Tensor:
        """Fuse the coarser decoder level [N, C, H/2, W/2] with frequency features [N, C, H, W]."""
        raised = F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
        raised = self.smooth(raised)  # (26), learned interpolation
        joined = torch.cat([raised, frequency, raised * frequency], 1)
        return F.relu(self.norm(self.bottleneck(joined)))  # (27)
