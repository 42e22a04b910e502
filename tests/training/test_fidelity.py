import numpy as np
import pytest
import pywt
import torch
from skimage.metrics import structural_similarity

from dynawave.network.wavelet import WaveletTransform
from dynawave.training.fidelity import similarity_loss, wave_loss


def fields() -> tuple[np.ndarray, np.ndarray]:
    """A target with two flaws, and a blurred, unsure answer to it."""
    rng = np.random.default_rng(0)
    target = np.zeros((2, 1, 32, 40))
    target[0, 0, 8:12, 6:30], target[1, 0, 20:26, 20:24] = 1, 0.6
    answer = 0.6 * target + 0.3 * np.roll(target, 2, 3) + 0.05 * rng.random(target.shape)
    return answer, target


def test_similarity_equals_scikit_image() -> None:
    """Whose mean leaves the border out as well; as in Wang et al. 2004."""
    answer, target = fields()
    expected = [
        structural_similarity(a[0], t[0], data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
        for a, t in zip(answer, target, strict=True)
    ]
    ours = similarity_loss(torch.from_numpy(answer), torch.from_numpy(target))
    assert ours.item() == pytest.approx(1 - np.mean(expected), rel=1e-9)
    assert 0.1 < ours.item() < 0.9


def test_similarity_with_itself() -> None:
    _, target = fields()
    assert similarity_loss(*[torch.from_numpy(target)] * 2).item() == pytest.approx(0, abs=1e-9)


def test_gradient_of_similarity() -> None:
    answer, target = (torch.from_numpy(part[1:, :, 14:28, 14:28]) for part in fields())
    assert torch.autograd.gradcheck(lambda a: similarity_loss(a, target), answer.requires_grad_())


def features(*sizes: int, images: int = 2) -> list[tuple[torch.Tensor, torch.Tensor]]:
    rng = torch.Generator().manual_seed(0)
    pairs = torch.randn(len(sizes), 2, images, 3, max(sizes), max(sizes), dtype=torch.float64, generator=rng)
    return [(a[..., :size, :size], b[..., :size, :size]) for size, (a, b) in zip(sizes, pairs, strict=True)]


def bands(z: np.ndarray) -> list[np.ndarray]:
    average, details = pywt.dwt2(z, "haar")
    return [average, *details]


def test_wave_loss_equals_pywavelets() -> None:
    """Sub-band by sub-band, level by level, by Eq. 30."""
    pairs = features(8, 4)
    expected = 0.0
    for a, b in pairs:
        distances = [
            np.sum((p / np.linalg.norm(p) - q / np.linalg.norm(q)) ** 2)
            for n in range(2)
            for p, q in zip(bands(a[n].numpy()), bands(b[n].numpy()), strict=True)
        ]
        expected += np.mean(distances)
    assert wave_loss(WaveletTransform("haar", 3), pairs).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("wavelet", ["haar", "db2"])
def test_wave_loss_knows_neither_scale_nor_size(wavelet: str) -> None:
    transform = WaveletTransform(wavelet, 3)
    pairs = features(8)
    (a, b), whole = pairs[0], wave_loss(transform, pairs).item()
    assert wave_loss(transform, [(1e-3 * a, 50 * b)]).item() == pytest.approx(whole)
    repeated = wave_loss(WaveletTransform("haar", 3), [(a.repeat(1, 1, 4, 4), b.repeat(1, 1, 4, 4))])
    assert repeated.item() == pytest.approx(wave_loss(WaveletTransform("haar", 3), pairs).item())
    assert wave_loss(transform, [(a, 2 * a)]).item() == pytest.approx(0, abs=1e-9)
    assert wave_loss(transform, [(a, -a)]).item() == pytest.approx(4)


def test_features_without_detail_are_no_way_out() -> None:
    """Nothing at all is as far off as what is unrelated; a constant agrees in one band of four."""
    zero, constant = torch.zeros(1, 3, 8, 8), torch.ones(1, 3, 8, 8)
    transform = WaveletTransform("haar", 3)
    assert wave_loss(transform, [(zero, zero)]).item() == pytest.approx(2)
    assert wave_loss(transform, [(constant, constant)]).item() == pytest.approx(1.5)


def test_gradient_of_wave_loss() -> None:
    ((a, b),) = features(4, images=1)
    transform = WaveletTransform("haar", 3)
    assert torch.autograd.gradcheck(
        lambda a, b: wave_loss(transform, [(a, b)]), (a.requires_grad_(), b.requires_grad_())
    )
