"""ResNet-18 as a classifier, from scratch: no weights of it are on PyPI.

After He et al., "Deep Residual Learning for Image Recognition" (2016).
"""

from itertools import pairwise
from typing import Final

from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.classify import program
from benchmarks.peers.command import main

WIDTHS: Final = (64, 64, 128, 256, 512)
"""Of the stem, and of four stages of two blocks."""


def convolution(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    """A convolution with its norm."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = convolution(inputs, outputs, 3, stride)
        self.second = convolution(outputs, outputs, 3, 1)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else convolution(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.shortcut(x) + self.second(functional.relu(self.first(x))))


class ResNet(nn.Module):
    """Logits [N, outputs] of an image [N, 3, H, W]."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(convolution(3, WIDTHS[0], 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1))
        self.stages = nn.Sequential(
            *(
                nn.Sequential(Block(inputs, width, 1 if place == 0 else 2), Block(width, width, 1))
                for place, (inputs, width) in enumerate(pairwise(WIDTHS))
            )
        )
        self.head = nn.Linear(WIDTHS[-1], outputs)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.stages(self.stem(x)).mean((2, 3)))
        return logits


PROGRAM: Final = program(ResNet)

if __name__ == "__main__":
    main(PROGRAM, __doc__)
