import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dynawave.metallurgy.vector import FIELDS, LENGTH, context_vector, spans
from dynawave.network.context import HEADS, TOKEN, ContextFusion, ContextTokens, TextEncoder, attend
from dynawave.records import WeldContext

NICKEL = WeldContext("radiograph", ("P91", "316L"), "82", "GTAW", 12, 180, details={"Source": "X-ray"})
STEEL = WeldContext("radiograph", ("S355",), "S355", "SMAW", 12, 180)


def vectors(*contexts: WeldContext | None) -> Tensor:
    return torch.from_numpy(np.stack([context_vector(context) for context in contexts]))


def pyramid(images: int) -> list[Tensor]:
    torch.manual_seed(1)
    return [torch.randn(images, 24, 64 // stride * 2, 64 // stride) for stride in (4, 8, 16, 32)]


@pytest.fixture
def fusion() -> ContextFusion:
    """With its gates open and its fields at work."""
    torch.manual_seed(0)
    made = ContextFusion(24)
    for attention in made.attend:
        nn.init.ones_(attention.gate)
    for weight in made.tokens.values.parameters():
        nn.init.normal_(weight)
    return made


def test_it_begins_as_a_network_without_context() -> None:
    levels = pyramid(2)
    for context in (None, vectors(NICKEL), vectors(NICKEL, None)):
        for after, before in zip(ContextFusion(24)(levels, context), levels, strict=True):
            assert torch.equal(after, before)


def test_only_the_coarse_levels_attend(fusion: ContextFusion) -> None:
    levels = pyramid(1)
    changed = [not torch.equal(a, b) for a, b in zip(fusion(levels, vectors(NICKEL)), levels, strict=True)]
    assert changed == [False, False, True, True]


def test_no_context_is_one_of_which_nothing_is_known(fusion: ContextFusion) -> None:
    levels = pyramid(2)
    for absent, unknown in zip(fusion(levels, None), fusion(levels, vectors(None, WeldContext())), strict=True):
        assert torch.equal(absent, unknown)


def test_one_context_serves_all_images_and_each_may_have_its_own(fusion: ContextFusion) -> None:
    levels = pyramid(2)
    shared = fusion(levels, vectors(NICKEL))[-1]
    own = fusion(levels, vectors(NICKEL, STEEL))[-1]
    torch.testing.assert_close(shared[0], own[0])
    assert (shared[1] - own[1]).abs().max() > 1e-3


def test_neither_side_of_the_weld_comes_first(fusion: ContextFusion) -> None:
    levels = pyramid(1)
    turned = WeldContext("radiograph", ("316L", "P91"), "82", "GTAW", 12, 180, details={"Source": "X-ray"})
    torch.testing.assert_close(fusion(levels, vectors(NICKEL))[-1], fusion(levels, vectors(turned))[-1])


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "base_b"])
def test_gradient_reaches_every_token_known_or_not(fusion: ContextFusion, name: str) -> None:
    kind = [n for n in FIELDS if n != "base_b"].index(name)
    for context, parameter in ((NICKEL, "known"), (None, "unknown")):
        fusion.zero_grad()
        fusion(pyramid(1), vectors(context))[-2].square().mean().backward()
        gradient = getattr(fusion.tokens, parameter).grad
        assert gradient is not None and gradient[kind].abs().max() > 0


def test_values_of_a_field_that_is_unknown_do_not_count() -> None:
    tokens = ContextTokens()
    for weight in tokens.values.parameters():
        nn.init.normal_(weight)
    unsaid = vectors(NICKEL)
    for part in spans().values():
        unsaid[:, part.start] = 0
    torch.testing.assert_close(tokens(unsaid), tokens(torch.zeros(1, LENGTH)))


def test_what_training_has_not_shown_is_known_without_effect() -> None:
    tokens = ContextTokens()
    both = vectors(WeldContext(process="GTAW"), WeldContext(process="EBW"))
    both[:, spans()["text"]] = both[:1, spans()["text"]]
    torch.testing.assert_close(*tokens(both))


def test_attention_is_that_of_torch() -> None:
    torch.manual_seed(0)
    query, key_value = torch.randn(2, 5, TOKEN), torch.randn(2, 7, 2 * TOKEN)
    heads = [
        part.reshape(2, -1, HEADS, TOKEN // HEADS).transpose(1, 2)
        for part in (query, key_value[..., :TOKEN], key_value[..., TOKEN:])
    ]
    reference = nn.functional.scaled_dot_product_attention(*heads).transpose(1, 2).reshape(2, 5, TOKEN)
    torch.testing.assert_close(attend(query, key_value), reference)


def test_a_word_counts_wherever_it_stands() -> None:
    encoder = TextEncoder()

    def line(words: str) -> Tensor:
        return torch.tensor([list(words.encode().ljust(96, b"\0"))], dtype=torch.float32)

    torch.testing.assert_close(encoder(line(" " * 12 + "ir-192 film")), encoder(line(" " * 40 + "ir-192 film")))
    assert (encoder(line("ir-192 film")) - encoder(line("x-ray film"))).abs().max() > 0.01
