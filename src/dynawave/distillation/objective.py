"""The terms of Guided Progressive Distillation, put together by their weights (paper 3.4.4, Eq. 15, 37, 38, 43-45)."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from dynawave.distillation.expert import ExpertInjection
from dynawave.distillation.graph import BoxGraph
from dynawave.distillation.msfd_ts import distillation_loss, temporal_loss, warm_up
from dynawave.network.model import Features
from dynawave.training.config import GuidanceConfig, ObjectiveConfig


class View(NamedTuple):
    """What a network makes of images: its features and the outputs of its heads."""

    features: Features
    outputs: dict[str, Tensor]


def layer(features: Features, name: str) -> Tensor:
    """The map of a layer, by a name such as "pyramid_32" or "decoded_4"."""
    kind, stride = name.split("_")
    maps = features.levels if kind == "pyramid" else features.decoded
    return maps[int(stride).bit_length() - 3].float()


class Guidance(nn.Module):
    """What is added to the losses of the network itself (29) to make L_GPD (45); a term of weight 0 is not computed.

    It holds what only training needs: the projections of boxes (42) and of features to expert maps (15).

    Args:
        weights: of the terms.
        settings: of the terms.
        channels: of the network's features.
    """

    def __init__(self, weights: ObjectiveConfig, settings: GuidanceConfig, channels: int) -> None:
        super().__init__()
        self.weights, self.settings = weights, settings
        if weights.graph:
            self.graph = BoxGraph(channels, settings.boxes, settings.overlap, settings.locality_px)
        if weights.expert:
            self.expert = ExpertInjection(channels, settings.expert_strides)

    def forward(
        self, image: Tensor, view: View, teacher: Callable[[Tensor], View] | None, progress: float
    ) -> dict[str, Tensor]:
        """Every term that counts, by the names of `ObjectiveConfig`, before its weight.

        Args:
            image: normalised images [N, 3, H, W].
            view: what the network in training makes of them.
            teacher: what earlier parameters make of them; asked once, for `distill` and `temporal`.
            progress: share of the training that is done, which (36) and the injection of expert rules grow with.
        """
        weights, features, outputs = self.weights, *view
        terms = self._taught(image, view, teacher, progress) if weights.distill or weights.temporal else {}
        if weights.graph:
            terms["graph"] = self.graph(features.decoded[0].float(), outputs["flaw"], outputs["boxes"])
        if weights.expert:
            grown = warm_up(progress, self.settings.expert_warm_up)
            terms["expert"] = grown * self.expert(image, features.levels)
        return terms

    def _taught(
        self, image: Tensor, view: View, teacher: Callable[[Tensor], View] | None, progress: float
    ) -> dict[str, Tensor]:
        """The terms that compare with the teacher."""
        assert teacher is not None, "the configuration's `ema` makes the teacher"
        with torch.no_grad():
            earlier = teacher(image)
        terms = {}
        if self.weights.distill:
            lengths = self.settings.warm_up
            theirs, ours = ([layer(seen.features, name) for name in lengths] for seen in (earlier, view))
            strengths = [warm_up(progress, length) for length in lengths.values()]
            terms["distill"] = distillation_loss(theirs, ours, strengths)
        if self.weights.temporal:
            terms["temporal"] = temporal_loss(view.outputs["field"], earlier.outputs["field"])
        return terms
