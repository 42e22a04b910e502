"""What D-FINE learns from, what becomes of its output, and a training, where transformers is."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from benchmarks.peers import command, dfine, fit
from benchmarks.peers.card import add_card, read_card
from benchmarks.peers.command import Job
from benchmarks.peers.dfine import PROGRAM, Pixels, build, detector, loss, own_card, together, with_boxes
from dynawave.records import WeldContext, WeldImage
from dynawave.reproduce.cost import count
from dynawave.training.config import TrainingConfig
from dynawave.training.targets import UNKNOWN
from dynawave.training.tiles import Drawn
from peer_runs import configuration, measured

ROOT = Path(__file__).parents[3]
CONFIG = TrainingConfig(classes=("rust", "tint"), tile=64, card={"tile": 128, "overlap": 32, "scale": 2})


@pytest.fixture
def transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library of `make peers`, else any that is installed."""
    folder = os.environ.get("DFINE", str(ROOT / dfine.LIBRARY))
    monkeypatch.setenv("DFINE", folder)
    monkeypatch.setattr(sys, "path", [*sys.path, folder])
    pytest.importorskip("transformers")


def tile() -> Drawn:
    """16 x 32 px: a flaw of class 1 on columns 4 to 12 and rows 2 to 6, and one of unknown kind."""
    instances = np.zeros((16, 32), np.int32)
    instances[2:6, 4:12] = 1
    instances[10:14, 20:24] = 2
    return Drawn(np.zeros((3, 16, 32), np.float32), instances, np.array([1, UNKNOWN]), WeldContext())


def test_boxes_of_a_tile_are_parts_of_it() -> None:
    """Middle 8 and 4, size 8 and 4, of 32 and 16 px; what is of unknown kind has no box."""
    image, boxes = with_boxes(tile())
    assert image.shape == (3, 16, 32)
    np.testing.assert_allclose(boxes, [[1, 8 / 32, 4 / 16, 8 / 32, 4 / 16]])


def test_a_batch_holds_tiles_with_and_without_flaws() -> None:
    told: dict[str, Any] = {}

    class Network(nn.Module):
        def forward(self, images: torch.Tensor, labels: list[dict[str, torch.Tensor]]) -> Any:
            told.update(images=images, labels=labels)
            return type("Output", (), {"loss": images.sum()})

    sound = tile()._replace(instances=np.zeros((16, 32), np.int32))
    loss(Network(), together([with_boxes(tile()), with_boxes(sound)]))
    first, second = told["labels"]
    assert told["images"].shape == (2, 3, 16, 32)
    assert first["class_labels"].tolist() == [1] and first["boxes"].tolist() == [[0.25, 0.25, 0.25, 0.25]]
    assert first["boxes"].dtype == torch.float32 and first["class_labels"].dtype == torch.int64
    assert second["class_labels"].shape == (0,) and second["boxes"].shape == (0, 4)


def test_its_output_is_in_pixels_of_the_tile() -> None:
    """A box in the middle of 64 x 32 px, a quarter as wide and half as high: 32, 16, 16, 16; logits 0 and ln 3."""

    class Network(nn.Module):
        def forward(self, image: torch.Tensor) -> Any:
            boxes, logits = torch.tensor([[[0.5, 0.5, 0.25, 0.5]]]), torch.tensor([[[0.0, np.log(3)]]])
            return type("Output", (), {"pred_boxes": boxes, "logits": logits})

    found = Pixels(Network())(torch.zeros(1, 3, 32, 64))
    np.testing.assert_allclose(found[0, :, 0], [32, 16, 16, 16, 0.5, 0.75], rtol=1e-6)


def test_films_are_inspected_in_tiles_as_large_as_those_it_learned_from() -> None:
    card = own_card(CONFIG)
    assert (card.tile, card.overlap, card.scale) == (64, 32, 2)


def test_boxes_come_back_to_the_picture(tmp_path: Path) -> None:
    """At twice its size a picture of 48 x 32 px has tiles from 0 to 64 and from 32 to 96 px, which own up to 48 px.

    Every tile has a tint of 8 x 4 px in its middle, at 32 and 64 px, and a rust at 60 px: in the first tile it is the
    other's to find, and at 92 px, 46 of the picture, it is the second's own.
    """
    boxes = np.array([[32, 32, 8, 4, 0.1, 0.9], [60, 32, 8, 4, 0.8, 0]], np.float32)
    output = numpy_helper.from_array(boxes.T[None], "boxes")
    zero = numpy_helper.from_array(np.float32(0), "zero")
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["boxes", "nothing"], ["output"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "h", "w"])
    out = helper.make_tensor_value_info("output", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "dfine", [image], [out], [output, zero])
    file = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(file))
    add_card(file, own_card(CONFIG))
    found = detector(file, 1)(WeldImage(np.arange(32 * 48, dtype=np.uint16).reshape(32, 48)))
    strong = [(call.name, call.box) for call in found.calls if call.score > 0.5]
    assert sorted(strong) == [("rust", (44, 15, 4, 2)), ("tint", (14, 15, 4, 2)), ("tint", (30, 15, 4, 2))]


def test_without_transformers_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFINE", str(tmp_path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(dfine.DfineFailed, match="run make peers"):
        build(CONFIG)


@pytest.mark.slow
@pytest.mark.usefixtures("transformers")
def test_it_is_of_nano_size_and_every_weight_learns() -> None:
    """3.78 million parameters with COCO's 80 classes, as its authors count them: 4 M."""
    network = build(CONFIG.model_copy(update={"classes": tuple(f"c{k}" for k in range(80)), "tile": 320}))
    assert sum(each.numel() for each in network.parameters()) == 3_782_693
    boxes = [torch.tensor([[3, 0.5, 0.5, 0.2, 0.3]]), torch.zeros(0, 5)]
    for each in (boxes, boxes[1:] * 2):  # a batch without any flaw, too
        value = loss(network, (torch.randn(2, 3, 64 + 256, 320), each))
        assert torch.isfinite(value)
    network.zero_grad()
    loss(network, (torch.randn(2, 3, 320, 320), boxes)).backward()
    assert all(each.grad is not None for each in network.parameters() if each.requires_grad)


@pytest.mark.slow
@pytest.mark.usefixtures("transformers")
def test_a_killed_run_goes_on_to_the_same_end(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its denoising queries are drawn at random: those of a step are the same in both runs."""
    ends: list[dict[str, torch.Tensor]] = []
    monkeypatch.setattr(fit, "SAVE_EVERY", 1)
    monkeypatch.setattr(dfine, "leave", lambda *given: None)
    monkeypatch.setattr(dfine, "_export", lambda network, tile: ends.append(network.state_dict()))
    file = configuration(tmp_path, "dfine", {}, images_seen=6, batch=2, tile=64)
    command.train(PROGRAM, file, [photographs], tmp_path / "whole")

    def killed(job: Job) -> None:
        save = torch.save
        monkeypatch.setattr(torch, "save", lambda state, aside: save(state, aside) if state["step"] < 3 else 1 / 0)
        try:
            dfine.train(job)
        finally:
            monkeypatch.setattr(torch, "save", save)

    with pytest.raises(ZeroDivisionError):
        command.train(replace(PROGRAM, train=killed), file, [photographs], tmp_path / "killed")
    command.train(PROGRAM, file, [photographs], tmp_path / "killed")
    whole, other = ends
    assert all(torch.equal(value, whole[key]) for key, value in other.items())


@pytest.mark.slow
@pytest.mark.usefixtures("transformers")
def test_it_learns_colours(photographs: Path, tmp_path: Path) -> None:
    file, out = configuration(tmp_path, "dfine", {}, images_seen=1600), tmp_path / "run"
    command.train(PROGRAM, file, [photographs], out)
    assert not (out / "last.pt").exists() and read_card(out / "model.onnx").tile == 128
    assert 3e6 < count(out / "model.onnx", 128).parameters < 5e6
    command.measure(PROGRAM, photographs, out)
    assert measured(out)["ap50"] > 0.5
