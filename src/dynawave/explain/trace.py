"""What goes on inside the network for one tile, read by hooks while it runs: sub-bands, gates, sampling points."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dynawave.network.deformable import TAPS, DeformableConvolution, sampling_grid, tap_places
from dynawave.network.dgae import GeometryAwareEncoding
from dynawave.network.fdsa import Frequencies, FrequencySelectiveAttention

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Bands:
    """Wavelet attention of one level, sub-bands in the order of `wavelet.SUBBANDS`.

    Attributes:
        stride: input pixels a cell of the level (a cell of a sub-band is twice as wide).
        alphas: weights (23), [4, channels].
        energy: mean over the channels of (alpha_s z_s)^2, what a sub-band adds to (24), [4, h, w].
    """

    stride: int
    alphas: Map
    energy: Map


@dataclass(frozen=True, slots=True)
class Gate:
    """The geometric gate g(p) (19) of one level: its mean over the channels, 0-1, [h, w]."""

    stride: int
    values: Map


@dataclass(frozen=True, slots=True)
class Sampling:
    """Where one deformable branch of one level samples (18).

    Attributes:
        stride: input pixels a cell.
        dilation: spacing of its taps in cells.
        points: (x, y) in cells of each tap of each cell, [9, h, w, 2].
        offsets: what was learned of it: the way from the dilated grid, in cells, [9, h, w, 2].
        weights: modulation of each tap, 0-2, [9, h, w].
    """

    stride: int
    dilation: int
    points: Map
    offsets: Map
    weights: Map

    @property
    def shift_px(self) -> Map:
        """Length of each offset in input pixels, [9, h, w]."""
        return np.asarray(np.linalg.norm(self.offsets, axis=-1) * self.stride, np.float32)

    def density(self) -> Map:
        """Sampling weight that falls on each cell of the level, shared bilinearly, [h, w]; beyond the border none."""
        _, height, width = self.weights.shape
        corner = np.floor(self.points).astype(np.intp)
        part = self.points - corner
        total = np.zeros((height, width), np.float32)
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
            x, y = corner[..., 0] + dx, corner[..., 1] + dy
            share = np.abs(1 - dx - part[..., 0]) * np.abs(1 - dy - part[..., 1]) * self.weights
            inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
            np.add.at(total, (y[inside], x[inside]), share[inside])
        return total


@dataclass(frozen=True, slots=True)
class Trace:
    """A pass of one tile through the network; each list runs from fine to coarse.

    Attributes:
        outputs: activated outputs by name, [channels, h, w].
        bands: wavelet attention; empty where it is switched off.
        gates: geometric gates; empty where no level has one.
        samplings: deformable branches, level by level, by dilation.
    """

    outputs: dict[str, Map]
    bands: tuple[Bands, ...]
    gates: tuple[Gate, ...]
    samplings: tuple[Sampling, ...]


def trace(network: nn.Module, tile: Tensor) -> Trace:
    """Run a tile [1, 3, H, W], as `normalise` makes it, through the network (`InContext`) and note what goes on."""
    gates = {m.gate for m in network.modules() if isinstance(m, GeometryAwareEncoding)}
    others = {m for m in network.modules() if isinstance(m, (FrequencySelectiveAttention, DeformableConvolution))}
    side = tile.shape[2]
    with torch.inference_mode(), _noted(gates | others) as calls:
        outputs = network(tile)
        bands = [_bands(m, x, y, side) for m, x, y in calls if isinstance(m, FrequencySelectiveAttention)]
        samplings = [_sampling(m, x, side) for m, x, _ in calls if isinstance(m, DeformableConvolution)]
    opened = [Gate(side // y.shape[2], _array(y[0].mean(0))) for m, _, y in calls if m in gates]
    return Trace(
        {name: _array(value[0]) for name, value in outputs.items()},
        tuple(sorted(bands, key=lambda b: b.stride)),
        tuple(sorted(opened, key=lambda g: g.stride)),
        tuple(sorted(samplings, key=lambda s: (s.stride, s.dilation))),
    )


@contextmanager
def _noted(modules: set[nn.Module]) -> Iterator[list[tuple[nn.Module, Tensor, Any]]]:
    """Calls of these modules while the context lasts: the module, its input and its output."""
    calls: list[tuple[nn.Module, Tensor, Any]] = []
    handles = [m.register_forward_hook(lambda m, inputs, output: calls.append((m, inputs[0], output))) for m in modules]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def _bands(module: FrequencySelectiveAttention, z: Tensor, attended: Frequencies, side: int) -> Bands:
    weighted = module.transform(z) * attended.weights.transpose(1, 2)[..., None, None]
    return Bands(side // z.shape[2], _array(attended.weights[0]), _array(weighted[0].square().mean(0)))


def _sampling(module: DeformableConvolution, x: Tensor, side: int) -> Sampling:
    offsets, weights = module.sampling(x)
    grid = sampling_grid(x)
    points = tap_places(grid, offsets, module.dilation)[0]
    paired = offsets[0].reshape(TAPS, 2, *x.shape[2:]).movedim(1, -1)
    return Sampling(side // x.shape[2], module.dilation, _array(points), _array(paired), _array(weights[0]))


def _array(tensor: Tensor) -> Map:
    return tensor.numpy(force=True)
