"""DeepLabV3+ with DynaWave's backbone and ImageNet weights.

The decoder is that of segmentation_models_pytorch at its defaults: separable atrous convolutions of rates 12, 24 and 36
with 256 channels on features at a sixteenth of the size, 48 channels of those at a quarter.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.command import main
from benchmarks.peers.segment import program
from dynawave.network.backbone import CHANNELS, Backbone

WIDTH: Final = 256
DETAIL: Final = 48
RATES: Final = (12, 24, 36)
DILATED: Final = 5
"""The backbone's stage that would go from a sixteenth to a thirty-second of the size, and does not here."""


def dilated(backbone: Backbone) -> Backbone:
    """The backbone with its last stages at a sixteenth of the size, their convolutions twice as wide instead."""
    for layer in backbone.stages[DILATED:].modules():
        if isinstance(layer, nn.ZeroPad2d):
            layer.padding = (0, 0, 0, 0)
        elif isinstance(layer, nn.Conv2d) and layer.kernel_size[0] > 1:
            layer.stride, layer.dilation = (1, 1), (2, 2)
            layer.padding = (layer.kernel_size[0] - 1,) * 2
    return backbone


def _normed(*layers: nn.Module, outputs: int = WIDTH) -> nn.Sequential:
    return nn.Sequential(*layers, nn.BatchNorm2d(outputs), nn.ReLU())


def _separable(inputs: int, rate: int = 1) -> nn.Sequential:
    depthwise = nn.Conv2d(inputs, inputs, 3, padding=rate, dilation=rate, groups=inputs, bias=False)
    return _normed(depthwise, nn.Conv2d(inputs, WIDTH, 1, bias=False))


class Surroundings(nn.Module):
    """Atrous spatial pyramid pooling."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.near = _normed(nn.Conv2d(inputs, WIDTH, 1, bias=False))
        self.far = nn.ModuleList(_separable(inputs, rate) for rate in RATES)
        self.whole = _normed(nn.Conv2d(inputs, WIDTH, 1, bias=False))
        self.joined = _normed(nn.Conv2d((2 + len(RATES)) * WIDTH, WIDTH, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        whole = self.whole(x.mean((2, 3), keepdim=True)).expand(-1, -1, *x.shape[2:])
        found: Tensor = self.joined(torch.cat([self.near(x), *(each(x) for each in self.far), whole], 1))
        return functional.dropout(found, 0.5, self.training)


class DeepLab(nn.Module):
    """Logits [N, outputs, H, W] of an image [N, 3, H, W], H and W multiples of 32."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.encoder = dilated(Backbone())
        self.surroundings = nn.Sequential(Surroundings(CHANNELS[-1]), _separable(WIDTH))
        self.detail = _normed(nn.Conv2d(CHANNELS[1], DETAIL, 1, bias=False), outputs=DETAIL)
        self.fused = _separable(WIDTH + DETAIL)
        self.head = nn.Conv2d(WIDTH, outputs, 1)

    def forward(self, image: Tensor) -> Tensor:
        features = self.encoder(image)
        wide = functional.interpolate(
            self.surroundings(features[-1]), scale_factor=4.0, mode="bilinear", align_corners=True
        )
        fused = self.fused(torch.cat([wide, self.detail(features[1])], 1))
        return functional.interpolate(self.head(fused), scale_factor=4.0, mode="bilinear", align_corners=True)


PROGRAM: Final = program(DeepLab)

if __name__ == "__main__":
    main(PROGRAM, __doc__)
