"""FPN with DynaWave's backbone and ImageNet weights.

The decoder is that of segmentation_models_pytorch at its defaults: a pyramid of 256 channels, 128 for each level's way
up to a quarter of the size, their sum, dropout 0.2, and bilinear steps to the full size.
"""

from typing import Final

from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.command import main
from benchmarks.peers.segment import program
from dynawave.network.backbone import CHANNELS, Backbone

PYRAMID: Final = 256
WIDTH: Final = 128


def _step(inputs: int, double: bool) -> nn.Sequential:
    """A convolution and, if asked, twice the size."""
    layers = [nn.Conv2d(inputs, WIDTH, 3, padding=1, bias=False), nn.GroupNorm(32, WIDTH), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, *([nn.UpsamplingBilinear2d(scale_factor=2)] if double else []))


class FPN(nn.Module):
    """Logits [N, outputs, H, W] of an image [N, 3, H, W], H and W multiples of 32."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.encoder = Backbone()
        self.sides = nn.ModuleList(nn.Conv2d(channels, PYRAMID, 1) for channels in CHANNELS[:0:-1])
        self.ways = nn.ModuleList(
            nn.Sequential(*(_step(WIDTH if k else PYRAMID, steps > 0) for k in range(max(steps, 1))))
            for steps in (3, 2, 1, 0)
        )
        self.head = nn.Sequential(nn.Dropout2d(0.2), nn.Conv2d(WIDTH, outputs, 1))

    def forward(self, image: Tensor) -> Tensor:
        levels = self.encoder(image)[:0:-1]
        x = self.sides[0](levels[0])
        summed = self.ways[0](x)
        for side, way, level in zip(self.sides[1:], self.ways[1:], levels[1:], strict=True):
            x = functional.interpolate(x, scale_factor=2.0) + side(level)
            summed = summed + way(x)
        return functional.interpolate(self.head(summed), scale_factor=4.0, mode="bilinear")


PROGRAM: Final = program(FPN)

if __name__ == "__main__":
    main(PROGRAM, __doc__)
