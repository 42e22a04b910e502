"""U-Net with DynaWave's backbone and ImageNet weights.

The decoder is the usual one: upsampling, skip, two 3 x 3 convolutions a stage, widths 256, 128, 64, 32, 16.
"""

from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.command import main
from benchmarks.peers.segment import program
from dynawave.network.backbone import CHANNELS, Backbone

WIDTHS: Final = (256, 128, 64, 32, 16)


def block(inputs: int, outputs: int) -> nn.Sequential:
    """Two convolutions."""
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [
            nn.Conv2d(channels, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """Logits [N, outputs, H, W] of an image [N, 3, H, W], H and W multiples of 32."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.encoder = Backbone()
        skips = (*CHANNELS[-2::-1], 0)
        inputs = (CHANNELS[-1], *WIDTHS)
        self.decoder = nn.ModuleList(
            block(below + skip, width) for (below, width), skip in zip(pairwise(inputs), skips, strict=True)
        )
        self.head = nn.Conv2d(WIDTHS[-1], outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        *skips, x = self.encoder(x)
        for each in self.decoder:
            x = functional.interpolate(x, scale_factor=2.0)
            x = each(torch.cat([x, skips.pop()], 1) if skips else x)
        logits: Tensor = self.head(x)
        return logits


PROGRAM: Final = program(UNet)

if __name__ == "__main__":
    main(PROGRAM, __doc__)
