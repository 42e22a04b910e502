"""Formulas that weigh each element with a number: equivalents of the diagrams, carbon equivalents, martensite start.

Each says how many public sources agree on it. One source is not enough: such a formula is marked as open wherever its
value is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from dynawave.metallurgy.composition import Composition

CONFIRMED: Final = 2
"""Sources that have to agree before something is not open any more."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A constant plus weighted mass percentages.

    Attributes:
        name: its usual symbol.
        weights: weight by element.
        source: who published it.
        sources: number of public sources that agree on the weights.
        constant: what is there without alloying elements.
        limits: highest mass % by element for which it was made; empty where none are known.
    """

    name: str
    weights: Mapping[str, float]
    source: str
    sources: int
    constant: float = 0.0
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """True while too few sources agree."""
        return self.sources < CONFIRMED

    def __call__(self, composition: Composition) -> float:
        """Its value for mass percentages; an element that is not named counts as absent."""
        return self.constant + sum(weight * composition.get(e, 0.0) for e, weight in self.weights.items())

    def beyond(self, composition: Composition) -> tuple[str, ...]:
        """Elements of which there is more than the formula was made for."""
        return tuple(e for e, limit in self.limits.items() if composition.get(e, 0.0) > limit)


SCHAEFFLER_CR: Final = Formula(
    "Cr_eq Schaeffler", {"Cr": 1, "Mo": 1, "Si": 1.5, "Nb": 0.5}, "Schaeffler, Metal Progress 56 (1949) 680", 3
)
SCHAEFFLER_NI: Final = Formula(
    "Ni_eq Schaeffler", {"Ni": 1, "C": 30, "Mn": 0.5}, "Schaeffler, Metal Progress 56 (1949) 680", 3
)
DELONG_CR: Final = Formula(
    "Cr_eq DeLong", {"Cr": 1, "Mo": 1, "Si": 1.5, "Nb": 0.5}, "DeLong, Welding Journal 53 (1974) 273s", 2
)
DELONG_NI: Final = Formula(
    "Ni_eq DeLong", {"Ni": 1, "C": 30, "N": 30, "Mn": 0.5}, "DeLong, Welding Journal 53 (1974) 273s", 2
)
WRC_CR: Final = Formula(
    "Cr_eq WRC-1992", {"Cr": 1, "Mo": 1, "Nb": 0.7}, "Kotecki and Siewert, Welding Journal 71 (1992) 171s", 4
)
WRC_NI: Final = Formula(
    "Ni_eq WRC-1992",
    {"Ni": 1, "C": 35, "N": 20, "Cu": 0.25},
    "Kotecki and Siewert, Welding Journal 71 (1992) 171s",
    4,
)
HAMMAR_SVENSSON_CR: Final = Formula(
    "Cr_eq Hammar-Svensson",
    {"Cr": 1, "Mo": 1.37, "Si": 1.5, "Nb": 2, "Ti": 3},
    "Hammar and Svensson, Solidification and Casting of Metals (1979) 401",
    1,
)
HAMMAR_SVENSSON_NI: Final = Formula(
    "Ni_eq Hammar-Svensson",
    {"Ni": 1, "Mn": 0.31, "C": 22, "N": 14.2, "Cu": 1},
    "Hammar and Svensson, Solidification and Casting of Metals (1979) 401",
    1,
)
CE_IIW: Final = Formula(
    "CE_IIW",
    {"C": 1, "Mn": 1 / 6, "Cr": 1 / 5, "Mo": 1 / 5, "V": 1 / 5, "Ni": 1 / 15, "Cu": 1 / 15},
    "IIW Doc. IX-535-67; EN 1011-2 annex C, method A",
    5,
)
PCM: Final = Formula(
    "Pcm",
    {"C": 1, "Si": 1 / 30, "Mn": 1 / 20, "Cu": 1 / 20, "Cr": 1 / 20, "Ni": 1 / 60, "Mo": 1 / 15, "V": 1 / 10, "B": 5},
    "Ito and Bessyo, IIW Doc. IX-576-68",
    2,
)
CET: Final = Formula(
    "CET",
    {"C": 1, "Mn": 1 / 10, "Mo": 1 / 10, "Cr": 1 / 20, "Cu": 1 / 20, "Ni": 1 / 40},
    "EN 1011-2 annex C, method B",
    3,
)
MARTENSITE_START: Final = Formula(
    "Ms",
    {"C": -423, "Mn": -30.4, "Ni": -17.7, "Cr": -12.1, "Mo": -7.5},
    "Andrews, Journal of the Iron and Steel Institute 203 (1965) 721",
    7,
    constant=539,
    limits={"C": 0.6, "Mn": 4.9, "Ni": 5.0, "Cr": 5.0, "Mo": 5.4},
)

EQUIVALENTS: Final = (
    SCHAEFFLER_CR,
    SCHAEFFLER_NI,
    DELONG_CR,
    DELONG_NI,
    WRC_CR,
    WRC_NI,
    HAMMAR_SVENSSON_CR,
    HAMMAR_SVENSSON_NI,
)
"""Said of every metal."""
HARDENING: Final = (CE_IIW, PCM, CET, MARTENSITE_START)
"""Said of ferritic base metals."""
