import pytest
import torch

from dynawave.metallurgy.vector import context_vector
from dynawave.network.heads import PRIOR
from dynawave.network.model import DynaWaveNet, activate
from dynawave.records import WeldContext


@pytest.fixture(scope="module")
def network() -> DynaWaveNet:
    torch.manual_seed(0)
    return DynaWaveNet(classes=3, width=12, wavelet="db2", dgae_levels=(4, 8, 16, 32), pretrained=False).eval()


def shapes(classes: int, height: int, width: int) -> dict[str, tuple[int, ...]]:
    quarter, half = (height // 4, width // 4), (height // 2, width // 2)
    fixed = {
        "flaw": (2, 1, *quarter),
        "boxes": (2, 4, *quarter),
        "spread": (2, 4, *quarter),
        "iou": (2, 1, *quarter),
        "field": (2, 1, *half),
        "image_scores": (2, classes),
    }
    several = {"kinds": (2, classes, *quarter)}
    return fixed | (several if classes > 1 else {})


@pytest.mark.parametrize("size", [(32, 32), (32, 96), (96, 64)])
def test_any_multiple_of_32(network: DynaWaveNet, size: tuple[int, int]) -> None:
    with torch.inference_mode():
        out = network(torch.randn(2, 3, *size))
    assert {name: tuple(value.shape) for name, value in out.items()} == shapes(3, *size)
    assert all(torch.isfinite(value).all() for value in out.values())


def test_one_class() -> None:
    network = DynaWaveNet(width=12, pretrained=False).eval()
    with torch.inference_mode():
        out = network(torch.randn(2, 3, 32, 64))
    assert {name: tuple(value.shape) for name, value in out.items()} == shapes(1, 32, 64)


@pytest.mark.parametrize("classes", [1, 15])
def test_at_most_six_million_parameters(classes: int) -> None:
    """As shipped, and with every level and class that there is."""
    network = DynaWaveNet(classes, dgae_levels=(4, 8, 16, 32), pretrained=False)
    assert 2.94e6 < sum(p.numel() for p in network.parameters()) <= 6e6


def test_every_parameter_learns() -> None:
    """None is left out of the outputs."""
    network = DynaWaveNet(classes=2, width=12, dgae_levels=(4, 8, 16, 32), pretrained=False)
    out = network(torch.randn(2, 3, 64, 64))
    sum(value.sum() for value in out.values()).backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []


def test_levels_that_the_pyramid_lacks_are_refused() -> None:
    with pytest.raises(ValueError, match=r"dgae_levels: \[2\]"):
        DynaWaveNet(width=12, dgae_levels=(2, 8), pretrained=False)


def test_levels_choose_where_the_deformable_encoding_works() -> None:
    names = {
        ".".join(n.split(".")[:2]) for n in DynaWaveNet(width=12, dgae_levels=(16,), pretrained=False).state_dict()
    }
    assert "encode.2" in names and not {"encode.0", "encode.1", "encode.3"} & names


def test_activate(network: DynaWaveNet) -> None:
    with torch.inference_mode():
        raw = network(torch.randn(2, 3, 64, 64))
    out = activate(raw)
    for name in ("iou", "field", "image_scores"):
        torch.testing.assert_close(out[name], 1 / (1 + torch.exp(-raw[name])))
    torch.testing.assert_close(out["class_map"].sum(1), torch.ones(2, 32, 32))
    torch.testing.assert_close(out["class_map"][:, :1], 1 - out["field"])
    kinds = torch.softmax(raw["kinds"], 1)  # between the middles of two cells by hand: three quarters and a quarter
    by_hand = out["field"][0, 0, 5, 5] * sum(
        w * kinds[0, :, y, x] for (y, x), w in {(2, 2): 0.5625, (2, 3): 0.1875, (3, 2): 0.1875, (3, 3): 0.0625}.items()
    )
    torch.testing.assert_close(out["class_map"][0, 1:, 5, 5], by_hand)
    assert out["boxes"] is raw["boxes"] and out["spread"] is raw["spread"]
    torch.testing.assert_close(out["scores"].sum(1, keepdim=True), torch.sigmoid(raw["flaw"]))  # of any kind
    assert (out["scores"].argmax(1) == raw["kinds"].argmax(1)).all()
    assert 0 < float(out["scores"].sum(1).mean()) < 5 * PRIOR


@pytest.mark.parametrize("switch", ["fdsa", "fadsf"])
def test_what_is_switched_off_is_not_there(switch: str) -> None:
    network = DynaWaveNet(width=12, pretrained=False, **{switch: False}).eval()
    kinds = {type(module).__name__ for module in network.modules()}
    assert {"fdsa": "FrequencySelectiveAttention", "fadsf": "FrequencyAlignedDecoder"}[switch] not in kinds
    with torch.inference_mode():
        out = network(torch.randn(2, 3, 32, 64))
    assert {name: tuple(value.shape) for name, value in out.items()} == shapes(1, 32, 64)


@pytest.mark.parametrize("switch", ["propagation", "relations"])
def test_what_is_switched_on_starts_as_identity(switch: str) -> None:
    """With the weights of a network without it, which stay valid; it then has its say where it should."""
    torch.manual_seed(3)
    plain = DynaWaveNet(3, width=12, pretrained=False).eval()
    assert not any(name.startswith(switch) for name, _ in plain.named_modules())
    network = DynaWaveNet(3, width=12, pretrained=False, **{switch: True}).eval()
    left = network.load_state_dict(plain.state_dict(), strict=False)
    assert left.missing_keys and {name.split(".")[0] for name in left.missing_keys} == {switch}
    image = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        expected = plain(image)
        torch.testing.assert_close(network(image), expected, rtol=0, atol=0)
        for name, parameter in network.named_parameters():
            if name.startswith(switch):
                parameter.uniform_()
        changed = network(image)
    moved = {name for name in expected if (changed[name] - expected[name]).abs().max() > 1e-6}
    assert moved == ({"flaw", "kinds"} if switch == "relations" else set(expected) - {"image_scores"})


def test_a_context_changes_nothing_before_its_gates_open() -> None:
    made = []
    for context in (False, True):
        torch.manual_seed(3)
        made.append(DynaWaveNet(width=12, pretrained=False, context=context).eval())
    plain, with_context = made
    image, weld = torch.randn(2, 3, 64, 64), torch.from_numpy(context_vector(WeldContext(filler="82")))[None]
    with torch.inference_mode():
        expected = plain(image)
        for context in (None, weld, torch.zeros(2, weld.shape[1])):
            torch.testing.assert_close(with_context(image, context), expected, rtol=0, atol=0)
        assert with_context.context is not None
        for attention in with_context.context.attend:
            attention.gate.fill_(1.0)
        told, untold = with_context(image, weld), with_context(image)
    assert all((told[name] - untold[name]).abs().max() > 1e-6 for name in ("flaw", "field", "boxes"))
    torch.testing.assert_close(with_context(image, torch.zeros(1, weld.shape[1])), untold)
