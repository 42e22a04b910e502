"""An input of an exported model that may be left out, or be one row for all images.

In ONNX (IR version 4 and later) a graph input that has an initializer of its name is optional, the initializer being
its default; onnxruntime lists it among the overridable initializers and not among the inputs.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

ROWS = "contexts"
"""Name of the optional input's own first axis."""


def make_optional(model: onnx.ModelProto, name: str, default: NDArray[np.float32], batch: str) -> None:
    """Give the input `name` [N, K] a default and let one row stand for every image, in place.

    Args:
        model: exported with as many rows of `name` as of `batch`.
        name: of the input.
        default: float32 [1, K].
        batch: name of the input whose first axis is N.
    """
    graph, whole = model.graph, f"{name}_of_each"
    for node in graph.node:
        node.input[:] = [whole if each == name else each for each in node.input]
    # broadcast to [N, 1] and so to [N, K]
    constants = [numpy_helper.from_array(np.ones(1, np.int64), f"{name}_one"), numpy_helper.from_array(default, name)]
    spread = [
        helper.make_node("Shape", [batch], [f"{name}_images"], start=0, end=1),
        helper.make_node("Concat", [f"{name}_images", f"{name}_one"], [f"{name}_shape"], axis=0),
        helper.make_node("Expand", [name, f"{name}_shape"], [whole]),
    ]
    graph.initializer.extend(constants)
    nodes = [*spread, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    given = next(each for each in graph.input if each.name == name)
    given.type.tensor_type.shape.dim[0].dim_param = ROWS
