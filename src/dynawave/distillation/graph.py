"""Structural consistency via graph-regularised embeddings (paper 3.4.3, Eq. 40-43)."""

import torch
from torch import Tensor, nn

from dynawave.network.heads import STRIDE
from dynawave.network.regions import overlaps, pool_regions, strongest_boxes

PARTS = 3
"""A box is seen in so many parts a side."""

COVARIANCE = 0.04
"""Weight of decorrelation beside spread: 1 to 25, as in Bardes et al. 2022."""


def edge_weights(boxes: Tensor, overlap: float, locality: float) -> Tensor:
    """Weights of the graph's edges: boxes [N, k, 4] in pixels to [N, k, k], 0 where there is no edge.

    An edge joins two boxes of one image whose IoU exceeds `overlap` (40); it weighs exp(-||c_i - c_j||^2 / sigma^2)
    with sigma = `locality` pixels between the centres (41). Each pair stands once, above the diagonal.
    """
    centres = (boxes[..., :2] + boxes[..., 2:]) / 2
    apart = (centres[..., :, None, :] - centres[..., None, :, :]).square().sum(-1)
    joined = (overlaps(boxes) > overlap).triu(1)
    return torch.exp(-apart / locality**2) * joined


def smoothness_loss(embeddings: Tensor, weights: Tensor) -> Tensor:
    """L_graph = sum_E w_ij ||f_i - f_j||^2 (43), over the number of edges and of dimensions.

    Args:
        embeddings: [N, k, d].
        weights: of `edge_weights`.
    """
    images, i, j = weights.nonzero(as_tuple=True)
    apart = (embeddings[images, i] - embeddings[images, j]).square().mean(-1)
    return (weights[images, i, j] * apart).sum() / max(1, len(images))


def spread_loss(embeddings: Tensor) -> Tensor:
    """What keeps embeddings [n, d] from all becoming one, which (43) alone would like best.

    It is 0 where every dimension has a standard deviation of one or more over the boxes, and no two tell the same.

    Source: variance and covariance terms of Bardes, Ponce and LeCun 2022 (VICReg).
    """
    centred = embeddings - embeddings.mean(0)
    covariance = centred.T @ centred / max(1, len(embeddings) - 1)
    deviation = torch.sqrt(covariance.diagonal() + 1e-4)
    others = covariance - torch.diag(covariance.diagonal())
    return torch.relu(1 - deviation).mean() + COVARIANCE * others.square().sum() / len(covariance)


class BoxGraph(nn.Module):
    """Overlapping boxes should look alike to the network, and boxes in all not.

    The boxes say where to look and are not moved by this term: no gradient flows through them.

    Args:
        channels: of the features.
        boxes: nodes an image, by falling flaw score.
        overlap: tau (40).
        locality: sigma (41) in pixels.
        dimensions: of an embedding.
    """

    def __init__(self, channels: int, boxes: int, overlap: float, locality: float, dimensions: int = 32) -> None:
        super().__init__()
        self.boxes, self.overlap, self.locality = boxes, overlap, locality
        self.project = nn.Sequential(
            nn.Linear(channels * PARTS**2, 2 * dimensions), nn.ReLU(), nn.Linear(2 * dimensions, dimensions)
        )

    def embed(self, decoded: Tensor, boxes: Tensor) -> Tensor:
        """f_i = phi(z(b_i)) (42): features [N, C, H/4, W/4] and boxes [N, k, 4] to [N, k, d]."""
        out: Tensor = self.project(pool_regions(decoded, boxes, STRIDE, PARTS).flatten(2))
        return out

    def forward(self, decoded: Tensor, flaw: Tensor, distances: Tensor) -> Tensor:
        """The term: decoded features [N, C, H/4, W/4] (27), flaw logits and distances of the box head."""
        boxes = strongest_boxes(flaw.detach(), distances.detach(), self.boxes).boxes
        embeddings = self.embed(decoded, boxes)
        weights = edge_weights(boxes, self.overlap, self.locality)
        return smoothness_loss(embeddings, weights) + spread_loss(embeddings.flatten(0, 1))
