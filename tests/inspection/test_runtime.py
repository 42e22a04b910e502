import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from dynawave import weights as registry
from dynawave.errors import WeightsError
from dynawave.inspection.runtime import Runtime
from dynawave.metallurgy.vector import LAYOUT, LENGTH, context_vector
from dynawave.records import WeldContext
from dynawave.weights import find, shipped
from toy import CARD, told_model, toy_model


def refused(weights: Path | str) -> str:
    with pytest.raises(WeightsError) as caught:
        Runtime(weights, threads=1)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_a_model_says_what_it_is(toy_weights: Path) -> None:
    runtime = Runtime(toy_weights, threads=1)
    assert (runtime.info.name, runtime.info.version, runtime.info.terms) == ("toy", "0.1", "for tests")
    assert runtime.info.sha256 == hashlib.sha256(toy_weights.read_bytes()).hexdigest()
    assert [c.iso6520 for c in runtime.card.flaw_classes()] == [2011]
    assert runtime.card.settings().score_threshold == 0.3


def test_output_shapes(toy_weights: Path) -> None:
    maps = Runtime(toy_weights, threads=1).run(np.zeros((2, 3, 64, 96), np.float32))
    assert {name: m.shape for name, m in maps.items()} == {
        "field": (2, 1, 32, 48),
        "scores": (2, 1, 16, 24),
        "boxes": (2, 4, 16, 24),
        "spread": (2, 4, 16, 24),
        "iou": (2, 1, 16, 24),
        "image_scores": (2, 1),
    }


def test_metadata_may_set_how_to_decode(tmp_path: Path) -> None:
    runtime = Runtime(toy_model(tmp_path / "m.onnx", {**CARD, "decode": {"nms_iou": 0.55, "max_indications": 50}}))
    assert runtime.card.settings().nms_iou == 0.55
    assert runtime.card.settings().max_indications == 50


def test_a_model_may_take_a_context_and_do_without(tmp_path: Path, toy_weights: Path) -> None:
    tiles = np.full((2, 3, 64, 64), -2.0, np.float32)
    weld = context_vector(WeldContext(filler="82", thickness_mm=12))  # three fields, with the words
    plain, told = Runtime(toy_weights, threads=1), Runtime(told_model(tmp_path / "told.onnx"), threads=1)
    assert (plain.takes_context, told.takes_context) == (False, True)
    for context in (None, np.zeros_like(weld)):
        for name, values in plain.run(tiles).items():
            assert np.array_equal(told.run(tiles, context)[name], values), name
    np.testing.assert_allclose(told.run(tiles, weld)["field"], plain.run(tiles - 3)["field"], atol=1e-6)
    assert np.array_equal(plain.run(tiles, weld)["field"], plain.run(tiles)["field"])


def test_a_context_of_another_layout_is_refused(tmp_path: Path) -> None:
    for card, length in (({**CARD, "context": LAYOUT + 1}, LENGTH), (CARD, LENGTH), ({**CARD, "context": LAYOUT}, 40)):
        assert "context" in refused(told_model(tmp_path / "strange.onnx", card, length))


def test_a_missing_file_and_an_unknown_name_are_named(tmp_path: Path) -> None:
    assert "no/such.onnx" in refused("no/such.onnx")
    assert "nonesuch" in refused("nonesuch")


def test_a_corrupt_file_is_refused(tmp_path: Path, toy_weights: Path) -> None:
    for data in (b"", b"no model", toy_weights.read_bytes()[:-200]):
        path = tmp_path / "corrupt.onnx"
        path.write_bytes(data)
        assert str(path) in refused(path)


def test_a_foreign_model_is_refused(tmp_path: Path) -> None:
    assert "not one of DynaWave" in refused(toy_model(tmp_path / "m.onnx", card=None))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"schema": 2}, "schema"),
        ({"classes": []}, "classes"),
        ({"tile": 500}, "tile"),
        ({"overlap": 480}, "overlap"),
        ({"score_threshold": 7}, "score_threshold"),
        ({"decode": {"nms": 0.5}}, "nms"),
        ({"decode": {"mask_threshold": 0.5}}, "decode: mask_threshold is a field of the card itself"),
    ],
)
def test_wrong_metadata_is_refused(tmp_path: Path, change: dict[str, Any], word: str) -> None:
    classes = {"classes": CARD["classes"]} if not change.get("classes", True) else {}
    path = toy_model(tmp_path / "m.onnx", {**CARD, **classes})
    model = onnx.load(path)
    helper.set_model_props(model, {"dynawave": json.dumps({**CARD, **change})})
    onnx.save(model, path)
    assert word in refused(path)


def test_metadata_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = toy_model(tmp_path / "m.onnx")
    model = onnx.load(path)
    helper.set_model_props(model, {"dynawave": "{"})
    onnx.save(model, path)
    assert "metadata" in refused(path)


def test_a_missing_output_is_named(tmp_path: Path) -> None:
    assert "'spread'" in refused(toy_model(tmp_path / "m.onnx", drop="spread"))


def test_too_few_channels_are_refused(tmp_path: Path) -> None:
    path = toy_model(tmp_path / "m.onnx")
    model = onnx.load(path)
    helper.set_model_props(model, {"dynawave": json.dumps({**CARD, "classes": CARD["classes"] * 2})})
    onnx.save(model, path)
    assert "'scores'" in refused(path)


def test_another_input_is_refused(tmp_path: Path) -> None:
    tensors = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3]) for n in ("data", "out")]
    graph = helper.make_graph([helper.make_node("Relu", ["data"], ["out"])], "other", tensors[:1], tensors[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"dynawave": json.dumps(CARD)})
    onnx.save(model, tmp_path / "m.onnx")
    assert "input" in refused(tmp_path / "m.onnx")


def test_shipped_weights_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    path = toy_model(tmp_path / "film.onnx")
    assert shipped() == [path]
    assert find("film") == path
    assert find(path) == path
    assert "film" in refused("other")
