"""Evidence against networks whose gradients are worked by hand."""

import numpy as np
import torch
from torch import Tensor, nn

from dynawave.explain.evidence import SIDES, class_evidence, flaw_evidence, side_evidence
from dynawave.network.heads import BoxHead
from dynawave.network.model import activate


class _LinearHead(BoxHead):
    """A 1 x 1 head: flaw logit w . z, kinds V z, distances 10 + sums of 5 x 5 px shifted to one side."""

    def __init__(self, weights: list[float], kinds: list[list[float]]) -> None:
        nn.Module.__init__(self)
        self.tower = nn.Identity()
        self.w, self.v = torch.tensor(weights), torch.tensor(kinds)

    def forward(self, decoded: Tensor, relate: object = None) -> dict[str, Tensor]:
        shared = self.tower(decoded)
        return {
            "flaw": torch.einsum("c,nchw->nhw", self.w, shared)[:, None],
            "kinds": torch.einsum("kc,nchw->nkhw", self.v, shared),
        }


class _Toy(nn.Module):
    """Features: means of 4 x 4 px of each channel of the image. Distances look 8 px to the left, up, right, down."""

    def __init__(self, weights: list[float], kinds: list[list[float]] | None = None) -> None:
        super().__init__()
        self.head = _LinearHead(weights, kinds or [[0.0] * len(weights)] * 2)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        decoded = nn.functional.avg_pool2d(image, 4)
        grey = decoded.sum(1, keepdim=True)
        shifted = [grey.roll(by, axis) for by, axis in ((2, 3), (2, 2), (-2, 3), (-2, 2))]
        cells = torch.zeros_like(grey)
        outputs = self.head(decoded, None) | {
            "boxes": torch.cat(shifted, 1),
            "spread": cells.expand(-1, 4, -1, -1),
            "iou": cells,
            "field": nn.functional.interpolate(cells, scale_factor=2),
            "image_scores": cells[..., 0, 0],
        }
        return activate(outputs)


TILE = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
FEATURES = nn.functional.avg_pool2d(TILE, 4)[0].numpy()


def at(*cells: tuple[int, int]) -> np.ndarray:
    chosen = np.zeros((8, 8), bool)
    chosen[tuple(np.transpose(cells))] = True
    return chosen


def test_of_a_linear_head_grad_cam_is_its_logit_cut_at_zero() -> None:
    """d logit / d z is w at the cell and 0 elsewhere, so the mean gradient of 64 cells is w / 64."""
    weights = [1.0, -2.0, 0.5]
    heat = flaw_evidence(_Toy(weights), TILE, at((3, 4)))
    expected = np.maximum(np.tensordot(weights, FEATURES, 1) / 64, 0)
    assert 0 < (expected > 0).mean() < 1
    np.testing.assert_allclose(heat, expected, atol=1e-6)


def test_two_cells_weigh_twice() -> None:
    toy = _Toy([1.0, -2.0, 0.5])
    one, two = (flaw_evidence(toy, TILE, at(*cells)) for cells in ([(3, 4)], [(3, 4), (6, 1)]))
    np.testing.assert_allclose(two, 2 * one, atol=1e-6)


def test_class_evidence_is_of_the_difference_between_two_kinds() -> None:
    """With two kinds the log-odds of the first are (v1 - v2) . z; the flaw's own score plays no part."""
    first, second = np.array([1.0, 0.0, -1.0]), np.array([0.5, 1.0, 0.0])
    toy = _Toy([3.0, 3.0, 3.0], [first.tolist(), second.tolist()])
    heat = class_evidence(toy, TILE, at((2, 2)), 0)
    expected = np.maximum(np.tensordot(first - second, FEATURES, 1) / 64, 0)
    np.testing.assert_allclose(heat, expected, atol=1e-5)


def test_sides_rest_on_the_pixels_that_their_distances_look_at() -> None:
    heats = side_evidence(_Toy([0.0, 0.0, 0.0]), TILE, (4, 4))
    middle = 4 * 4 + 1.5
    expected = {"left": (middle, middle - 8), "top": (middle - 8, middle), "right": (middle, middle + 8)}
    for side, place in expected.items():
        rows, columns = np.indices(heats[side].shape)
        centre = [(heats[side] * axis).sum() / heats[side].sum() for axis in (rows, columns)]
        np.testing.assert_allclose(centre, place, atol=0.5, err_msg=side)
    assert set(heats) == set(SIDES)
