"""The networks that segment: shapes, sizes and gradients."""

import pytest
import torch
from torch import nn

from benchmarks.peers.deeplab import DeepLab, dilated
from benchmarks.peers.fpn import FPN
from benchmarks.peers.unet import UNet
from dynawave.network.backbone import CHANNELS, Backbone


@pytest.fixture(autouse=True)
def _without_imagenet(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("unet", "fpn", "deeplab"):
        monkeypatch.setattr(f"benchmarks.peers.{module}.Backbone", lambda: Backbone(pretrained=False))


@pytest.mark.parametrize("build", [UNet, FPN, DeepLab])
def test_logits_of_every_pixel_and_every_parameter_learns(build: type[nn.Module]) -> None:
    network = build(4)
    logits = network(torch.randn(2, 3, 64, 96))
    assert logits.shape == (2, 4, 64, 96)
    (logits * torch.randn_like(logits)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.head.parameters())
    assert all(p.grad is not None for p in network.parameters())


@pytest.mark.parametrize(("build", "decoder"), [(FPN, 1_751_808), (DeepLab, 899_664)])
def test_decoders_are_as_large_as_those_of_segmentation_models_pytorch(build: type[nn.Module], decoder: int) -> None:
    """Counted in its version 0.6.0, with our backbone's channels, without the head."""
    parts = [part for name, part in build(4).named_children() if name not in ("encoder", "head")]
    assert sum(p.numel() for part in parts for p in part.parameters()) == decoder


def test_the_dilated_backbone_keeps_a_sixteenth_and_the_same_weights() -> None:
    plain = Backbone(pretrained=False)
    wide = dilated(Backbone(pretrained=False))
    wide.load_state_dict(plain.state_dict())
    image = torch.randn(1, 3, 64, 96)
    *before, last = wide(image)
    assert last.shape == (1, CHANNELS[-1], 4, 6)
    for one, other in zip(before, plain(image), strict=False):
        torch.testing.assert_close(one, other)
