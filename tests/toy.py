"""A tiny ONNX model that follows the contract, and films to try it on. Dark spots of channel 1 are its flaws."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from dynawave.metallurgy.vector import LAYOUT, LENGTH, spans
from dynawave.training.optional import make_optional

CARD: dict[str, Any] = {
    "schema": 1,
    "name": "toy",
    "version": "0.1",
    "classes": [{"name": "gas_pore", "iso6520": 2011}],
    "tile": 512,
    "overlap": 128,
    "score_threshold": 0.3,
    "mask_threshold": 0.5,
    "terms": "for tests",
    "decode": {"own_px": 0},  # its boxes are as long on a crack as on a pore
}
REACH = 10.0
"""Distance in pixels of every side of every box from its cell's centre."""


def _conv(name: str, weight: NDArray[Any], bias: NDArray[Any], stride: int, activation: str) -> list[onnx.NodeProto]:
    pad = (weight.shape[2] - stride) // 2
    tensors = [
        helper.make_node("Constant", [], [f"{name}_{part}"], value=numpy_helper.from_array(np.float32(value)))
        for part, value in (("w", weight), ("b", bias))
    ]
    conv = helper.make_node(
        "Conv", ["image", f"{name}_w", f"{name}_b"], [f"{name}_raw"], strides=[stride] * 2, pads=[pad] * 4
    )
    return [*tensors, conv, helper.make_node(activation, [f"{name}_raw"], [name])]


def _dark(channels: int, side: int) -> NDArray[Any]:
    """Weights of the mean over `side` x `side` pixels of channel 1, darker is more."""
    weight = np.zeros((channels, 3, side, side))
    weight[:, 1] = -10 / side**2
    return weight


def toy_model(path: Path, card: dict[str, Any] | None = CARD, drop: str = "") -> Path:
    """Write the model with this metadata (None: none), without the output `drop`."""
    classes = len((card or CARD)["classes"])
    falling = -0.5 * np.arange(classes)  # the first class is always the surest
    nodes = [
        *_conv("field", _dark(1, 2), np.full(1, -22.0), 2, "Sigmoid"),
        *_conv("scores", _dark(classes, 8), -22 + falling, 4, "Sigmoid"),
        *_conv("boxes", np.zeros((4, 3, 4, 4)), np.full(4, REACH), 4, "Relu"),
        *_conv("spread", np.zeros((4, 3, 4, 4)), np.arange(1.0, 5.0), 4, "Relu"),
        *_conv("iou", np.zeros((1, 3, 4, 4)), np.full(1, 3.0), 4, "Sigmoid"),
    ]
    channels = {"field": 1, "scores": classes, "boxes": 4, "spread": 4, "iou": 1}
    if classes > 1:
        weight = np.concatenate([-_dark(1, 2), _dark(classes, 2)])  # sound: what the field leaves
        nodes += _conv("class_map", weight, np.r_[22, -22 + falling], 2, "Sigmoid")
        channels["class_map"] = classes + 1
    nodes += [
        helper.make_node("GlobalMaxPool", ["scores"], ["image_raw"]),
        helper.make_node("Flatten", ["image_raw"], ["image_scores"]),
    ]
    shapes = {name: ["n", count, f"{name}_h", f"{name}_w"] for name, count in channels.items()}
    shapes["image_scores"] = ["n", classes]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items() if name != drop
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "h", "w"])
    graph = helper.make_graph(nodes, "toy", [image], outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if card is not None:
        helper.set_model_props(model, {"dynawave": json.dumps(card)})
    onnx.save(model, path)
    return path


def told_model(path: Path, card: dict[str, Any] | None = None, length: int = LENGTH) -> Path:
    """The toy model with the optional input `context`: it finds all the darker, the more fields are known."""
    model = onnx.load(toy_model(path, CARD | {"context": LAYOUT} if card is None else card))
    for node in model.graph.node:
        node.input[:] = ["told" if name == "image" else name for name in node.input]
    flags = np.zeros((length, 1), np.float32)
    flags[[part.start for part in spans().values() if part.start < length]] = 1
    added = [
        helper.make_node("Constant", [], ["flags"], value=numpy_helper.from_array(flags)),
        helper.make_node("MatMul", ["context", "flags"], ["known"]),
        helper.make_node("Unsqueeze", ["known", "axes"], ["shift"]),
        helper.make_node("Sub", ["image", "shift"], ["told"]),
    ]
    nodes = [*added, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.append(numpy_helper.from_array(np.array([2, 3], np.int64), "axes"))
    model.graph.input.append(helper.make_tensor_value_info("context", TensorProto.FLOAT, ["n", length]))
    make_optional(model, "context", np.zeros((1, length), np.float32), "image")
    onnx.save(model, path)
    return path


def film(height: int, width: int, seed: int = 0) -> NDArray[np.uint16]:
    """A sound film: a bright bead across, and grain."""
    rows = np.linspace(-1, 1, height)[:, None]
    grain = np.random.default_rng(seed).normal(0, 150, (height, width))
    return (30000 + 4000 * np.exp(-((rows / 0.5) ** 2)) + cv2.GaussianBlur(grain, (0, 0), 1)).astype(np.uint16)


def spot(pixels: NDArray[np.uint16], x: int, y: int, radius: int = 6) -> None:
    """Darken a disc."""
    cv2.circle(pixels, (x, y), radius, 24000, cv2.FILLED)
