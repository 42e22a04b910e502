"""The two faces of the same weights: ONNX, which inspects, and tensors, through which gradients flow."""

from pathlib import Path

import numpy as np
import onnxruntime

from dynawave.errors import WeightsError
from dynawave.inspection import Inspector
from dynawave.network.model import DynaWaveNet
from dynawave.training.export import PARITY, largest_difference
from dynawave.training.weights import read_network
from dynawave.weights import find


def load(weights: str | Path) -> tuple[Inspector, DynaWaveNet]:
    """Open shipped weights by name, or an ONNX file that has its `.safetensors` beside it.

    Raises:
        WeightsError: one of the two is missing or damaged, or they are not the same network.
    """
    file = find(weights)
    tensors = file.with_suffix(".safetensors")
    if not tensors.is_file():
        raise WeightsError(f"{file}: cannot be explained without {tensors.name} beside it, from which it was exported.")
    inspector, (network, _) = Inspector(file), read_network(tensors)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    tile = np.random.default_rng(0).standard_normal((1, 3, 64, 96)).astype(np.float32)
    if not largest_difference(network, session, tile) <= PARITY:
        raise WeightsError(f"{file}: is not the network of {tensors.name}; export it again.")
    return inspector, network
