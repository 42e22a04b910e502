"""The weld's context ("prompt", figures 1 and 3): fields and text as tokens, to which the coarse levels attend.

The vector is that of `dynawave.metallurgy.vector`. Every field, known or not, gives one token, and the line of text one
more, from a convolutional encoder of its bytes. A gate of zeros ends each attention, so that a network begins just as
one without context.
"""

import math
from collections.abc import Sequence
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynawave.metallurgy.vector import FIELDS, LENGTH, spans

TOKEN: Final = 32
"""Numbers in a token."""
HEADS: Final = 4
"""Heads of every attention."""
STRIDES: Final = (16, 32)
"""Levels of the pyramid that attend."""
_BYTE: Final = 16
_KINDS: Final = {name: "base" if name.startswith("base") else name for name in FIELDS}
"""Both base metals are one kind of field: neither side of a weld comes first."""


class TextEncoder(nn.Module):
    """Bytes of a line of text [N, bytes] (0: none) to one token: two convolutions, then the maximum over the line.

    A word thus counts wherever it stands.
    """

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(256, _BYTE, padding_idx=0)
        self.convolve = nn.Sequential(
            nn.Conv1d(_BYTE, TOKEN, 5, padding=2), nn.ReLU(), nn.Conv1d(TOKEN, TOKEN, 3, stride=2, padding=1)
        )

    def forward(self, codes: Tensor) -> Tensor:
        """The token [N, TOKEN]."""
        features: Tensor = self.convolve(self.embed(codes.long()).transpose(1, 2))
        return features.amax(2)


class ContextTokens(nn.Module):
    """The vector [N, LENGTH] as tokens [N, fields, TOKEN], which have looked at each other.

    A field's values begin without effect, so what training never shows - another process, say - stays without; an
    unknown field has a token of its own, which is learned.
    """

    def __init__(self) -> None:
        super().__init__()
        kinds = list(dict.fromkeys(_KINDS.values()))
        self.known = nn.Parameter(torch.randn(len(kinds), TOKEN))
        self.unknown = nn.Parameter(torch.randn(len(kinds), TOKEN))
        self.values = nn.ModuleDict(
            {kind: nn.Linear(FIELDS[name], TOKEN, bias=False) for name, kind in _KINDS.items() if kind != "text"}
        )
        for weight in self.values.parameters():
            nn.init.zeros_(weight)
        self.text = TextEncoder()
        self.norm = nn.LayerNorm(TOKEN)
        self.query = nn.Linear(TOKEN, TOKEN)
        self.key_value = nn.Linear(TOKEN, 2 * TOKEN)
        self.mix = nn.Sequential(
            nn.LayerNorm(TOKEN), nn.Linear(TOKEN, 2 * TOKEN), nn.ReLU(), nn.Linear(2 * TOKEN, TOKEN)
        )
        self.last = nn.LayerNorm(TOKEN)
        self._rows = [kinds.index(kind) for kind in _KINDS.values()]

    def forward(self, vector: Tensor) -> Tensor:
        """The tokens."""
        parts = {name: vector[:, part] for name, part in spans().items()}
        flags = torch.stack([part[:, 0] for part in parts.values()], 1)[..., None]
        values = torch.stack([self._value(name, part[:, 1:]) for name, part in parts.items()], 1)
        tokens = torch.where(flags > 0, self.known[self._rows] + values, self.unknown[self._rows])
        normed = self.norm(tokens)
        tokens = tokens + attend(self.query(normed), self.key_value(normed))
        out: Tensor = self.last(tokens + self.mix(tokens))
        return out

    def _value(self, name: str, values: Tensor) -> Tensor:
        out: Tensor = self.text(values) if name == "text" else self.values[_KINDS[name]](values)
        return out


class ContextAttention(nn.Module):
    """Every cell of a level attends to the tokens; a gate, zero at first, says how much of it each channel takes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.query = nn.Linear(channels, TOKEN)
        self.key_value = nn.Linear(TOKEN, 2 * TOKEN)
        self.restore = nn.Linear(TOKEN, channels)
        self.gate = nn.Parameter(torch.zeros(channels))

    def forward(self, level: Tensor, tokens: Tensor) -> Tensor:
        """Map a level [N, C, H, W] and tokens [N, fields, TOKEN] to [N, C, H, W]."""
        cells = self.norm(level.flatten(2).transpose(1, 2))
        change: Tensor = self.gate * self.restore(attend(self.query(cells), self.key_value(tokens)))
        return level + change.transpose(1, 2).reshape(level.shape)


class ContextFusion(nn.Module):
    """The context brought into the levels of strides 16 and 32, from where fusion (21) carries it to the finer ones."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.tokens = ContextTokens()
        self.attend = nn.ModuleList(ContextAttention(channels) for _ in STRIDES)

    def forward(self, levels: Sequence[Tensor], context: Tensor | None) -> list[Tensor]:
        """The pyramid, fine to coarse, with its two coarsest levels changed.

        Args:
            levels: [N, C, H, W] each.
            context: [N, LENGTH], or [1, LENGTH] for one weld on all images; None: nothing is known.
        """
        coarsest = levels[-1]
        vector = coarsest.new_zeros(1, LENGTH) if context is None else context
        tokens = self.tokens(vector.expand(coarsest.shape[0], LENGTH))
        rest, coarse = levels[: -len(STRIDES)], levels[-len(STRIDES) :]
        return [*rest, *(attend(level, tokens) for attend, level in zip(self.attend, coarse, strict=True))]


def attend(query: Tensor, key_value: Tensor) -> Tensor:
    """Attention of several heads: queries [N, Q, TOKEN] over keys and values [N, K, 2 TOKEN], to [N, Q, TOKEN]."""
    q, k, v = (_heads(part) for part in (query, *key_value.chunk(2, -1)))
    weights = F.softmax(q @ k.transpose(2, 3) / math.sqrt(TOKEN // HEADS), -1)
    return (weights @ v).transpose(1, 2).flatten(2)


def _heads(x: Tensor) -> Tensor:
    """[N, L, TOKEN] to [N, HEADS, L, TOKEN / HEADS]."""
    return x.reshape(*x.shape[:2], HEADS, TOKEN // HEADS).transpose(1, 2)
