"""What a network costs: parameters and multiplications, counted in its ONNX file, so for every row in the same way."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from dynawave.documents import read_json
from dynawave.errors import WeightsError
from dynawave.images.files import write_json

COST_FILE: Final = "cost.json"
COUNTED: Final = ("Conv", "ConvTranspose", "Gemm", "MatMul")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a network.

    Attributes:
        parameters: floating-point numbers in the file.
        macs: multiply-accumulate operations of convolutions and matrix products on one tile.
        tile: its side in pixels.
    """

    parameters: int
    macs: int
    tile: int


def record_cost(model: Path, tile: int) -> None:
    """Write the cost of a model beside it, where there is one that can be read and none was written."""
    file = model.with_name(COST_FILE)
    if model.is_file() and not file.exists():
        with suppress(WeightsError):
            write_json(file, asdict(count(model, tile)))


def read_cost(folder: Path) -> Cost | None:
    """The cost of a run's model."""
    file = folder / COST_FILE
    return read_json(file, Cost) if file.is_file() else None


def count(model: Path, tile: int) -> Cost:
    """Count the parameters of an ONNX file, and its operations on a tile.

    The network is run once: shapes that depend on others are then known without being inferred.

    Raises:
        WeightsError: it cannot be read or run.
    """
    try:
        proto = onnx.load(str(model))
        shapes = _shapes(proto, tile)
    except Exception as error:  # onnx and onnxruntime raise one class a status, without a common base
        raise WeightsError(f"{model}: not an ONNX model that can be run.") from error
    macs = sum(_macs(node, shapes) for node in proto.graph.node if node.op_type in COUNTED)
    floats = [each for each in proto.graph.initializer if each.data_type == onnx.TensorProto.FLOAT]
    return Cost(sum(prod(each.dims) for each in floats), macs, tile)


def _shapes(proto: onnx.ModelProto, tile: int) -> dict[str, tuple[int, ...]]:
    """Of whatever goes into or comes out of a node that counts."""
    asked = onnx.ModelProto()
    asked.CopyFrom(proto)
    fixed = {each.name: tuple(each.dims) for each in asked.graph.initializer}
    nodes = [node for node in asked.graph.node if node.op_type in COUNTED]
    names = {name for node in nodes for name in (*node.input[:2], node.output[0])} - fixed.keys()
    names -= {each.name for each in asked.graph.input}
    del asked.graph.output[:]
    asked.graph.output.extend(onnx.ValueInfoProto(name=name) for name in sorted(names))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(asked.SerializeToString(), options, providers=["CPUExecutionProvider"])
    image = np.zeros((1, 3, tile, tile), np.float32)
    values: list[NDArray[Any]] = session.run(sorted(names), {session.get_inputs()[0].name: image})
    return {session.get_inputs()[0].name: image.shape} | fixed | _named(sorted(names), values)


def _named(names: list[str], values: list[NDArray[Any]]) -> dict[str, tuple[int, ...]]:
    return {name: value.shape for name, value in zip(names, values, strict=True)}


def _macs(node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]) -> int:
    """Each number of the output is a sum over the inputs' common axes; of a transposed convolution the other way."""
    first, second, out = (shapes[name] for name in (*node.input[:2], node.output[0]))
    if node.op_type == "Conv":
        return prod(out) * prod(second[1:])
    if node.op_type == "ConvTranspose":
        return prod(first) * prod(second[1:])
    transposed = any(each.name == "transA" and each.i for each in node.attribute)
    return prod(out) * first[-2 if transposed else -1]
