"""Domain adaptation: what the teacher sees on films that nobody has labelled, taught to the student.

The teacher (39) looks at a tile as it is, the student at the same tile perturbed. What the teacher is sure of stands in
for labels, as in FixMatch (Sohn et al. 2020) and Unbiased Teacher (Liu et al. 2021); its features are a target
everywhere (35-37). Most of a film is sound metal, so a student that followed its teacher cell by cell would end by
calling nothing. Hence each term is over the mass of the flaws, not over the tile, and where the teacher is sure of no
flaw there is none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from dynawave.distillation.msfd_ts import distillation_loss, warm_up
from dynawave.distillation.objective import View, layer
from dynawave.network.heads import FIELD_STRIDE, STRIDE
from dynawave.training.config import AdaptationConfig, GuidanceConfig, ObjectiveConfig
from dynawave.training.losses import box_overlap, field_loss, varifocal, weighted_sum


class PseudoTargets(NamedTuple):
    """What the teacher is sure of.

    Attributes:
        field: 1 flaw, 0 sound [N, 1, h, w], meaningful where `sure`.
        sure: bool [N, 1, h, w].
        score: flaw score of the cells whose boxes count, how much they count; 0 elsewhere [N, h/2, w/2].
        sound: bool, cells that hold no flaw for sure [N, h/2, w/2].
        box: distances from each cell to the sides [N, 4, h/2, w/2].
    """

    field: Tensor
    sure: Tensor
    score: Tensor
    sound: Tensor
    box: Tensor


def pseudo_targets(outputs: dict[str, Tensor], seen: Tensor, settings: AdaptationConfig) -> PseudoTargets:
    """Targets from the teacher's outputs, where the student can see [N, 1, h, w]; no gradient flows through them."""
    field = torch.sigmoid(outputs["field"].detach())
    score = torch.sigmoid(outputs["flaw"].detach()[:, 0])
    flaw = field >= settings.flaw_from
    cells = F.max_pool2d((~seen).float(), STRIDE // FIELD_STRIDE)[:, 0] == 0
    return PseudoTargets(
        flaw.to(field),
        (flaw | (field <= settings.sound_to)) & seen,
        score * ((score >= settings.box_from) & cells),
        (score <= settings.sound_to) & cells,
        outputs["boxes"].detach(),
    )


def target_losses(outputs: dict[str, Tensor], targets: PseudoTargets) -> dict[str, Tensor]:
    """The student's terms against what the teacher is sure of, by the names of `ObjectiveConfig`.

    Field (12): as of labels, over the sure pixels. Flaw (13): a box should score as it does with the teacher, a sound
    cell nothing. Boxes (14): overlap with the teacher's box of the same cell, by its score. Both over the sum of the
    scores, or over one where it is less.
    """
    terms = dict.fromkeys(("field", "flaw", "boxes"), outputs["field"].new_zeros(()))
    field, wanted = outputs["field"][targets.sure], targets.field[targets.sure]
    if wanted.any():
        terms["field"] = field_loss(field, wanted)
    on = targets.score > 0
    if on.any():
        score = targets.score[on]
        total = score.sum().clamp(min=1)
        known = on | targets.sound
        terms["flaw"] = varifocal(outputs["flaw"][:, 0][known], targets.score[known]).sum() / total
        _, giou = box_overlap(*(boxes.permute(0, 2, 3, 1)[on] for boxes in (outputs["boxes"], targets.box)))
        terms["boxes"] = (score * (1 - giou)).sum() / total
    return terms


def sureness(targets: PseudoTargets) -> dict[str, Tensor]:
    """How much the teacher is sure of.

    Returns:
        `sure` and `flaws`, shares of all pixels; `cells`, those a tile whose boxes count. Flaws that fall to nothing,
        or rise without end, tell of a student that follows its own mistakes.
    """
    return {
        "sure": targets.sure.float().mean(),
        "flaws": (targets.field * targets.sure).mean(),
        "cells": (targets.score > 0).float().sum() / len(targets.score),
    }


@dataclass(frozen=True)
class Adaptation:
    """The terms on unlabelled tiles.

    Attributes:
        objective: weights of those that labelled tiles have too.
        settings: of the adaptation.
        guidance: layers whose features should agree, and their warm-up.
    """

    objective: ObjectiveConfig
    settings: AdaptationConfig
    guidance: GuidanceConfig

    def __call__(self, student: View, teacher: View, seen: Tensor, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum of the terms, and each before its weight together with `sureness`.

        Args:
            student: what the network in training makes of the perturbed tiles.
            teacher: what the averaged weights make of the tiles as they are.
            seen: where the student's tiles are not blank, bool [N, 1, h, w].
            progress: share of the training that is done.
        """
        targets = pseudo_targets(teacher.outputs, seen, self.settings)
        terms = target_losses(student.outputs, targets)
        loss = weighted_sum(terms, self.objective)
        if self.settings.features:
            layers = self.guidance.warm_up
            theirs, ours = ([layer(view.features, name) for name in layers] for view in (teacher, student))
            strengths = [warm_up(progress, length) for length in layers.values()]
            terms["features"] = distillation_loss(theirs, ours, strengths)
            loss = loss + self.settings.features * terms["features"]
        grown = self.settings.weight * warm_up(progress, self.settings.warm_up)
        return grown * loss, terms | sureness(targets)


@contextmanager
def as_inspected(network: nn.Module) -> Iterator[None]:
    """Batch normalisation with its running statistics, which stay, as in inspection and as the teacher has it.

    Those of the unlabelled films in their place (AdaBN, Li et al. 2016) did harm: AP50 of `film` 0.3.0 fell from 0.361
    to 0.310 with those of 192 tiles of W0003. Films are alike once normalised, the backbone has no batch normalisation
    left to adapt, and whole films are nearly all sound metal.
    """
    layers = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    before = [module.training for module in layers]
    for module in layers:
        module.eval()
    try:
        yield
    finally:
        for module, training in zip(layers, before, strict=True):
            module.train(training)
