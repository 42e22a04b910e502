"""DynaWave-Net: encoder, frequency attention, decoder and heads put together (paper 3.3, figure 1)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynawave.network.backbone import CHANNELS, Backbone
from dynawave.network.context import ContextFusion
from dynawave.network.dgae import GeometryAwareEncoding, HierarchicalFusion
from dynawave.network.fadsf import FrequencyAlignedDecoder, PlainDecoder
from dynawave.network.fdsa import Frequencies, FrequencySelectiveAttention
from dynawave.network.heads import BoxHead, FieldHead, ImageHead
from dynawave.network.propagate import EdgeAwarePropagation
from dynawave.network.relations import Relations

LEVELS: Final = (4, 8, 16, 32)
"""Strides of the pyramid, fine to coarse."""


class Features(NamedTuple):
    """What lies between an image [N, 3, H, W] and the heads: phi(I) of (7).

    Attributes:
        fine: of the backbone, at stride 2.
        levels: the fused pyramid (21) at strides 4, 8, 16 and 32, [N, width, H/s, W/s].
        attended: frequency attention (23-25) at strides 4, 8 and 16; empty where it is switched off.
        decoded: decoder output (27) at strides 4, 8 and 16.
    """

    fine: Tensor
    levels: list[Tensor]
    attended: list[Frequencies]
    decoded: list[Tensor]


class DynaWaveNet(nn.Module):
    """The network.

    Args:
        classes: number of flaw classes (1: "flaw").
        width: channels of the pyramid and decoder.
        dgae_levels: strides at which the deformable encoding works. It costs most where the map is largest; at
            stride 4 it would take longer than the backbone.
        wavelet: "haar" or "db2".
        fdsa: frequency attention; without it the decoder takes the pyramid as it is.
        fadsf: frequency-aligned decoding; without it the decoder is a plain pyramid's.
        context: attention of the coarse levels to what is known of the weld.
        propagation: edge-aware propagation on the decoded base level.
        relations: co-occurrence-gated relations between detections.
        relation_threshold: tau of (16), how likely a kind of flaw is beside another to be its relative.
        pretrained: start the backbone from ImageNet-1K weights.
    """

    def __init__(
        self,
        classes: int = 1,
        width: int = 48,
        dgae_levels: Sequence[int] = (8, 16, 32),
        wavelet: str = "haar",
        fdsa: bool = True,
        fadsf: bool = True,
        context: bool = False,
        propagation: bool = False,
        relations: bool = False,
        relation_threshold: float = 0.1,
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
        self.attend = nn.ModuleList(FrequencySelectiveAttention(width, wavelet) for _ in LEVELS[:-1] if fdsa)
        self.decode = nn.ModuleList((FrequencyAlignedDecoder if fadsf else PlainDecoder)(width) for _ in LEVELS[:-1])
        self.box_head = BoxHead(width, classes)
        self.field_head = FieldHead(width, CHANNELS[0])
        self.image_head = ImageHead(width, classes)
        # last, so that with and without it one seed makes the same network
        self.context = ContextFusion(width) if context else None
        self.propagation = EdgeAwarePropagation(width, LEVELS[0]) if propagation else None
        self.relations = Relations(width, classes, relation_threshold) if relations else None

    def forward(self, image: Tensor, context: Tensor | None = None) -> dict[str, Tensor]:
        """Predict from normalised images [N, 3, H, W], H and W multiples of 32: the composition of (10).

        Args:
            image: the images.
            context: vectors [N, LENGTH] or [1, LENGTH] of `dynawave.metallurgy.vector`, which a network without
                context does not heed; None: nothing is known.

        Returns:
            logits `flaw`, `iou`, `field`, `image_scores` and, of several classes, `kinds`; `boxes` and `spread` in
            pixels. See `heads` for the shapes.
        """
        return self.predict(self.encode_image(image, context))

    def encode_image(self, image: Tensor, context: Tensor | None = None) -> Features:
        """The features of an image (7), and of its context."""
        fine, *features = self.backbone(image)
        levels = [encode(lateral(f)) for f, lateral, encode in zip(features, self.lateral, self.encode, strict=True)]
        if self.context is not None:
            levels = self.context(levels, context)
        for i in range(len(levels) - 2, -1, -1):
            levels[i] = self.fuse[i](levels[i], levels[i + 1])  # (21)
        # at stride 32 a sub-band would hold next to nothing: the attention starts a level finer
        attended = [attend(level) for attend, level in zip(self.attend, levels, strict=False)]
        laterals = [frequencies.fused for frequencies in attended] or levels[:-1]
        decoded = [levels[-1]]
        for i in range(len(laterals) - 1, -1, -1):
            decoded.insert(0, self.decode[i](decoded[0], laterals[i]))
        if self.propagation is not None:
            decoded[0] = self.propagation(decoded[0], image)
        return Features(fine, levels, attended, decoded[:-1])

    def predict(self, features: Features) -> dict[str, Tensor]:
        """The heads on the features (8, 9, 28)."""
        return {
            **self.box_head(features.decoded[0], self.relations),
            "field": self.field_head(features.decoded[0], features.fine),
            "image_scores": self.image_head(features.levels[-1]),
        }


def activate(outputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Turn logits into probabilities: what the exported model gives.

    The score of a class is the probability of a flaw times that of the class given a flaw (6); so is the class map,
    whose kinds are raised from the boxes' cells to the pixels of the field.
    """
    active = {name: torch.sigmoid(outputs[name]) for name in ("iou", "field", "image_scores")}
    active |= {name: outputs[name] for name in ("boxes", "spread")}
    active["scores"] = torch.sigmoid(outputs["flaw"])
    if "kinds" in outputs:
        kinds = torch.softmax(outputs["kinds"], 1)
        active["scores"] = active["scores"] * kinds
        raised = F.interpolate(kinds, scale_factor=2.0, mode="bilinear", align_corners=False)
        active["class_map"] = torch.cat([1 - active["field"], active["field"] * raised], 1)
    return active
