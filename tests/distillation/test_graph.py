import numpy as np
import pytest
import torch

from dynawave.distillation.graph import BoxGraph, edge_weights, smoothness_loss, spread_loss

BOXES = torch.tensor([[[0, 0, 20, 20], [4, 0, 24, 20], [8, 0, 28, 20], [60, 60, 70, 70]]], dtype=torch.float64)
"""Three that overlap in a row, and one apart."""


def iou(a: np.ndarray, b: np.ndarray) -> float:
    common = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def test_edges_against_a_loop() -> None:
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 40, (2, 9, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(5, 40, (2, 9, 2))], -1)
    expected = np.zeros((2, 9, 9))
    for image in range(2):
        for i in range(9):
            for j in range(i + 1, 9):
                a, b = boxes[image, i], boxes[image, j]
                if iou(a, b) > 0.2:
                    centres = (a[:2] + a[2:]) / 2 - (b[:2] + b[2:]) / 2
                    expected[image, i, j] = np.exp(-(centres**2).sum() / 16**2)
    found = edge_weights(torch.from_numpy(boxes), 0.2, 16)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert 5 < (expected > 0).sum() < 50


def test_smoothness_by_hand() -> None:
    """0-1 and 1-2 overlap by two thirds; 0-2 by 0.43."""
    weights = edge_weights(BOXES, 0.5, 8)
    f = torch.randn(1, 4, 5, dtype=torch.float64)
    w = np.exp(-(4**2) / 8**2)
    expected = w * (((f[0, 0] - f[0, 1]) ** 2).mean() + ((f[0, 1] - f[0, 2]) ** 2).mean()).item() / 2
    assert smoothness_loss(f, weights).item() == pytest.approx(expected, rel=1e-9)


def test_identical_embeddings_cost_nothing() -> None:
    weights = edge_weights(BOXES, 0.1, 32)
    assert smoothness_loss(torch.randn(1, 1, 5, dtype=torch.float64).expand(1, 4, 5), weights) == 0


def test_only_connected_boxes_move() -> None:
    weights = edge_weights(BOXES, 0.1, 32)
    f = torch.randn(1, 4, 5, dtype=torch.float64, requires_grad=True)
    smoothness_loss(f, weights).backward()
    assert f.grad is not None
    assert f.grad[0, :3].abs().amin(0).min() > 0 and not f.grad[0, 3].any()
    assert torch.autograd.gradcheck(lambda e: smoothness_loss(e, weights), (f,))


def test_no_edge_no_loss() -> None:
    f = torch.randn(1, 4, 5, dtype=torch.float64, requires_grad=True)
    loss = smoothness_loss(f, edge_weights(BOXES, 0.99, 32))
    loss.backward()
    assert loss == 0


def test_collapse_costs() -> None:
    """One point for all costs about one; a line, however long, more than a cloud; a wide cloud next to nothing."""
    generator = torch.Generator().manual_seed(0)
    cloud = torch.randn(2000, 8, generator=generator, dtype=torch.float64)
    point, line, wide = cloud[:1].expand(2000, 8), cloud[:, :1].expand(2000, 8), 1.2 * cloud
    assert spread_loss(point).item() == pytest.approx(0.99, abs=0.01)
    assert spread_loss(line) > spread_loss(cloud) + 0.2
    assert spread_loss(wide) < 0.01
    few = torch.randn(6, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(spread_loss, (few,))


def test_spread_against_numpy() -> None:
    x = np.random.default_rng(1).normal(0, 0.5, (20, 4))
    covariance = np.cov(x.T)
    hinge = np.maximum(0, 1 - np.sqrt(np.diag(covariance) + 1e-4)).mean()
    others = (covariance**2).sum() - (np.diag(covariance) ** 2).sum()
    assert spread_loss(torch.from_numpy(x)).item() == pytest.approx(hinge + others / 4 / 25, rel=1e-9)


def test_the_term_teaches_features_not_boxes() -> None:
    """Gradients reach the features and the projection, and neither scores nor boxes."""
    torch.manual_seed(0)
    graph = BoxGraph(6, boxes=10, overlap=0.3, locality=32, dimensions=4)
    decoded = torch.randn(2, 6, 8, 8, requires_grad=True)
    flaw = torch.randn(2, 1, 8, 8, requires_grad=True)
    distances = torch.full((2, 4, 8, 8), 12.0, requires_grad=True)
    graph(decoded, flaw, distances).backward()
    assert flaw.grad is None and distances.grad is None
    assert decoded.grad is not None and decoded.grad.any()
    assert all(p.grad is not None and p.grad.any() for p in graph.project.parameters())


def test_descent_joins_what_overlaps_and_keeps_the_rest_apart() -> None:
    torch.manual_seed(0)
    f = torch.randn(1, 40, 4, requires_grad=True)
    boxes = torch.rand(1, 40, 2) * 200
    boxes = torch.cat([boxes, boxes + 20], -1)
    boxes[:, 1::2] = boxes[:, ::2] + 2  # pairs that nearly coincide
    weights = edge_weights(boxes, 0.5, 16)
    optimizer = torch.optim.Adam([f], lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        (smoothness_loss(f, weights) + spread_loss(f.flatten(0, 1))).backward()
        optimizer.step()
    pairs = (f[0, 1::2] - f[0, ::2]).square().mean()
    strangers = (f[0, ::2] - f[0, ::2].roll(1, 0)).square().mean()
    assert pairs < 0.05 * strangers and strangers > 0.5
