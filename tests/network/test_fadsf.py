import torch
import torch.nn.functional as F
from torch import nn

from dynawave.network.fadsf import FrequencyAlignedDecoder, PlainDecoder


def drawn(decoder: FrequencyAlignedDecoder) -> FrequencyAlignedDecoder:
    """With weights as if it had learned."""
    nn.init.normal_(decoder.smooth.weight)
    nn.init.normal_(decoder.bottleneck.weight)
    return decoder.eval()


def test_decoding_by_hand() -> None:
    """Eq. 26 and 27: raised and smoothed; [raised; frequency; their product] through one 1 x 1 convolution."""
    torch.manual_seed(0)
    decoder = drawn(FrequencyAlignedDecoder(3))
    coarse, frequency = torch.randn(2, 3, 3, 4), torch.randn(2, 3, 6, 8)
    raised = F.interpolate(coarse, size=(6, 8), mode="bilinear", align_corners=False)
    padded, smooth = F.pad(raised, (1, 1, 1, 1)), torch.zeros_like(raised)
    for row in range(3):
        for column in range(3):
            share = decoder.smooth.weight[:, 0, row, column].view(-1, 1, 1)
            smooth = smooth + share * padded[:, :, row : row + 6, column : column + 8]
    joined = torch.cat([smooth, frequency, smooth * frequency], 1)
    expected = torch.einsum("oc,nchw->nohw", decoder.bottleneck.weight[:, :, 0, 0], joined)
    expected = expected.clamp(min=0) / (1 + decoder.norm.eps) ** 0.5  # a new batch norm
    torch.testing.assert_close(decoder(coarse, frequency), expected, atol=1e-5, rtol=1e-4)


def test_the_product_counts() -> None:
    """With weights on the product alone, either input at zero leaves nothing."""
    torch.manual_seed(0)
    decoder = drawn(FrequencyAlignedDecoder(2))
    decoder.bottleneck.weight.data[:, :4] = 0
    coarse, frequency = torch.randn(1, 2, 2, 2), torch.randn(1, 2, 4, 4)
    assert decoder(coarse, frequency).sum() > 0
    assert decoder(coarse, 0 * frequency).sum() == 0 and decoder(0 * coarse, frequency).sum() == 0


def test_it_begins_as_a_plain_decoder() -> None:
    """The sum of both maps, whose convolution leaves each channel as it is."""
    plain, decoder = PlainDecoder(4).eval(), FrequencyAlignedDecoder(4).eval()
    nn.init.dirac_(plain.mix.weight)
    coarse, lateral = torch.randn(2, 4, 3, 5), torch.randn(2, 4, 6, 10)
    torch.testing.assert_close(decoder(coarse, lateral), plain(coarse, lateral))
