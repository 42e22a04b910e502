"""Export: trained weights to ONNX with the metadata that inspection needs, checked against PyTorch."""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dynawave.errors import WeightsError
from dynawave.images.files import written_aside
from dynawave.inspection.runtime import METADATA_KEY
from dynawave.metallurgy.vector import LENGTH, context_vector
from dynawave.network.model import DynaWaveNet, activate
from dynawave.records import WeldContext
from dynawave.training.card import card_fields
from dynawave.training.config import TrainingConfig
from dynawave.training.optional import make_optional
from dynawave.training.weights import read_network

OPSET: Final = 20
"""The first with GridSample for any rank, which the deformable sampling becomes."""

PARITY: Final = 1e-3
"""Largest difference allowed on any score between PyTorch and onnxruntime."""

EXAMPLE: Final = WeldContext(
    "radiograph", ("P91", "316L"), "82", "GTAW", 12.0, 180.0, details={"Source": "X-ray", "Detector": "film"}
)
"""A context that states every field, for the comparison."""

PROBABILITIES: Final = ("field", "scores", "iou", "image_scores")


class _Activated(nn.Module):
    """The network with probabilities as outputs, in a fixed order."""

    def __init__(self, network: DynaWaveNet, names: tuple[str, ...]) -> None:
        super().__init__()
        self.network, self.names = network, names

    def forward(self, image: Tensor, context: Tensor | None = None) -> tuple[Tensor, ...]:
        outputs = activate(self.network(image, context))
        return tuple(outputs[name] for name in self.names)


def export(weights: Path, out: Path, base: dict[str, Any] | None = None, **card: Any) -> float:
    """Write `weights` (.safetensors) as ONNX.

    Args:
        weights: as written by training.
        out: ONNX file.
        base: fields of the `ModelCard` in place of the `card` of the configuration that the weights were trained with.
        card: further fields, such as version and terms; they go before the others.

    Returns:
        The largest difference between PyTorch and onnxruntime on any probability of two test tiles.

    Raises:
        WeightsError: the weights cannot be read, a field of the card is out of range, or the exported model differs
            from PyTorch by more than `PARITY`.
    """
    network, config = read_network(weights)
    if base is not None:
        config = config.model_copy(update={"card": base})
    names = output_names(len(config.classes))
    model = _to_onnx(_Activated(network, names).eval(), names)
    model.metadata_props.add(key=METADATA_KEY, value=_metadata(config, card))
    onnx.checker.check_model(model)
    difference = _parity(network, model)
    if not difference <= PARITY:  # a NaN is no agreement
        raise WeightsError(f"{out}: the exported model differs from PyTorch by {difference:.2g}, more than {PARITY}.")
    with written_aside(out) as aside:
        onnx.save(model, aside)
    return difference


def output_names(classes: int) -> tuple[str, ...]:
    """The outputs of a model of so many classes."""
    base = ("field", "scores", "boxes", "spread", "iou", "image_scores")
    return (*base, "class_map") if classes > 1 else base


def _to_onnx(model: _Activated, names: tuple[str, ...]) -> onnx.ModelProto:
    """Trace with dynamic batch, height and width (multiples of 32); a network with context takes it as an option."""
    cells = {axis: 32 * torch.export.Dim(axis, min=2, max=1024) for axis in ("rows", "columns")}
    tiles = torch.export.Dim("tiles", min=1, max=1024)
    inputs = {"image": torch.zeros(2, 3, 128, 192)}
    shapes = {"image": {0: tiles, 2: cells["rows"], 3: cells["columns"]}}
    if model.network.context is not None:
        inputs["context"] = torch.zeros(2, LENGTH)
        shapes["context"] = {0: tiles}
    program = torch.onnx.export(
        model,
        tuple(inputs.values()),
        input_names=list(inputs),
        output_names=list(names),
        dynamic_shapes=shapes,
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    proto = program.model_proto
    for part in (*proto.graph.node, *proto.graph.value_info, *proto.graph.input, *proto.graph.output):
        del part.metadata_props[:]  # stack traces: a tenth of the file, and folders of this machine
    if "context" in inputs:
        make_optional(proto, "context", context_vector(None)[None], "image")
    return proto


def _metadata(config: TrainingConfig, card: dict[str, Any]) -> str:
    """The model card in the file."""
    try:
        return json.dumps(card_fields(config, **card))
    except ValueError as error:
        raise WeightsError(f"{config.name}: card: {error}.") from error


def _parity(network: DynaWaveNet, model: onnx.ModelProto) -> float:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of optional inputs
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    tiles = np.random.default_rng(0).standard_normal((2, 3, 128, 256)).astype(np.float32)
    contexts = (None,) if network.context is None else (None, context_vector(EXAMPLE))
    return max(largest_difference(network, session, tiles, context) for context in contexts)


def largest_difference(
    network: DynaWaveNet,
    session: onnxruntime.InferenceSession,
    tiles: NDArray[np.float32],
    context: NDArray[np.float32] | None = None,
) -> float:
    """Largest absolute difference of any probability between PyTorch and onnxruntime on normalised tiles.

    `context`, of a network that has one, is a vector for all of them; None: left out.
    """
    inputs = {"image": tiles} | ({} if context is None else {"context": context[None]})
    with torch.inference_mode():
        ours = activate(network(*map(torch.from_numpy, inputs.values())))
    names = [output.name for output in session.get_outputs()]
    theirs = dict(zip(names, session.run(names, inputs), strict=True))
    return float(np.max([np.abs(ours[name].numpy() - theirs[name]).max() for name in PROBABILITIES]))
