import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dynawave.network.fdsa import FrequencySelectiveAttention


@pytest.fixture
def attention() -> FrequencySelectiveAttention:
    torch.manual_seed(0)
    return FrequencySelectiveAttention(8).eval()


def test_weights_by_hand(attention: FrequencySelectiveAttention) -> None:
    """Eq. 23, one sub-band and one image at a time, through the one perceptron."""
    bands = torch.randn(2, 8, 4, 5, 6)
    w1, w2 = attention.inner.weight.detach().numpy(), attention.outer.weight.detach().numpy()
    alpha = attention.attention(bands).detach().numpy()
    assert alpha.shape == (2, 4, 8) and w1.shape == (2, 8) and w2.shape == (8, 2)
    for n, s in np.ndindex(2, 4):
        pooled = np.array([np.abs(bands[n, c, s].numpy()).mean() for c in range(8)])
        expected = 1 / (1 + np.exp(-w2 @ np.maximum(w1 @ pooled, 0)))
        np.testing.assert_allclose(alpha[n, s], expected, rtol=1e-5)


def test_weights_stay_between_zero_and_one(attention: FrequencySelectiveAttention) -> None:
    weights = attention(20 * torch.randn(3, 8, 12, 8)).weights
    assert weights.min() > 0 and weights.max() < 1 and weights.std() > 0.01


def test_detail_counts(attention: FrequencySelectiveAttention) -> None:
    """A band of stripes and an empty one, both of mean zero, get different weights."""
    torch.nn.init.ones_(attention.inner.weight)  # none of its sums is cut off by the ReLU
    z = torch.zeros(1, 8, 8, 8)
    z[..., ::2], z[..., 1::2] = 3.0, -3.0  # only the horizontal detail band holds anything
    details = attention(z).weights[0, 1:]
    strong = details.sub(0.5).abs().amax(1)
    assert torch.count_nonzero(strong > 0.01) == 1 and strong.sort().values[1] < 1e-6


def test_the_perceptron_is_shared(attention: FrequencySelectiveAttention) -> None:
    """Sub-bands that change places take their weights along."""
    bands, order = torch.randn(1, 8, 4, 3, 3), [2, 0, 3, 1]
    torch.testing.assert_close(attention.attention(bands[:, :, order]), attention.attention(bands)[:, order])


def test_sum_and_fusion_by_hand(attention: FrequencySelectiveAttention) -> None:
    """Eq. 24 and 25: weighted sum, raised to the size of the input, concatenated, 1 x 1 convolution."""
    z = torch.randn(2, 8, 8, 12)
    torch.nn.init.normal_(attention.merge.weight)
    fused, wave, weights = attention(z)
    bands = attention.transform(z)
    total = torch.zeros(2, 8, 4, 6)
    for n, c, s in np.ndindex(2, 8, 4):
        total[n, c] += weights[n, s, c].detach() * bands[n, c, s]
    torch.testing.assert_close(wave, F.interpolate(total, size=(8, 12), mode="bilinear", align_corners=False))
    merged = torch.einsum("oc,nchw->nohw", attention.merge.weight[:, :, 0, 0], torch.cat([z, wave], 1))
    # a new batch norm only divides by sqrt(1 + epsilon)
    torch.testing.assert_close(fused, merged.clamp(min=0) / np.sqrt(1 + 1e-5), atol=1e-5, rtol=1e-4)


def test_it_begins_as_its_input(attention: FrequencySelectiveAttention) -> None:
    z = torch.randn(2, 8, 4, 6)
    torch.testing.assert_close(attention(z).fused, z.clamp(min=0) / np.sqrt(1 + 1e-5))


@pytest.mark.parametrize("wavelet", ["haar", "db2"])
@pytest.mark.parametrize("size", [(2, 6), (4, 4), (10, 16)])
def test_shapes(wavelet: str, size: tuple[int, int]) -> None:
    """The smallest is what an image of 32 x 96 px leaves at stride 16."""
    fused, wave, weights = FrequencySelectiveAttention(8, wavelet)(torch.randn(2, 8, *size))
    assert fused.shape == wave.shape == (2, 8, *size) and weights.shape == (2, 4, 8)
