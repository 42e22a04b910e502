import numpy as np
import pytest
import pywt
import torch

from dynawave.network.wavelet import LOWPASS, SUBBANDS, WaveletTransform


def image(height: int, width: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).standard_normal((2, 3, height, width)))


def reference(pixels: np.ndarray, wavelet: str) -> np.ndarray:
    """PyWavelets in our order: its horizontal detail is our LH, its vertical detail our HL."""
    average, (horizontal, vertical, diagonal) = pywt.dwt2(pixels, wavelet)
    return np.stack([average, horizontal, vertical, diagonal], -3)


@pytest.mark.parametrize("size", [(8, 8), (10, 6), (2, 2)])
def test_haar_equals_pywavelets(size: tuple[int, int]) -> None:
    z = image(*size)
    np.testing.assert_allclose(WaveletTransform("haar", 3)(z).numpy(), reference(z.numpy(), "haar"), atol=1e-6)


def test_db2_equals_pywavelets_within() -> None:
    """Our window lies symmetrically about a pair of pixels; PyWavelets' begins one pixel earlier."""
    z = image(16, 20)
    ours = WaveletTransform("db2", 3)(z).numpy()
    assert ours.shape == (2, 3, 4, 8, 10)
    theirs = reference(z.numpy()[..., 1:, 1:], "db2")
    np.testing.assert_allclose(ours[..., 1:-1, 1:-1], theirs[..., 1:7, 1:9], atol=1e-6)


@pytest.mark.parametrize("wavelet", LOWPASS)
def test_filters_are_those_of_pywavelets(wavelet: str) -> None:
    np.testing.assert_allclose(LOWPASS[wavelet], pywt.Wavelet(wavelet).dec_lo, atol=1e-12)


@pytest.mark.parametrize("wavelet", LOWPASS)
def test_names_of_the_orientations(wavelet: str) -> None:
    """Horizontal stripes answer in LH alone, vertical ones in HL, a chessboard in HH."""
    stripes = torch.tensor([1.0, -1.0]).repeat(8)
    patterns = {
        "LL": torch.ones(16, 16),
        "LH": stripes[:, None].expand(16, 16),
        "HL": stripes.expand(16, 16),
        "HH": stripes[:, None] * stripes,
    }
    for name, pattern in patterns.items():
        bands = WaveletTransform(wavelet, 1)(pattern[None, None])[0, 0, :, 1:-1, 1:-1]
        energy = dict(zip(SUBBANDS, bands.square().sum((1, 2)).tolist(), strict=True))
        assert energy[name] > 1 and sum(energy.values()) == pytest.approx(energy[name], rel=1e-4)


def test_haar_keeps_the_energy() -> None:
    z = image(12, 8)
    assert WaveletTransform("haar", 3)(z).square().sum().item() == pytest.approx(z.square().sum().item(), rel=1e-6)


def test_db2_keeps_the_energy_of_what_lies_within() -> None:
    z = torch.zeros(1, 1, 16, 16)
    z[..., 5:11, 5:11] = torch.randn(6, 6)
    assert WaveletTransform("db2", 1)(z).square().sum().item() == pytest.approx(z.square().sum().item(), rel=1e-5)


def test_an_unknown_wavelet_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown wavelet 'sym4'.*haar, db2"):
        WaveletTransform("sym4", 3)


def test_a_weights_file_holds_no_kernels() -> None:
    assert not WaveletTransform("db2", 3).state_dict()
