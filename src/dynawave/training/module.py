"""The Lightning module: objective, optimiser and schedule."""

import math
from typing import Any

import lightning as L
import torch
from torch import Tensor

from dynawave.network.model import DynaWaveNet
from dynawave.training.config import TrainingConfig
from dynawave.training.losses import Batch, detection_losses, weighted_sum


def build_network(config: TrainingConfig, pretrained: bool | None = None) -> DynaWaveNet:
    """The network of a configuration."""
    shape = config.network
    return DynaWaveNet(
        classes=len(config.classes),
        **shape.model_dump() | ({} if pretrained is None else {"pretrained": pretrained}),
    )


class DetectionModule(L.LightningModule):
    """Trains a network; the batch is a tuple in the order of `losses.Batch`."""

    def __init__(self, network: DynaWaveNet, config: TrainingConfig) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.config = config

    def _losses(self, items: list[Tensor]) -> dict[str, Tensor]:
        batch = Batch(*items)
        image = batch.image.contiguous(memory_format=torch.channels_last)
        outputs = {name: value.float() for name, value in self.network(image).items()}
        return detection_losses(outputs, batch, self.config.objective)

    def training_step(self, items: list[Tensor], index: int) -> Tensor:
        """One step; every term is logged."""
        losses = self._losses(items)
        loss = weighted_sum(losses, self.config.objective)
        self.log("loss", loss, prog_bar=True)
        self.log_dict({f"train/{name}": value for name, value in losses.items()})
        return loss

    def validation_step(self, items: list[Tensor], index: int) -> None:
        """Losses on held-out tiles."""
        losses = self._losses(items)
        self.log("val/loss", weighted_sum(losses, self.config.objective), prog_bar=True)
        self.log_dict({f"val/{name}": value for name, value in losses.items()})

    def configure_optimizers(self) -> Any:
        """AdamW with warm-up and one cosine to zero, by the step; norms and biases do not decay."""
        config = self.config
        parameters = list(self.network.parameters())
        groups = [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": config.weight_decay},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=config.learning_rate)
        steps = math.ceil(config.images_seen / config.batch)

        def factor(step: int) -> float:
            if step < config.warmup_steps:
                return (step + 1) / config.warmup_steps
            progress = (step - config.warmup_steps) / max(1, steps - config.warmup_steps)
            return 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))

        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
