import numpy as np
import pytest
import torch
from scipy import ndimage

from dynawave.distillation.expert import (
    CERTAIN,
    OCTAVES,
    RULES,
    SIGMA,
    ExpertInjection,
    ExpertMaps,
    at_stride,
    gaussian_kernels,
)

CONTRAST, BLOB, RIDGE = range(3)


def picture(flat: np.ndarray) -> torch.Tensor:
    """A normalised image whose flattened channel is this; the other two are none of the rules' business."""
    image = torch.full((1, 3, *flat.shape), 9.0)
    image[0, 1] = torch.from_numpy(flat)
    return image


def coarser(flat: np.ndarray, factor: int) -> np.ndarray:
    height, width = flat.shape
    return flat.reshape(height // factor, factor, width // factor, factor).mean((1, 3))


@pytest.mark.parametrize("octave", range(OCTAVES))
def test_maps_against_scipy(octave: int) -> None:
    """Gaussian, its Laplacian, and eigenvalues of its Hessian by NumPy, in units of their noise."""
    flat = np.random.default_rng(0).normal(size=(64, 96))
    small = coarser(flat, 2**octave)
    derivative = {
        order: ndimage.gaussian_filter(small, SIGMA, order=order, mode="nearest", truncate=4.0)
        for order in ((0, 0), (2, 0), (0, 2), (1, 1))
    }
    hessian = np.stack([derivative[2, 0], derivative[1, 1], derivative[1, 1], derivative[0, 2]], -1)
    values = np.linalg.eigvalsh(hessian.reshape(*small.shape, 2, 2))
    large = np.take_along_axis(values, np.abs(values).argmax(-1)[..., None], -1)[..., 0]
    small_one = np.take_along_axis(values, np.abs(values).argmin(-1)[..., None], -1)[..., 0]
    ridge = np.sign(large) * (np.abs(large) - np.abs(small_one))
    blob = derivative[2, 0] + derivative[0, 2]
    impulse = np.zeros((41, 41))
    impulse[20, 20] = 1
    smooth_noise = np.linalg.norm(ndimage.gaussian_filter(impulse, SIGMA))
    blob_noise = np.linalg.norm(ndimage.gaussian_laplace(impulse, SIGMA))
    expected = np.stack([-derivative[0, 0] / smooth_noise, blob / blob_noise, ridge / blob_noise])
    found = ExpertMaps()(picture(flat))[octave][0]
    np.testing.assert_allclose(found, np.tanh(expected / CERTAIN), atol=2e-4)


def test_kernels_are_even_odd_even() -> None:
    smooth, first, second = gaussian_kernels(2.0)
    assert smooth.sum() == pytest.approx(1) and second.sum().abs() < 2e-3
    torch.testing.assert_close(first, -first.flip(0))
    torch.testing.assert_close(second, second.flip(0))


def test_rules_know_spots_from_lines() -> None:
    """A dark spot is a blob, a dark line a ridge, whatever its direction; bright ones have the other sign."""
    y, x = np.mgrid[:64, :64]
    spot = -4 * np.exp(-((x - 32.0) ** 2 + (y - 32.0) ** 2) / (2 * 2.0**2))
    for angle in (0.0, 0.6, 1.2):
        line = -4 * np.exp(-((np.sin(angle) * (x - 32) - np.cos(angle) * (y - 32)) ** 2) / (2 * 1.5**2))
        on_line = ExpertMaps()(picture(line))[0][0, :, 32, 32]
        assert on_line[RIDGE] > 0.8 and on_line[CONTRAST] > 0.8
    on_spot = ExpertMaps()(picture(spot))[0][0, :, 32, 32]
    assert on_spot[BLOB] > 0.8 and on_spot[RIDGE].abs() < 0.05
    torch.testing.assert_close(ExpertMaps()(picture(-spot))[0][0, :, 32, 32], -on_spot)


def test_even_metal_says_nothing() -> None:
    for maps in ExpertMaps()(picture(np.zeros((64, 64)))):
        assert maps.abs().max() < 1e-4


def test_maps_at_a_stride_are_means() -> None:
    maps = ExpertMaps()(torch.randn(2, 3, 64, 96))
    found = at_stride(maps, 8)
    assert found.shape == (2, ExpertMaps.channels, 8, 12) and ExpertMaps.channels == len(RULES) * OCTAVES
    np.testing.assert_allclose(found[1, 4], coarser(maps[1][1, 1].numpy(), 4), atol=1e-6)


def test_features_that_hold_the_maps_cost_nothing() -> None:
    """A projection exists that reads them out; any other features cost the mean square."""
    torch.manual_seed(0)
    image = torch.randn(2, 3, 64, 64)
    term = ExpertInjection(ExpertMaps.channels, (4, 8))
    known = [at_stride(ExpertMaps()(image), stride) for stride in (4, 8, 16, 32)]
    with torch.no_grad():
        for project in term.project:
            project.weight.copy_(torch.eye(ExpertMaps.channels)[:, :, None, None])
            project.bias.zero_()
    assert term(image, known).item() == pytest.approx(0, abs=1e-10)
    nothing = [torch.zeros_like(level) for level in known]
    expected = (known[0].square().mean() + known[1].square().mean()) / 2
    assert term(image, nothing).item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_term_teaches_features_and_projection() -> None:
    term = ExpertInjection(5, (8,))
    levels = [torch.randn(1, 5, 64 // s, 64 // s, requires_grad=True) for s in (4, 8, 16, 32)]
    term(torch.randn(1, 3, 64, 64), levels).backward()
    assert [level.grad is not None for level in levels] == [False, True, False, False]
    assert all(p.grad is not None and p.grad.any() for p in term.parameters())
