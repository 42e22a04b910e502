"""EfficientNet-Lite0, our backbone with its ImageNet weights, as a classifier."""

from typing import Final

from torch import Tensor, nn

from benchmarks.peers.classify import program
from benchmarks.peers.command import main
from dynawave.network.backbone import CHANNELS, Backbone

WIDTH: Final = 1280
"""Features that are pooled, as published."""


class EfficientNet(nn.Module):
    """Logits [N, outputs] of an image [N, 3, H, W]."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.encoder = Backbone()
        self.widen = nn.Sequential(
            nn.Conv2d(CHANNELS[-1], WIDTH, 1, bias=False), nn.BatchNorm2d(WIDTH), nn.ReLU6(inplace=True)
        )
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(WIDTH, outputs))

    def forward(self, x: Tensor) -> Tensor:
        pooled = self.widen(self.encoder(x)[-1]).mean((2, 3))
        logits: Tensor = self.head(pooled)
        return logits


PROGRAM: Final = program(EfficientNet)

if __name__ == "__main__":
    main(PROGRAM, __doc__)
