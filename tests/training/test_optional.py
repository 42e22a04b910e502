import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from dynawave.training.optional import make_optional

DEFAULT = np.array([[10.0, 20.0]], np.float32)
IMAGES = np.array([[[1.0, 2.0]], [[3.0, 4.0]]], np.float32)


@pytest.fixture
def session() -> onnxruntime.InferenceSession:
    """The sum over the first axis but one of `image` [N, 1, 2], plus `context` [N, 2]."""
    inputs = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 2]),
        helper.make_tensor_value_info("context", TensorProto.FLOAT, ["n", 2]),
    ]
    nodes = [
        helper.make_node("ReduceSum", ["image", "one"], ["summed"], keepdims=0),
        helper.make_node("Add", ["summed", "context"], ["out"]),
    ]
    one = onnx.numpy_helper.from_array(np.ones(1, np.int64), "one")
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 2])
    graph = helper.make_graph(nodes, "sum", inputs, [out], [one])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    make_optional(model, "context", DEFAULT, "image")
    onnx.checker.check_model(model, full_check=True)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def test_it_is_no_input_that_must_be_given(session: onnxruntime.InferenceSession) -> None:
    assert [each.name for each in session.get_inputs()] == ["image"]
    assert [(each.name, each.shape[1]) for each in session.get_overridable_initializers()] == [("context", 2)]


def test_left_out_it_has_its_default(session: onnxruntime.InferenceSession) -> None:
    assert session.run(None, {"image": IMAGES})[0].tolist() == [[11, 22], [13, 24]]


def test_one_row_is_for_all_images(session: onnxruntime.InferenceSession) -> None:
    row = np.array([[100, 200]], np.float32)
    assert session.run(None, {"image": IMAGES, "context": row})[0].tolist() == [[101, 202], [103, 204]]


def test_every_image_may_have_its_own(session: onnxruntime.InferenceSession) -> None:
    rows = np.array([[100, 200], [0, 0]], np.float32)
    assert session.run(None, {"image": IMAGES, "context": rows})[0].tolist() == [[101, 202], [3, 4]]
