"""Peers that classify: what they learn of a tile, their size, and the scores of an image of several tiles."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmarks.peers.card import card_of
from benchmarks.peers.classify import LEAST_PX, detector, present
from benchmarks.peers.command import Job
from benchmarks.peers.efficientnet import EfficientNet
from benchmarks.peers.fit import exported, leave
from benchmarks.peers.resnet import ResNet
from dynawave.network.backbone import Backbone
from dynawave.records import WeldContext, WeldImage
from dynawave.training.config import TrainingConfig
from dynawave.training.targets import UNKNOWN
from dynawave.training.tiles import Drawn


def test_a_class_is_there_from_a_few_pixels_on() -> None:
    instances = np.zeros((8, 64), np.int32)
    instances[0, :LEAST_PX], instances[1, : LEAST_PX - 1], instances[2], instances[3] = 1, 2, 3, 4
    drawn = Drawn(np.zeros((3, 8, 64), np.float32), instances, np.array([2, 1, UNKNOWN, 0]), WeldContext())
    assert present(drawn, 4).tolist() == [1, 0, 1, 0]


def test_sizes_are_the_published_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a thousand classes: 11.69 M of ResNet-18; 4.65 M of EfficientNet-Lite0, less the backbone's folded norms."""
    monkeypatch.setattr("benchmarks.peers.efficientnet.Backbone", lambda: Backbone(pretrained=False))
    for build, expected in ((ResNet, 11_689_512), (EfficientNet, 4_652_008)):
        network = build(1000)
        assert network.eval()(torch.randn(2, 3, 64, 96)).shape == (2, 1000)
        folded = sum(m.bias.numel() for m in network.modules() if isinstance(m, nn.Conv2d) and m.bias is not None)
        assert sum(p.numel() for p in network.parameters()) + folded == expected  # a norm has two numbers, a bias one


class Brightest(nn.Module):
    """Two logits: the tile's brightness in red, and that in blue."""

    def forward(self, x: Tensor) -> Tensor:
        return x.amax((2, 3))[:, ::2]


def test_what_is_on_any_tile_is_on_the_image(tmp_path: Path) -> None:
    tiles = TrainingConfig(classes=("rust", "tint"), channels="colour", card={"tile": 64, "overlap": 32})
    job = Job([], tiles, {}, tmp_path)
    leave(job, exported(nn.Sequential(Brightest(), nn.Sigmoid())), card_of(tiles))
    pixels = np.random.default_rng(0).integers(90, 110, (96, 160, 3)).astype(np.uint8)
    pixels[80:90, 140:150] = (255, 100, 100)
    found = detector(job.model, 1)(WeldImage(pixels))
    assert found.calls == () and found.image_scores["rust"] > found.image_scores["tint"] + 0.05
