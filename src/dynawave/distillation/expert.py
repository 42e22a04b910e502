"""Expert rules as maps, and their injection into intermediate layers (Eq. 15; paper 3.4).

What a radiographer looks for, without learning: a place darker or brighter than the bead about it, a blob, a line.
"""

from collections.abc import Sequence
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIGMA: Final = 2.0
"""Gaussian scale of the filters, in pixels of their octave."""

OCTAVES: Final = 3
"""Scales: the image at full, half and quarter size, so that blobs and lines of 2, 4 and 8 px (sigma) are sought."""

RULES: Final = ("contrast", "blob", "ridge")

CERTAIN: Final = 6.0
"""So many standard deviations of white noise are as good as certain: maps are squeezed softly to +-1 there."""

BEAD: Final = 1
"""Channel of the normalised image that holds the film less its background over 32 px, see `images.normalise`."""


def gaussian_kernels(sigma: float) -> Tensor:
    """Sampled Gaussian and its first and second derivative, [3, K], cut at 4 sigma, for correlation."""
    radius = int(4 * sigma + 0.5)
    x = torch.arange(-radius, radius + 1, dtype=torch.float64)
    smooth = torch.exp(-0.5 * (x / sigma) ** 2)
    smooth = smooth / smooth.sum()
    return torch.stack([smooth, x / sigma**2 * smooth, (x**2 / sigma**4 - 1 / sigma**2) * smooth])


class ExpertMaps(nn.Module):
    """z* (15): contrast against the bead, blob and ridge at each octave, from a normalised image.

    Blob is the Laplacian of Gaussian, ridge the larger eigenvalue of the Hessian less the smaller one's size (a line
    has one large curvature, a blob two); both are positive where the film is dark. Kernels are scaled to answer to
    white noise of unit variance with unit variance.
    """

    kernels: Tensor
    noise: Tensor

    channels: Final = len(RULES) * OCTAVES

    def __init__(self) -> None:
        super().__init__()
        smooth, first, second = gaussian_kernels(SIGMA)
        # rows x columns: smooth, d2/dy2, d2/dx2, d2/dxdy
        pairs = ((smooth, smooth), (second, smooth), (smooth, second), (first, first))
        kernels = torch.stack([torch.outer(rows, columns) for rows, columns in pairs])
        laplacian = kernels[1] + kernels[2]
        scale = torch.stack([kernels[0].norm(), laplacian.norm()])
        self.register_buffer("kernels", kernels[:, None].float(), persistent=False)
        self.register_buffer("noise", scale.float(), persistent=False)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Normalised images [N, 3, H, W] to the maps of each octave [N, 3, H/2^o, W/2^o] within +-1, as of `RULES`."""
        flat = image[:, BEAD : BEAD + 1]
        return [self._rules(F.avg_pool2d(flat, 2**octave)) for octave in range(OCTAVES)]

    def _rules(self, flat: Tensor) -> Tensor:
        margin = self.kernels.shape[-1] // 2
        smooth, yy, xx, xy = F.conv2d(F.pad(flat, (margin,) * 4, mode="replicate"), self.kernels).unbind(1)
        mean, gap = (yy + xx) / 2, torch.sqrt(((yy - xx) / 2) ** 2 + xy**2 + 1e-12)
        # eigenvalues mean + gap and mean - gap: the larger one's size less the smaller one's is 2 min(|mean|, gap)
        ridge = 2 * torch.sign(mean) * torch.minimum(mean.abs(), gap)
        response = torch.stack([-smooth / self.noise[0], (yy + xx) / self.noise[1], ridge / self.noise[1]], 1)
        return torch.tanh(response / CERTAIN)


def at_stride(maps: Sequence[Tensor], stride: int) -> Tensor:
    """Maps of all octaves, averaged over cells of `stride` pixels (a power of two from 4 on), one after another."""
    return torch.cat([F.avg_pool2d(octave, stride // 2**number) for number, octave in enumerate(maps)], 1)


class ExpertInjection(nn.Module):
    """L_reg = ||z - z*||^2 (15), a mean over cells, maps and levels; z is a 1 x 1 projection of the level's features.

    Args:
        channels: of the features.
        strides: levels of the pyramid that should know the maps.
    """

    def __init__(self, channels: int, strides: Sequence[int]) -> None:
        super().__init__()
        self.strides = tuple(strides)
        self.maps = ExpertMaps()
        self.project = nn.ModuleList(nn.Conv2d(channels, ExpertMaps.channels, 1) for _ in self.strides)

    def forward(self, image: Tensor, levels: Sequence[Tensor]) -> Tensor:
        """Normalised images [N, 3, H, W] and the pyramid (21), strides 4, 8, 16 and 32."""
        with torch.no_grad():
            maps = self.maps(image)
        terms = [
            F.mse_loss(project(levels[stride.bit_length() - 3]).float(), at_stride(maps, stride))
            for project, stride in zip(self.project, self.strides, strict=True)
        ]
        return torch.stack(terms).mean()
