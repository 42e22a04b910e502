"""DynaWave-Net: encoder, frequency attention, decoder and heads put together (paper 3.3, figure 1)."""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from dynawave.network.backbone import CHANNELS, Backbone
from dynawave.network.dgae import GeometryAwareEncoding, HierarchicalFusion
from dynawave.network.fadsf import FrequencyAlignedDecoder
from dynawave.network.fdsa import FrequencySelectiveAttention
from dynawave.network.heads import BoxHead, FieldHead, ImageHead

LEVELS: Final = (4, 8, 16, 32)
"""Strides of the pyramid, fine to coarse."""


class DynaWaveNet(nn.Module):
    """The network.

    Args:
        classes: number of flaw classes (1: "flaw").
        width: channels of the pyramid and decoder.
        dgae_levels: strides at which the deformable encoding works. It costs most where the map is largest; at
            stride 4 it would take longer than the backbone.
        wavelet: "haar" or "db2".
        pretrained: start the backbone from ImageNet-1K weights.
    """

    def __init__(
        self,
        classes: int = 1,
        width: int = 48,
        dgae_levels: Sequence[int] = (8, 16, 32),
        wavelet: str = "haar",
        pretrained: bool = True,
    ) -> None:
        super().__init__()
        if unknown := set(dgae_levels) - set(LEVELS):
            raise ValueError(f"dgae_levels: {sorted(unknown)} are no strides of the pyramid {LEVELS}")
        self.backbone = Backbone(pretrained)
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in CHANNELS[1:])
        self.encode = nn.ModuleList(
            GeometryAwareEncoding(width) if level in dgae_levels else nn.Identity() for level in LEVELS
        )
        self.fuse = nn.ModuleList(HierarchicalFusion(width) for _ in LEVELS[:-1])
        self.attend = nn.ModuleList(FrequencySelectiveAttention(width, wavelet) for _ in LEVELS[:-1])
        self.decode = nn.ModuleList(FrequencyAlignedDecoder(width) for _ in LEVELS[:-1])
        self.box_head = BoxHead(width, classes)
        self.field_head = FieldHead(width, CHANNELS[0], classes)
        self.image_head = ImageHead(width, classes)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Predict from normalised images [N, 3, H, W], H and W multiples of 32.

        Returns:
            logits `scores`, `iou`, `field`, `image_scores` and, of several classes, `class_map`; `boxes` and
            `spread` in pixels. See `heads` for the shapes.
        """
        fine, *features = self.backbone(image)
        levels = [encode(lateral(f)) for f, lateral, encode in zip(features, self.lateral, self.encode, strict=True)]
        for i in range(len(levels) - 2, -1, -1):
            levels[i] = self.fuse[i](levels[i], levels[i + 1])  # (21)
        decoded = levels[-1]  # at stride 32 a sub-band would hold next to nothing: the attention starts a level finer
        for i in range(len(levels) - 2, -1, -1):
            decoded = self.decode[i](decoded, self.attend[i](levels[i]).fused)
        return {
            **self.box_head(decoded),
            **self.field_head(decoded, fine),
            "image_scores": self.image_head(levels[-1]),
        }


def activate(outputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Turn logits into probabilities: what the exported model gives."""
    active = {
        name: torch.sigmoid(value) if name in ("scores", "iou", "field", "image_scores") else value
        for name, value in outputs.items()
    }
    if "class_map" in active:
        active["class_map"] = torch.softmax(active["class_map"], 1)
    return active
