"""Which metals are welded together: steels to themselves, and the dissimilar pairs of power and process plant."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from numpy.random import Generator

from dynawave.metallurgy.metals import Metal, find_metal

STEELS: Final = ("A36", "S355", "P22", "P91", "SA-508")

# Usual choices: boilers and their superheaters (P22, P91), nuclear safe ends (SA-508), chemical plant and clad steel.
PAIRS: Final = (
    ("P91", "316L", ("82", "182", "625", "309L")),
    ("P91", "347", ("82", "625")),
    ("P91", "Alloy 625", ("625", "82")),
    ("P22", "304L", ("82", "182", "309L")),
    ("P22", "347", ("82", "309L")),
    ("SA-508", "316L", ("82", "182", "52", "309L")),
    ("SA-508", "Alloy 600", ("82", "182")),
    ("SA-508", "Alloy 690", ("52",)),
    ("A36", "304L", ("309L", "82")),
    ("S355", "316L", ("309L", "82")),
    ("S355", "2205", ("2209", "309L")),
    ("A36", "Alloy 625", ("625",)),
    ("304L", "Alloy 600", ("82", "182")),
    ("316L", "Alloy 625", ("625",)),
    ("316L", "2205", ("2209", "316L")),
)
"""Base metals and the fillers that join them."""

_STICKS: Final = ("182",)
"""Fillers that are only sold as covered electrodes."""


@dataclass(frozen=True, slots=True)
class Metals:
    """What is welded.

    Attributes:
        base_a: base metal above the seam on the film.
        base_b: base metal below it.
        filler: filler metal; of a steel joint, its base metal, as a matching filler has its composition.
        process: how it is welded: "SMAW", "GTAW", "GMAW" or "SAW".
    """

    base_a: Metal
    base_b: Metal
    filler: Metal
    process: str

    @property
    def members(self) -> tuple[Metal, Metal, Metal, Metal]:
        """Base A, base B, filler and buttering, which is filler too."""
        return self.base_a, self.base_b, self.filler, self.filler


_find = cache(find_metal)


def draw_metals(rng: Generator, dissimilar: bool) -> Metals:
    """Draw a dissimilar pair with a filler that fits, or a steel welded to itself."""
    if not dissimilar:
        steel = _find(STEELS[rng.integers(len(STEELS))], "base")
        return Metals(steel, steel, steel, str(rng.choice(["SMAW", "GTAW", "GMAW", "SAW"])))
    one, other, fillers = PAIRS[rng.integers(len(PAIRS))]
    filler = fillers[rng.integers(len(fillers))]
    process = "SMAW" if filler in _STICKS else str(rng.choice(["GTAW", "GMAW", "SMAW"], p=[0.5, 0.3, 0.2]))
    sides = (one, other) if rng.random() < 0.5 else (other, one)
    return Metals(_find(sides[0], "base"), _find(sides[1], "base"), _find(filler, "filler"), process)
