import numpy as np
import pytest
import torch

from dynawave.explain.load import InContext
from dynawave.explain.trace import Sampling, trace
from dynawave.network.deformable import DeformableConvolution
from dynawave.network.model import DynaWaveNet, activate

TILE = torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def network() -> InContext:
    torch.manual_seed(0)
    return made(classes=2)


def made(**parts: object) -> InContext:
    return InContext(DynaWaveNet(width=12, pretrained=False, **parts).eval(), None)  # type: ignore[arg-type]


def sampling(points: list[list[float]], weights: list[float], side: int = 4) -> Sampling:
    """Taps that sample at the same points whatever the cell; only cell (0, 0) has weight."""
    places = np.zeros((9, side, side, 2), np.float32)
    weight = np.zeros((9, side, side), np.float32)
    places[: len(points), 0, 0], weight[: len(points), 0, 0] = points, weights
    return Sampling(8, 1, places, np.zeros_like(places), weight)


def test_every_part_is_noted_at_its_stride(network: InContext) -> None:
    noted = trace(network, TILE)
    assert [level.stride for level in noted.bands] == [4, 8, 16]
    assert [gate.stride for gate in noted.gates] == [8, 16, 32]
    assert [(s.stride, s.dilation) for s in noted.samplings] == [(s, d) for s in (8, 16, 32) for d in (1, 2, 3)]
    assert noted.bands[0].alphas.shape == (4, 12) and noted.bands[0].energy.shape == (4, 8, 12)
    assert noted.gates[0].values.shape == (8, 12)
    assert noted.samplings[0].points.shape == (9, 8, 12, 2)


def test_outputs_are_those_of_the_network_and_no_hook_stays(network: InContext) -> None:
    noted = trace(network, TILE)
    with torch.inference_mode():
        plain = activate(network.network(TILE))
    for name, value in plain.items():
        np.testing.assert_array_equal(noted.outputs[name], value[0].numpy())
    assert not any(module._forward_hooks for module in network.modules())


def test_what_is_switched_off_is_absent() -> None:
    bare = made(dgae_levels=(), fdsa=False, fadsf=False)
    noted = trace(bare, TILE)
    assert (noted.bands, noted.gates, noted.samplings) == ((), (), ())


def test_without_offsets_the_points_are_the_dilated_grid(network: InContext) -> None:
    """A new network predicts no offsets."""
    for branch in trace(network, TILE).samplings:
        taps = branch.points[:, 1, 2]
        expected = [(2 + branch.dilation * dx, 1 + branch.dilation * dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        np.testing.assert_allclose(taps, expected)
        assert not branch.shift_px.any()
        np.testing.assert_array_equal(branch.weights, 1)


def test_offsets_move_the_points_by_as_many_cells() -> None:
    network = made(dgae_levels=(16,))
    branch = next(m for m in network.modules() if isinstance(m, DeformableConvolution))
    assert branch.predict.bias is not None
    with torch.no_grad():
        branch.predict.bias[8:10] = torch.tensor([3.0, 4.0])  # the middle tap
    noted = trace(network, TILE).samplings[0]
    np.testing.assert_allclose(noted.points[4, 1, 2], (5, 5))
    np.testing.assert_allclose(noted.shift_px[:, 1, 2], [0, 0, 0, 0, 5 * 16, 0, 0, 0, 0])


def test_density_shares_a_point_among_its_four_cells() -> None:
    density = sampling([[1.25, 2.5], [3.0, 3.0]], [2.0, 1.0]).density()
    expected = np.zeros((4, 4))
    expected[2:4, 1:3] = [[0.75, 0.25], [0.75, 0.25]]
    expected[3, 3] = 1
    np.testing.assert_allclose(density, expected)


def test_density_beyond_the_border_is_lost() -> None:
    density = sampling([[-0.5, 0.0], [9.0, 1.0]], [1.0, 1.0]).density()
    assert density[0, 0] == pytest.approx(0.5) and density.sum() == pytest.approx(0.5)


def test_energy_is_that_of_the_weighted_band() -> None:
    """Of an even image the detail bands are empty; of a checkerboard HH alone has energy."""
    from dynawave.explain.trace import _bands
    from dynawave.network.fdsa import FrequencySelectiveAttention

    module = FrequencySelectiveAttention(4).eval()
    board = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(4, 4)[None, None].expand(1, 4, 8, 8)
    with torch.no_grad():
        noted = _bands(module, board, module(board), 32)
    assert noted.stride == 4
    np.testing.assert_allclose(noted.energy[:3], 0, atol=1e-10)
    # Haar gives +-2 for the board, and the mean of that is weighed by alpha = sigmoid(W2 relu(W1 mean))
    np.testing.assert_allclose(noted.energy[3], np.mean((noted.alphas[3] * 2) ** 2), rtol=1e-5)
