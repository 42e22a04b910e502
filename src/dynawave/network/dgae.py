"""Dynamic Geometry-Aware Encoding (paper 3.3.1, Eq. 17-21)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynawave.network.deformable import DeformableConvolution

DILATIONS = (1, 2, 3)


class GeometryAwareEncoding(nn.Module):
    """Three deformable branches of dilation 1, 2, 3, concatenated (17, 18) and gated (19, 20).

    The branches work on a third of the channels each, after a 1 x 1 projection, so that their concatenation has the
    width of the level and the deformable sampling stays cheap. What they add starts at zero: the network begins as one
    without them, and has nothing to unlearn.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        branch = channels // len(DILATIONS)
        width = branch * len(DILATIONS)
        self.project = nn.Conv2d(channels, branch, 1)
        self.branches = nn.ModuleList(DeformableConvolution(branch, rate) for rate in DILATIONS)
        self.gate = nn.Sequential(nn.BatchNorm2d(width), nn.Conv2d(width, width, 1), nn.Sigmoid())
        self.restore = nn.Conv2d(width, channels, 1)
        nn.init.zeros_(self.restore.weight)
        assert self.restore.bias is not None
        nn.init.zeros_(self.restore.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, C, H, W] to [N, C, H, W]; the input is kept as a residual."""
        narrow = self.project(x)
        z = torch.cat([branch(narrow) for branch in self.branches], 1)  # (17)
        gate = self.gate(F.relu(z))  # (19); BN follows the ReLU, as the equation has it
        restored: Tensor = self.restore(gate * z)  # (20)
        return x + restored


class HierarchicalFusion(nn.Module):
    """z_final(l) = Conv1x1[z(l), Up(z(l+1))] (21)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.merge = nn.Conv2d(2 * channels, channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        """Fuse a level [N, C, H, W] with the next coarser one [N, C, H/2, W/2]."""
        raised = F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
        return F.relu(self.norm(self.merge(torch.cat([fine, raised], 1))))
