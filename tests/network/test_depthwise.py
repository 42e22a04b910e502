import pytest
import torch
import torch.nn.functional as F

from dynawave.network.depthwise import DepthwiseConvolution


@pytest.mark.parametrize(("stride", "padding"), [(1, 1), (2, 0)])
def test_as_a_loop_over_channels(stride: int, padding: int) -> None:
    torch.manual_seed(0)
    layer, x = DepthwiseConvolution(6, 3, stride, padding), torch.randn(2, 6, 11, 9)
    assert layer.bias is not None
    each = [
        F.conv2d(x[:, c : c + 1], layer.weight[c : c + 1], layer.bias[c : c + 1], stride, padding) for c in range(6)
    ]
    torch.testing.assert_close(layer(x), torch.cat(each, 1))


def test_it_keeps_single_precision_on_a_processor() -> None:
    layer, x = DepthwiseConvolution(4, 3, padding=1), torch.randn(1, 4, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        inside = layer(x.bfloat16())
        assert F.conv2d(x, torch.ones(2, 4, 1, 1)).dtype == torch.bfloat16  # others do not
    assert inside.dtype == torch.float32
    torch.testing.assert_close(inside, layer(x.bfloat16().float()))
