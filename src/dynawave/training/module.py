"""The Lightning module: objective, optimiser and schedule."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import lightning as L
import torch
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor

from dynawave.distillation.adaptation import Adaptation, as_inspected
from dynawave.distillation.objective import Guidance, View
from dynawave.distillation.pdps import KindStatistics, PriorDrivenSupervision
from dynawave.network.backbone import backbone_apart
from dynawave.network.model import DynaWaveNet
from dynawave.network.wavelet import WaveletTransform
from dynawave.training.config import TrainingConfig
from dynawave.training.fidelity import wave_loss
from dynawave.training.losses import Batch, KindLoss, detection_losses, kind_loss, weighted_sum
from dynawave.training.unlabelled import MixedBatch, TargetBatch

SILENT: Final = 1e-4
"""Deviation of the image scores' logits over the held-out tiles under which they are the same for all of them."""


def build_network(config: TrainingConfig, pretrained: bool | None = None) -> DynaWaveNet:
    """The network of a configuration."""
    shape = config.network
    return DynaWaveNet(
        classes=len(config.classes),
        **shape.model_dump() | ({} if pretrained is None else {"pretrained": pretrained}),
    )


def _batch(items: list[Tensor]) -> Batch:
    batch = Batch(*items)
    return batch._replace(image=batch.image.contiguous(memory_format=torch.channels_last))


class DetectionModule(L.LightningModule):
    """Trains a network; the batch is a tuple in the order of `losses.Batch`.

    Args:
        network: to train.
        config: of the run.
        statistics: of the kinds of flaw in the training films, for those terms that use them.

    Attributes:
        teacher: `view` of the averaged weights, where the run averages them.
    """

    teacher: Callable[..., View] | None = None

    def __init__(self, network: DynaWaveNet, config: TrainingConfig, statistics: KindStatistics | None = None) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.config = config
        self.steps = math.ceil(config.images_seen / config.batch)
        settings = config.guidance
        self.guidance = Guidance(config.objective, settings, config.network.width)
        self.kinds: KindLoss = kind_loss
        if statistics:
            self.kinds = PriorDrivenSupervision(statistics, settings.epsilon, settings.balanced)
            if network.relations is not None:
                network.relations.together.copy_(statistics.prior())
        self.adaptation = Adaptation(config.objective, config.adaptation, settings)
        self.wavelet = WaveletTransform(config.network.wavelet, config.network.width)
        self._image_scores: list[Tensor] = []

    def view(self, image: Tensor, context: Tensor | None = None) -> View:
        """What the network makes of normalised images [N, 3, H, W] and the vectors of their contexts."""
        features = self.network.encode_image(image, context)
        return View(features, {name: value.float() for name, value in self.network.predict(features).items()})

    def terms(self, items: list[Tensor], progress: float) -> dict[str, Tensor]:
        """Every term of L_GPD (45) on a batch, before its weight, when this share of the training is done."""
        batch = _batch(items)
        view = self.view(batch.image, batch.context)
        own = detection_losses(view.outputs, batch, self.config.objective, self.kinds) | self._wave(view)
        teacher = partial(self.teacher, context=batch.context) if self.teacher else None
        guided: dict[str, Tensor] = self.guidance(batch.image, view, teacher, progress)
        return own | guided

    def _wave(self, view: View) -> dict[str, Tensor]:
        """The term (30), if it counts."""
        if not self.config.objective.wave:
            return {}
        attended = (frequencies.fused for frequencies in view.features.attended)
        return {"wave": wave_loss(self.wavelet, zip(view.features.decoded, attended, strict=True))}

    def training_step(self, items: list[Tensor] | MixedBatch, index: int) -> Tensor:
        """One step; every term is logged."""
        progress = self.global_step / self.steps
        labelled, unlabelled = items if isinstance(items, MixedBatch) else (items, None)
        losses = self.terms(labelled, progress)
        loss = weighted_sum(losses, self.config.objective)
        if unlabelled:
            loss = loss + self._adapt(TargetBatch(*unlabelled), progress)
        self.log("loss", loss, prog_bar=True)
        self.log_dict({f"train/{name}": value for name, value in losses.items()})
        return loss

    def _adapt(self, batch: TargetBatch, progress: float) -> Tensor:
        """The loss on unlabelled tiles; its terms, and how much the teacher is sure of, are logged."""
        assert self.teacher is not None, "the configuration's `ema` makes the teacher"
        plain, perturbed = (image.contiguous(memory_format=torch.channels_last) for image in batch[:2])
        with torch.no_grad():
            teacher = self.teacher(plain, context=batch.context)
        with as_inspected(self.network):
            student = self.view(perturbed, batch.told)
        loss, terms = self.adaptation(student, teacher, batch.seen, progress)
        self.log_dict({f"target/{name}": value for name, value in terms.items()})
        return loss

    def validation_step(self, items: list[Tensor], index: int) -> None:
        """Losses on held-out tiles."""
        batch = _batch(items)
        outputs = self.view(batch.image, batch.context).outputs
        self._image_scores.append(outputs["image_scores"].detach().cpu())
        losses = detection_losses(outputs, batch, self.config.objective)
        self.log("val/loss", weighted_sum(losses, self.config.objective), prog_bar=True)
        self.log_dict({f"val/{name}": value for name, value in losses.items()})

    def on_validation_epoch_end(self) -> None:
        """Say so where the deepest stage is dead: nothing else shows it, as losses fall all the same."""
        scores = torch.cat(self._image_scores)
        self._image_scores.clear()
        if len(scores) > 1 and scores.std(0).max() < SILENT:
            rank_zero_warn(
                "The deepest stage of the backbone is silent: it says the same of every tile, and hardly ever comes "
                "back. Start anew with a lower backbone_rate or learning_rate, more warmup_steps or pretrained weights."
            )

    def configure_optimizers(self) -> Any:
        """AdamW with warm-up and one cosine to zero, by the step; norms and biases do not decay."""
        config = self.config
        # at one rate for all it is not set apart, so that runs from before `backbone_rate` go on
        others, backbone = backbone_apart(self) if config.backbone_rate < 1 else (list(self.parameters()), [])
        groups = [
            {"params": [p for p in parameters if (p.ndim > 1) == decays], "weight_decay": decay, "lr": rate}
            for parameters, rate in (
                (others, config.learning_rate),
                (backbone, config.learning_rate * config.backbone_rate),
            )
            for decays, decay in ((True, config.weight_decay), (False, 0.0))
            if parameters
        ]
        optimizer = torch.optim.AdamW(groups)

        def factor(step: int) -> float:
            if step < config.warmup_steps:
                return (step + 1) / config.warmup_steps
            progress = (step - config.warmup_steps) / max(1, self.steps - config.warmup_steps)
            return 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))

        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
