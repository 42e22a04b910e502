"""What is told to ultralytics, and what becomes of its output, on a network that always says the same."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.peers.card import add_card, card_of
from benchmarks.peers.command import Job
from benchmarks.peers.yolo import YoloFailed, detector, settings, train
from dynawave.records import WeldImage
from dynawave.training.config import TrainingConfig

CONFIG = TrainingConfig(
    classes=("rust", "tint"), tile=96, batch=4, images_seen=40, card={"tile": 64, "overlap": 32, "scale": 2}
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Of every tile of 64 px: a box in its middle, surely tint; one beside its border; one that is nothing."""
    boxes = np.array([[32, 32, 8, 4, 0.1, 0.9], [60, 32, 8, 4, 0.8, 0], [20, 20, 4, 4, 0.001, 0.002]], np.float32)
    output = numpy_helper.from_array(boxes.T[None], "boxes")
    zero = numpy_helper.from_array(np.float32(0), "zero")
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["boxes", "nothing"], ["output0"]),
    ]
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, "h", "w"])
    out = helper.make_tensor_value_info("output0", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "yolo", [image], [out], [output, zero])
    file = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(file))
    add_card(file, card_of(CONFIG))
    return file


def test_boxes_come_back_to_the_picture(model: Path) -> None:
    """At twice its size a picture of 48 x 32 px has tiles from 0 to 64 and from 32 to 96 px, which own up to 48 px.

    Box 1 is at 32 and 64 px, box 2, at the border of the first tile, is the other's to find, and ends the second.
    """
    found = detector(model, 1)(WeldImage(np.arange(32 * 48, dtype=np.uint16).reshape(32, 48)))
    tint = [call.box for call in found.calls if call.name == "tint"]
    rust = [(call.box, round(call.score, 3)) for call in found.calls if call.name == "rust"]
    assert sorted(tint) == [(14, 15, 4, 2), (30, 15, 4, 2)]
    assert ((44, 15, 4, 2), 0.8) in rust and [box for box, score in rust if score > 0.5] == [(44, 15, 4, 2)]
    assert found.probability is None and found.class_map is None


def test_ultralytics_is_told_the_budget(tmp_path: Path) -> None:
    job = Job([], CONFIG, {"model": "yolo26n", "epochs": 10}, tmp_path)
    told = dict(each.split("=") for each in settings(job, tmp_path / "tiles", tmp_path / "run"))
    assert (told["model"], told["epochs"], told["imgsz"], told["batch"], told["nbs"]) == (
        "yolo26n.yaml",
        "10",
        "96",
        "4",
        "4",
    )
    assert told["pretrained"] == "False" and told["close_mosaic"] == "2" and told["hsv_h"] == "0"
    colour = Job([], CONFIG.model_copy(update={"channels": "colour"}), job.options, tmp_path)
    assert "hsv_h=0" not in settings(colour, tmp_path, tmp_path / "run")


def test_without_ultralytics_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLO", str(tmp_path / "yolo"))
    monkeypatch.setattr("benchmarks.peers.yolo.write_tiles", lambda *given: None)
    with pytest.raises(YoloFailed, match="is not there: run make peers"):
        train(Job([], CONFIG, {"model": "yolo11n", "epochs": 10}, tmp_path))
