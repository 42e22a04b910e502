import pytest
import torch

from dynawave.network.heads import PRIOR, STRIDE, BoxHead, FieldHead, ImageHead


def test_boxes_and_spreads_are_positive_and_bounded() -> None:
    """Whatever comes in: exp of a clamped value, in units of a cell."""
    head = BoxHead(8, 1).eval()
    for scale in (0.0, 1.0, 1e4):
        out = head(scale * torch.randn(2, 8, 4, 6))
        for name in ("boxes", "spread"):
            assert out[name].shape == (2, 4, 4, 6)
            assert torch.isfinite(out[name]).all() and out[name].min() > 0 and out[name].max() < 600
    assert head.distances.bias is not None
    head.distances.weight.data.zero_(), head.distances.bias.data.fill_(1.5)
    torch.testing.assert_close(head(torch.randn(1, 8, 2, 2))["boxes"], torch.full((1, 4, 2, 2), STRIDE * 4.4816890703))


@pytest.mark.parametrize("classes", [1, 3])
def test_before_learning_a_flaw_is_unlikely(classes: int) -> None:
    """Bias alone gives the prior, for scores and for the field."""
    box, field = BoxHead(8, classes), FieldHead(8, 16)
    box.flaw.weight.data.zero_(), field.field.weight.data.zero_()
    flaw = torch.sigmoid(box(torch.randn(2, 8, 4, 4))["flaw"])
    out = field(torch.randn(2, 8, 4, 4), torch.randn(2, 16, 8, 8))
    torch.testing.assert_close(flaw, torch.full((2, 1, 4, 4), PRIOR))
    torch.testing.assert_close(torch.sigmoid(out), torch.full((2, 1, 8, 8), PRIOR))


def test_only_several_classes_have_kinds() -> None:
    decoded = torch.randn(2, 8, 4, 4)
    assert "kinds" not in BoxHead(8, 1)(decoded) and BoxHead(8, 3)(decoded)["kinds"].shape == (2, 3, 4, 4)


def test_a_decoder_cell_unfolds_into_its_own_four() -> None:
    """What one cell holds reaches its 2 x 2 field cells, and through one 3 x 3 convolution one further."""
    head = FieldHead(8, 16).eval()
    decoded, fine = torch.zeros(1, 8, 4, 4), torch.zeros(1, 16, 8, 8)
    sound = head(decoded, fine)
    decoded[0, :, 1, 2] = 5.0
    changed = (head(decoded, fine) - sound)[0, 0].abs() > 1e-6
    assert changed.any() and not changed[:1].any() and not changed[5:].any()
    assert not changed[:, :3].any() and not changed[:, 7:].any()


def test_image_classes_from_mean_and_maximum() -> None:
    head = ImageHead(3, 2)
    coarse = torch.randn(2, 3, 4, 5)
    pooled = torch.cat([coarse.flatten(2).mean(2), coarse.flatten(2).max(2).values], 1)
    torch.testing.assert_close(head(coarse), pooled @ head.linear.weight.T + head.linear.bias)
