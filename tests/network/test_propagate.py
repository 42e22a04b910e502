from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import scipy.sparse
import torch

from dynawave.network.propagate import OFFSETS, EdgeAwarePropagation, propagate, structure_kernel


def graph(image: np.ndarray, sigma: float, reach: float) -> scipy.sparse.csr_array:
    """Eq. 11 of one image [c, h, w] as a matrix, pixel pair by pixel pair; `reach` 1 joins sides, 1.5 corners too."""
    pixels = list(np.ndindex(image.shape[1:]))
    matrix = scipy.sparse.lil_array((len(pixels), len(pixels)))
    for i, p in enumerate(pixels):
        for j, q in enumerate(pixels):
            if i != j and np.hypot(p[0] - q[0], p[1] - q[1]) <= reach:
                matrix[i, j] = np.exp(-np.sum((image[:, *p] - image[:, *q]) ** 2) / sigma**2)
    return matrix.tocsr()


def spread(features: np.ndarray, matrix: scipy.sparse.csr_array, steps: int) -> np.ndarray:
    """Random walk of features [C, h, w] on the graph with loops of weight one."""
    looped = matrix + scipy.sparse.eye_array(matrix.shape[0])
    walk = scipy.sparse.diags_array(1 / looped.sum(1)) @ looped
    flat = features.reshape(len(features), -1).T
    for _ in range(steps):
        flat = walk @ flat
    return flat.T.reshape(features.shape)


@pytest.mark.parametrize(("neighbours", "reach"), [(4, 1.0), (8, 1.5)])
@pytest.mark.parametrize("steps", [1, 3])
def test_equals_the_walk_of_a_matrix(neighbours: int, reach: float, steps: int) -> None:
    rng = np.random.default_rng(0)
    image, features = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((2, 2, 4, 5))
    kernel = structure_kernel(torch.from_numpy(image), torch.tensor(1.7, dtype=torch.float64), neighbours)
    assert kernel.shape == (2, neighbours, 4, 5)
    ours = propagate(torch.from_numpy(features), kernel, steps).numpy()
    for n in range(2):
        np.testing.assert_allclose(ours[n], spread(features[n], graph(image[n], 1.7, reach), steps), rtol=1e-9)


def test_the_kernel_is_symmetric_and_ends_at_the_border() -> None:
    kernel = structure_kernel(torch.randn(1, 3, 4, 5), torch.tensor(1.0))[0]
    for edge, (down, across) in zip(kernel, OFFSETS, strict=True):
        back = kernel[OFFSETS.index((-down, -across))]
        for y, x in np.ndindex(4, 5):
            inside = 0 <= y + down < 4 and 0 <= x + across < 5
            assert edge[y, x] == (back[y + down, x + across] if inside else 0)


def test_nothing_crosses_an_edge_of_the_image() -> None:
    """Within the two halves of a step edge features spread, across it they do not."""
    image, z = torch.zeros(1, 1, 6, 8), torch.zeros(1, 1, 6, 8)
    image[..., 4:], z[..., 3] = 5.0, 1.0
    out = propagate(z, structure_kernel(image, torch.tensor(1.0)), 3)
    assert out[..., 4:].max() < 1e-9 and out[..., :4].min() > 0.01
    blind = propagate(z, structure_kernel(image, torch.tensor(1e3)), 3)
    assert blind[..., 4:6].min() > 0.01


def test_a_pixel_unlike_its_neighbours_keeps_its_features() -> None:
    image, z = torch.zeros(1, 1, 5, 5), torch.zeros(1, 1, 5, 5)
    image[..., 2, 2], z[..., 2, 2] = 9.0, 1.0
    torch.testing.assert_close(propagate(z, structure_kernel(image, torch.tensor(1.0)), 5), z)


@pytest.fixture
def layer() -> EdgeAwarePropagation:
    torch.manual_seed(0)
    return EdgeAwarePropagation(8, stride=2)


def test_it_starts_as_identity_and_can_leave_it(layer: EdgeAwarePropagation) -> None:
    z, image = torch.randn(2, 8, 6, 4), torch.randn(2, 3, 12, 8)
    out = layer(z, image)
    assert torch.equal(out, z)
    out.square().sum().backward()
    assert layer.restore.weight.grad is not None and layer.restore.weight.grad.abs().max() > 0


def test_flat_features_stay_as_they_are(layer: EdgeAwarePropagation) -> None:
    torch.nn.init.normal_(layer.restore.weight)
    z = torch.randn(1, 8, 1, 1).expand(1, 8, 6, 4)
    torch.testing.assert_close(layer(z, torch.randn(1, 3, 12, 8)), z)


def test_gradients(layer: EdgeAwarePropagation) -> None:
    """Of features, image and sigma, against finite differences."""
    layer = layer.double()
    torch.nn.init.normal_(layer.restore.weight)
    z = torch.randn(1, 8, 3, 2, dtype=torch.float64, requires_grad=True)
    image = torch.randn(1, 3, 6, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z, image, _: layer(z, image), (z, image, layer.log_sigma))


@pytest.mark.slow
def test_onnx(layer: EdgeAwarePropagation, tmp_path: Path) -> None:
    torch.nn.init.normal_(layer.restore.weight)
    rows, columns = (torch.export.Dim(name, min=8, max=512) for name in ("rows", "columns"))
    shapes = ({2: rows, 3: columns}, {2: 2 * rows, 3: 2 * columns})
    example = (torch.zeros(2, 8, 12, 16), torch.zeros(2, 3, 24, 32))
    program = torch.onnx.export(layer.eval(), example, dynamic_shapes=shapes, opset_version=20, dynamo=True)
    assert program is not None
    program.save(tmp_path / "layer.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "layer.onnx", providers=["CPUExecutionProvider"])
    z, image = torch.randn(2, 8, 10, 9), torch.randn(2, 3, 20, 18)
    names = [i.name for i in session.get_inputs()]
    theirs = session.run(None, dict(zip(names, (z.numpy(), image.numpy()), strict=True)))[0]
    np.testing.assert_allclose(theirs, layer(z, image).detach(), atol=1e-5)
