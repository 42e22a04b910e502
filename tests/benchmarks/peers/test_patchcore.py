"""PatchCore: its distances, its coreset, what counts as sound, and that it finds what it never learned."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.distance import cdist

from benchmarks.peers.command import Job, measure
from benchmarks.peers.patchcore import PROGRAM, Features, Normal, PatchCore, coreset, gaussian, learn, sound_patches
from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, write_coco
from dynawave.datasets.load import load_dataset
from dynawave.errors import ConfigError
from dynawave.network.backbone import Backbone
from dynawave.records import WeldContext
from dynawave.training.config import AugmentConfig, TrainingConfig
from dynawave.training.run import load_sources
from dynawave.training.tiles import Drawn


@pytest.fixture
def features(monkeypatch: pytest.MonkeyPatch) -> Features:
    monkeypatch.setattr("benchmarks.peers.patchcore.Backbone", lambda: Backbone(pretrained=False))
    torch.manual_seed(0)
    return Features().eval()


def test_the_distance_is_that_to_the_nearest_patch(features: Features) -> None:
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        found = features(image)
        bank = found[0].flatten(1).T[::7].numpy() + 0.01
        network = PatchCore(features, Normal(bank, 1.0), 4.0)
        distance = network.distance(image)
    assert found.shape == (1, 152, 8, 12) and distance.shape == (1, 1, 8, 12)
    expected = cdist(found[0].flatten(1).T.numpy(), bank).min(1).reshape(8, 12)
    np.testing.assert_allclose(distance[0, 0].numpy(), expected, atol=2e-3)


def test_at_the_far_distance_a_flaw_is_as_likely_as_not(features: Features, monkeypatch: pytest.MonkeyPatch) -> None:
    network = PatchCore(features, Normal(np.zeros((1, 152), np.float32), 3.0), 4.0)
    for distance, probability in ((3.0, 0.5), (6.0, 0.8), (1.0, 0.1)):  # d^2 / (d^2 + 3^2)
        monkeypatch.setattr(network, "distance", lambda x, d=distance: torch.full((1, 1, 4, 4), d))
        logits = network(torch.zeros(1, 3, 32, 32))
        assert logits.shape == (1, 2, 32, 32)
        torch.testing.assert_close(logits.softmax(1)[0, 1], torch.full((32, 32), probability))


def test_the_smoothing_is_a_gaussian() -> None:
    spike = np.zeros(41)
    spike[20] = 1
    np.testing.assert_allclose(
        np.convolve(spike, gaussian(4.0).ravel().numpy(), "same"), gaussian_filter1d(spike, 4, radius=12), atol=1e-7
    )


def test_the_coreset_is_taken_from_the_farthest_to_the_nearest() -> None:
    patches = np.array([[0.0], [1.0], [2.0], [10.0], [6.0]], np.float32)  # mean 3.8: the first is 10, then 0, then 6
    assert coreset(patches, 3).ravel().tolist() == [10, 0, 6]
    assert coreset(patches, 9) is patches


def test_cells_near_a_flaw_are_left_out(features: Features) -> None:
    """One pixel at (64, 64) of 128: cells from 48 to 80 hold a pixel within 16 of it, 5 a side, as 64 + 16 = 80."""
    instances = np.zeros((128, 128), np.int32)
    instances[64, 64] = 1
    image = np.random.default_rng(0).normal(size=(3, 128, 128)).astype(np.float32)
    drawn = Drawn(image, instances, np.zeros(1, np.int64), WeldContext())
    assert sound_patches(features, drawn).shape == (16 * 16 - 25, 152)


def plates(root: Path) -> Path:
    """Two grey plates of 192 x 192 px with grain; on the second a bright square that no plate was learned with."""
    (root / "images").mkdir(parents=True)
    images = []
    for number in (1, 2):
        pixels = np.random.default_rng(number).normal(128, 6, (192, 192)).clip(0, 255).astype(np.uint8)
        if number == 2:
            pixels[80:104, 96:120] = 240
        name = f"images/{number}.png"
        cv2.imwrite(str(root / name), pixels)
        images.append(CocoImage(id=number, file_name=name, width=192, height=192, film=str(number)))
    square = CocoAnnotation(id=1, image_id=2, category_id=1, bbox=(96, 80, 24, 24), area=576)
    write_coco(CocoDataset(root, tuple(images), (CocoCategory(id=1, name="flaw"),), (square,)), root)
    return root


def test_it_finds_what_it_has_never_seen(tmp_path: Path) -> None:
    data = plates(tmp_path / "plates")
    still = AugmentConfig(scale=(1, 1), rotation_deg=0, inverted=0, gamma=0, blur_px=0, noise=0)
    tiles = TrainingConfig(
        name="patchcore", tile=128, images_seen=20, flaw_share=0, augment=still, card={"tile": 192, "overlap": 32}
    )
    sources, _ = load_sources(tiles, [load_dataset(data)])
    out = tmp_path / "run"
    out.mkdir()
    PROGRAM.train(Job(sources, tiles, PROGRAM.defaults, out))
    measure(PROGRAM, data, out)
    record = json.loads((out / "metrics.json").read_text())["results"][0]
    assert record["pixel_ap"] > 0.5 and record["auroc"] > 0.95


def test_sound_tiles_alone_are_learned(features: Features, tmp_path: Path) -> None:
    sources, _ = load_sources(TrainingConfig(), [load_dataset(plates(tmp_path / "plates"))])
    tiles = TrainingConfig(tile=64, images_seen=11, seed=1)
    normal = learn(features, Job(sources, tiles, {"bank": 50, "of_tile": 8, "far": 0.9}, tmp_path))
    assert normal.bank.shape == (50, 152) and normal.far > 0


def test_several_classes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the table has several classes"):
        PROGRAM.train(Job([], TrainingConfig(classes=("a", "b")), PROGRAM.defaults, tmp_path))
