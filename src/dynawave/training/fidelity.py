"""Fidelity terms of the objective: structural similarity (29) and agreement in the wavelet domain (30)."""

from collections.abc import Iterable
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from dynawave.network.wavelet import WaveletTransform

RADIUS: Final = 5
SIGMA: Final = 1.5
STABILITY: Final = (0.01**2, 0.03**2)
"""Window in cells, and what keeps the ratios finite, as in Wang et al. 2004 for values from 0 to 1."""


def similarity_loss(field: Tensor, target: Tensor) -> Tensor:
    """L_SSIM = 1 - SSIM of (29): predicted intensity field 0-1 against its target, both [N, 1, h, w], float32 or more.

    SSIM is the mean over the places whose Gaussian window lies within the map.
    """
    moments = torch.stack([field, target, field * field, target * target, field * target])
    with torch.autocast(field.device.type, enabled=False):  # variances are small differences
        moments = _windows(field, 2) @ moments @ _windows(field, 3).T
    mean, other, square, other_square, product = moments.unbind()
    both, squares, (a, b) = mean * other, mean**2 + other**2, STABILITY
    ssim = (2 * both + a) * (2 * (product - both) + b) / ((squares + a) * (square + other_square - squares + b))
    return 1 - ssim.mean()


def _windows(field: Tensor, axis: int) -> Tensor:
    """The Gaussian window at every place along an axis of n cells, [n - 2 * RADIUS, n].

    As matrices, because convolutions of a single channel are slow.
    """
    cells = torch.arange(field.shape[axis]).to(field)
    away = cells - cells[RADIUS:-RADIUS, None]
    windows = torch.exp(-0.5 * (away / SIGMA) ** 2).where(away.abs() <= RADIUS, 0.0)
    return windows / windows.sum(1, keepdim=True)


def wave_loss(transform: WaveletTransform, pairs: Iterable[tuple[Tensor, Tensor]]) -> Tensor:
    """L_freq = sum over levels of |W(z_dec) - W(z_wave)|^2 (30), each sub-band of an image scaled to unit norm.

    Why scaled: as written, the term is least where both features vanish, and its weight grows with the tile. Why each
    sub-band: the transform keeps distances, so that one norm for all bands would give the plain distance of the
    features, most of which is their local mean. Features without detail are no way out: an empty band agrees with
    none. z_wave is the attention's output (25), as in (27).

    Args:
        transform: W.
        pairs: decoder and encoder features [N, C, H, W] of each level.

    Returns:
        From 0 (the same but for a factor a band) over 2 a level (unrelated) to 4 a level.
    """
    return torch.stack([_disagreement(transform(decoded), transform(encoded)) for decoded, encoded in pairs]).sum()


def _disagreement(a: Tensor, b: Tensor) -> Tensor:
    """|a / |a| - b / |b||^2 = 2 - 2 cos(a, b) of sub-bands [N, C, 4, h, w]; the mean over images and sub-bands."""
    return 2 - 2 * F.cosine_similarity(a.transpose(1, 2).flatten(2), b.transpose(1, 2).flatten(2), dim=2).mean()
