import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dynawave.network.dgae import DILATIONS, GeometryAwareEncoding, HierarchicalFusion


def settled(module: torch.nn.Module) -> torch.nn.Module:
    """In evaluation mode, every batch norm with statistics and an affine map of its own."""
    torch.manual_seed(0)
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
            torch.nn.init.normal_(part.weight)
            torch.nn.init.normal_(part.bias)
    return module.eval()


def by_hand(norm: torch.nn.BatchNorm2d, x: torch.Tensor) -> torch.Tensor:
    """A settled batch norm as arithmetic."""
    mean, variance, gamma, beta = (
        t.view(-1, 1, 1) for t in (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    )
    return (x - mean) / torch.sqrt(variance + norm.eps) * gamma + beta


def test_gate_and_residual() -> None:
    """Eq. 17-20 written out: dilated convolutions (no offsets yet), gate of BN after ReLU, product, input kept."""
    dgae = settled(GeometryAwareEncoding(6))
    x = torch.randn(2, 6, 8, 12)
    torch.testing.assert_close(dgae(x), x)  # before it has learned anything
    torch.nn.init.normal_(dgae.restore.weight)
    torch.nn.init.normal_(dgae.restore.bias)
    narrow = torch.einsum("oc,nchw->nohw", dgae.project.weight[:, :, 0, 0], x) + dgae.project.bias.view(-1, 1, 1)
    z = torch.cat(
        [
            F.conv2d(narrow, branch.weight.view(2, 1, 3, 3), padding=rate, dilation=rate, groups=2)
            for branch, rate in zip(dgae.branches, DILATIONS, strict=True)
        ],
        1,
    )
    norm, mix = dgae.gate[0], dgae.gate[1]
    logits = torch.einsum("oc,nchw->nohw", mix.weight[:, :, 0, 0], by_hand(norm, z.clamp(min=0)))
    gate = 1 / (1 + torch.exp(-(logits + mix.bias.view(-1, 1, 1))))
    restored = torch.einsum("oc,nchw->nohw", dgae.restore.weight[:, :, 0, 0], gate * z)
    torch.testing.assert_close(dgae(x), x + restored + dgae.restore.bias.view(-1, 1, 1), atol=1e-5, rtol=1e-4)


def test_three_dilations() -> None:
    assert [branch.dilation for branch in GeometryAwareEncoding(6).branches] == [1, 2, 3] == list(DILATIONS)


def test_a_width_that_three_does_not_divide() -> None:
    assert GeometryAwareEncoding(8)(torch.randn(1, 8, 4, 4)).shape == (1, 8, 4, 4)


def test_fusion_is_a_pointwise_convolution_of_both_levels() -> None:
    """Eq. 21, then batch norm and ReLU."""
    fusion = settled(HierarchicalFusion(3))
    fine, coarse = torch.randn(2, 3, 6, 8), torch.randn(2, 3, 3, 4)
    raised = F.interpolate(coarse, size=(6, 8), mode="bilinear", align_corners=False)
    merged = torch.einsum("oc,nchw->nohw", fusion.merge.weight[:, :, 0, 0], torch.cat([fine, raised], 1))
    torch.testing.assert_close(fusion(fine, coarse), by_hand(fusion.norm, merged).clamp(min=0), atol=1e-5, rtol=1e-4)


def test_raising_a_level_keeps_its_place() -> None:
    """A ramp stays the same ramp: the coarse cell (i + 0.5) * 2 lies between its two fine ones."""
    ramp = (torch.arange(4.0) + 0.5) * 2
    raised = F.interpolate(ramp.expand(1, 1, 4, 4), scale_factor=2.0, mode="bilinear", align_corners=False)
    np.testing.assert_allclose(raised[0, 0, 0, 1:-1], torch.arange(8.0)[1:-1] + 0.5)


@pytest.mark.parametrize("size", [(1, 1), (1, 3), (5, 2)])
def test_small_maps(size: tuple[int, int]) -> None:
    """An input of 32 x 96 px is one cell by three at stride 32."""
    assert GeometryAwareEncoding(6).eval()(torch.randn(2, 6, *size)).shape == (2, 6, *size)
