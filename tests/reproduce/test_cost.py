"""Parameters and operations, counted by hand."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from dynawave.errors import WeightsError
from dynawave.reproduce.cost import Cost, count, read_cost, record_cost


def model(path: Path) -> Path:
    """A 3 x 3 convolution at stride 2 from 3 to 4 channels, one by groups of 2, and a product of 2 with 5 columns.

    On 8 x 8 px: 16 places of 4 channels, 27 and 18 products each; then [1, 32, 2] by [2, 5].
    """
    weights = {"w1": (4, 3, 3, 3), "b1": (4,), "w2": (4, 2, 3, 3), "w3": (2, 5)}
    tensors = [numpy_helper.from_array(np.zeros(shape, np.float32), name) for name, shape in weights.items()]
    tensors.append(numpy_helper.from_array(np.array([1, 32, 2]), "shape"))
    nodes = [
        helper.make_node("Conv", ["image", "w1", "b1"], ["a"], strides=[2, 2], pads=[1] * 4),
        helper.make_node("Conv", ["a", "w2"], ["b"], group=2, pads=[1] * 4),
        helper.make_node("Reshape", ["b", "shape"], ["c"]),
        helper.make_node("MatMul", ["c", "w3"], ["d"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "h", "w"])
    out = helper.make_tensor_value_info("d", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "cost", [image], [out], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    return path


def test_a_hand_worked_network(tmp_path: Path) -> None:
    expected = Cost(108 + 4 + 72 + 10, 64 * 27 + 64 * 18 + 32 * 5 * 2, 8)
    file = model(tmp_path / "model.onnx")
    assert count(file, 8) == expected
    assert read_cost(tmp_path) is None
    record_cost(file, 8)
    assert read_cost(tmp_path) == expected


def test_what_was_counted_stays_when_the_model_is_gone(tmp_path: Path) -> None:
    file = model(tmp_path / "model.onnx")
    record_cost(file, 8)
    file.unlink()
    record_cost(file, 16)
    found = read_cost(tmp_path)
    assert found is not None and found.tile == 8


def test_what_is_no_model_costs_nothing_that_is_known(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"no model")
    with pytest.raises(WeightsError, match=r"model\.onnx: not an ONNX model"):
        count(file, 8)
    record_cost(file, 8)
    assert read_cost(tmp_path) is None
