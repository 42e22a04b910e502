import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from dynawave.network.deformable import TAPS, DeformableConvolution, deformable_depthwise, sampling_grid

Array = NDArray[np.float64]


def bilinear(plane: Array, x: float, y: float) -> float:
    """The value at a point between pixels; zero outside."""
    left, top = int(np.floor(x)), int(np.floor(y))
    total = 0.0
    for row, share_y in ((top, top + 1 - y), (top + 1, y - top)):
        for column, share_x in ((left, left + 1 - x), (left + 1, x - left)):
            if 0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]:
                total += share_x * share_y * plane[row, column]
    return total


def by_loop(x: Array, offsets: Array, modulation: Array, weight: Array, dilation: int) -> Array:
    """Eq. 18 as it stands."""
    out = np.zeros_like(x)
    for n, c, row, column in np.ndindex(*x.shape):
        for k in range(TAPS):
            dx, dy = offsets[n, 2 * k : 2 * k + 2, row, column]
            at_x, at_y = column + (k % 3 - 1) * dilation + dx, row + (k // 3 - 1) * dilation + dy
            out[n, c, row, column] += weight[c, k] * modulation[n, k, row, column] * bilinear(x[n, c], at_x, at_y)
    return out


def draw(height: int, width: int, reach: float, seed: int = 0) -> tuple[torch.Tensor, ...]:
    """Input, offsets, modulation and weight in float64; offsets reach `reach` pixels."""
    rng = np.random.default_rng(seed)
    arrays = (
        rng.standard_normal((2, 2, height, width)),
        rng.uniform(-reach, reach, (2, 2 * TAPS, height, width)),
        rng.uniform(0, 2, (2, TAPS, height, width)),
        rng.standard_normal((2, TAPS)),
    )
    return tuple(torch.from_numpy(array) for array in arrays)


@pytest.mark.parametrize(("reach", "dilation"), [(0.9, 1), (2.5, 3), (12.0, 2)])
def test_equals_a_loop_over_bilinear_samples(reach: float, dilation: int) -> None:
    """The last one samples mostly outside the image."""
    tensors = draw(5, 7, reach)
    expected = by_loop(*(t.numpy() for t in tensors), dilation=dilation)
    np.testing.assert_allclose(deformable_depthwise(*tensors, dilation).numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_without_offsets_it_is_a_dilated_convolution(dilation: int) -> None:
    x, offsets, modulation, weight = draw(9, 8, 1.0)
    ours = deformable_depthwise(x, torch.zeros_like(offsets), torch.ones_like(modulation), weight, dilation)
    plain = F.conv2d(x, weight.view(2, 1, 3, 3), padding=dilation, dilation=dilation, groups=2)
    torch.testing.assert_close(ours, plain)


def test_whole_offsets_shift_the_convolution() -> None:
    """(2, -1) is two columns to the right and one row up, for every tap."""
    x, offsets, modulation, weight = draw(9, 8, 1.0)
    offsets = torch.tensor([2.0, -1.0], dtype=x.dtype).repeat(TAPS).view(1, -1, 1, 1).expand_as(offsets)
    ours = deformable_depthwise(x, offsets, torch.ones_like(modulation), weight, 1)
    shifted = F.pad(x, (-1, 3, 2, 0))  # padding of one, moved by the offset
    torch.testing.assert_close(ours, F.conv2d(shifted, weight.view(2, 1, 3, 3), groups=2))


def test_gradients() -> None:
    """Away from whole positions, where a bilinear sample has a corner."""
    x, offsets, modulation, weight = draw(3, 4, 1.6)
    offsets = torch.where((offsets - offsets.round()).abs() < 0.05, offsets + 0.1, offsets)
    inputs = tuple(t[:1] if t.ndim == 4 else t for t in (x, offsets, modulation, weight))
    for tensor in inputs:
        tensor.requires_grad_()
    assert torch.autograd.gradcheck(lambda *t: deformable_depthwise(*t, 2), inputs)


@pytest.mark.parametrize("dilation", [1, 3])
def test_the_module_starts_as_a_dilated_convolution(dilation: int) -> None:
    module = DeformableConvolution(4, dilation)
    x = torch.randn(1, 4, 10, 12)
    plain = F.conv2d(x, module.weight.view(4, 1, 3, 3), padding=dilation, dilation=dilation, groups=4)
    torch.testing.assert_close(module(x), plain)


def test_the_module_uses_its_predictions() -> None:
    """Bias alone: every tap one column to the right, at a modulation of 2 sigmoid(1)."""
    module = DeformableConvolution(2, 1)
    assert module.predict.bias is not None
    bias = torch.zeros(3 * TAPS)
    bias[0 : 2 * TAPS : 2], bias[2 * TAPS :] = 1.0, 1.0
    module.predict.bias.data = bias
    x = torch.randn(1, 2, 6, 6)
    plain = F.conv2d(F.pad(x, (0, 2, 1, 1)), module.weight.view(2, 1, 3, 3), groups=2)
    torch.testing.assert_close(module(x), plain * 2 * torch.sigmoid(torch.tensor(1.0)))
    module(x).sum().backward()
    assert module.predict.weight.grad is not None and module.predict.weight.grad.abs().sum() > 0


def test_the_grid_names_columns_then_rows() -> None:
    grid = sampling_grid(torch.zeros(1, 1, 3, 5))
    assert grid.shape == (1, 3, 5, 2) and grid[0, 2, 4].tolist() == [4, 2]
