"""The two faces of the same weights: ONNX, which inspects, and tensors, through which gradients flow."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from dynawave.errors import WeightsError
from dynawave.inspection import Inspector
from dynawave.inspection.runtime import open_session, read_model
from dynawave.metallurgy.vector import context_vector
from dynawave.network.model import DynaWaveNet, activate
from dynawave.records import WeldContext
from dynawave.training.export import PARITY, largest_difference
from dynawave.training.weights import read_network
from dynawave.weights import find


class InContext(nn.Module):
    """A network that knows one weld's context: tiles in, activated outputs out."""

    context: Tensor

    def __init__(self, network: DynaWaveNet, context: WeldContext | None) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("context", torch.from_numpy(context_vector(context))[None])

    def forward(self, tile: Tensor) -> dict[str, Tensor]:
        """Outputs of tiles [N, 3, H, W] as `normalise` makes them; see `activate`."""
        return activate(self.network(tile, self.context))


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
    session = open_session(file, read_model(file))
    tile = np.random.default_rng(0).standard_normal((1, 3, 64, 96)).astype(np.float32)
    if not largest_difference(network, session, tile) <= PARITY:
        raise WeightsError(f"{file}: is not the network of {tensors.name}; export it again.")
    return inspector, network
