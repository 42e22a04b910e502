"""Which parts of a tile speak for a score (Grad-CAM), and which pixels decide where the sides of a box are."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import torch
from captum.attr import LayerGradCam, Saliency
from numpy.typing import NDArray
from torch import Tensor, nn

from dynawave.explain.trace import Map
from dynawave.network.heads import STRIDE, BoxHead

SIDES: Final = ("left", "top", "right", "bottom")
LEAST: Final = 1e-6
"""Probabilities are kept this far from 0 and 1, where their log-odds end."""
SMOOTHING: Final = STRIDE
"""Sigma in pixels over which a side's gradient is averaged: single pixels of it are as good as noise."""

Cells = NDArray[np.bool_]


def flaw_evidence(network: nn.Module, tile: Tensor, cells: Cells) -> Map:
    """Grad-CAM of the flaw score: what on the tile has the features that raise it.

    The channels of the box head's input are weighted by the mean gradient of the log-odds of a flaw at `cells`, summed,
    and cut at zero (Selvaraju et al. 2017, Eq. 1-2).

    Args:
        network: an `InContext`, ready to predict.
        tile: [1, 3, H, W], as `normalise` makes it.
        cells: which cells' scores, [H/4, W/4].

    Returns:
        [H/4, W/4], zero or more.
    """
    chosen = torch.from_numpy(cells)

    def score(batch: Tensor) -> Tensor:
        flaw: Tensor = network(batch)["scores"].sum(1)
        return torch.logit(flaw, LEAST)[:, chosen].sum(1)

    return _grad_cam(network, tile, score)


def class_evidence(network: nn.Module, tile: Tensor, cells: Cells, index: int) -> Map:
    """Grad-CAM of a class, given that there is a flaw (6): what tells it from the others; as `flaw_evidence`."""
    chosen = torch.from_numpy(cells)

    def score(batch: Tensor) -> Tensor:
        scores: Tensor = network(batch)["scores"]
        return torch.logit(scores[:, index] / scores.sum(1), LEAST)[:, chosen].sum(1)

    return _grad_cam(network, tile, score)


def side_evidence(network: nn.Module, tile: Tensor, cell: tuple[int, int]) -> dict[str, Map]:
    """Which pixels move the sides of the box that one cell predicts.

    Args:
        network: an `InContext`, ready to predict.
        tile: [1, 3, H, W], as `normalise` makes it.
        cell: row and column of the cell at stride 4.

    Returns:
        By side: the absolute gradient of its distance, summed over the input's channels and averaged over `SMOOTHING`
        pixels, [H, W].
    """

    def distances(batch: Tensor) -> Tensor:
        sides: Tensor = network(batch)["boxes"]
        return sides[:, :, cell[0], cell[1]]

    saliency, tile = Saliency(distances), tile.clone().requires_grad_()
    gradients = {side: saliency.attribute(tile, target=k)[0].sum(0).numpy() for k, side in enumerate(SIDES)}
    return {side: np.asarray(cv2.GaussianBlur(g, (0, 0), SMOOTHING), np.float32) for side, g in gradients.items()}


def _grad_cam(network: nn.Module, tile: Tensor, score: Callable[[Tensor], Tensor]) -> Map:
    head = next(module for module in network.modules() if isinstance(module, BoxHead))
    heat = LayerGradCam(score, head.tower).attribute(tile, attribute_to_layer_input=True, relu_attributions=True)
    assert isinstance(heat, Tensor)
    return heat[0, 0].numpy(force=True)
