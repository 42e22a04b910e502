"""A dissimilar weld on paper: two base metals, a filler, how much of each is in the melt, and what follows."""

from dataclasses import dataclass
from typing import Final

from dynawave.metallurgy.composition import dilute, mix
from dynawave.metallurgy.cooling import Cooling
from dynawave.metallurgy.diagrams import (
    FerriteNumber,
    Solidification,
    ferrite_number,
    is_nickel_base,
    schaeffler_region,
    solidification,
    wrc_mode,
)
from dynawave.metallurgy.metals import Metal

DUPLEX_FN: Final = 30
"""From this ferrite number on, weld metal is called duplex here."""


@dataclass(frozen=True, slots=True)
class Weld:
    """A weld and its metallurgy; everything that is not given follows from the compositions.

    Attributes:
        base_a: the one base metal.
        base_b: the other.
        filler: the filler metal.
        dilution_a: mass fraction of the weld metal that was base metal A.
        dilution_b: the same of base metal B.
        composition: mass % of the weld metal.
        region: field of Schaeffler's diagram, or None outside it.
        ferrite: ferrite number of WRC-1992.
        mode: solidification mode of WRC-1992, or None outside it.
        solidification: mode by Suutala's ratio.
        cooling: cooling time t8/5, or None where heat input and thickness are not known.
    """

    base_a: Metal
    base_b: Metal
    filler: Metal
    dilution_a: float
    dilution_b: float
    composition: dict[str, float]
    region: str | None
    ferrite: FerriteNumber
    mode: str | None
    solidification: Solidification
    cooling: Cooling | None = None

    @property
    def dilution(self) -> float:
        """Mass fraction of both base metals in the weld metal."""
        return self.dilution_a + self.dilution_b

    @property
    def bases(self) -> tuple[Metal, ...]:
        """The base metals, once if they are the same."""
        return (self.base_a,) if self.base_a == self.base_b else (self.base_a, self.base_b)

    @property
    def density(self) -> float:
        """Density of the weld metal in g/cm3: the three metals' specific volumes added."""
        shares = (self.dilution_a, self.dilution_b, max(0.0, 1 - self.dilution))
        metals = (self.base_a, self.base_b, self.filler)
        return 1 / sum(share / metal.density for share, metal in zip(shares, metals, strict=True))

    @property
    def structure(self) -> str:
        """What the weld metal is: "nickel", "martensitic", "duplex", "austenitic" or "ferritic".

        Martensitic means some martensite: more than one of Schaeffler's fields has it.
        """
        if is_nickel_base(self.composition):
            return "nickel"
        if self.region and "martensite" in self.region:
            return "martensitic"
        if self.region == "ferrite":
            return "ferritic"
        return "duplex" if (self.ferrite.value or 0) >= DUPLEX_FN else "austenitic"

    def martensite_band(self, base: Metal) -> tuple[float, float] | None:
        """Least and greatest share of a base metal, 0-1, whose mixture with the weld metal has martensite.

        The melt at the fusion line is such a mixture of every share. None where no share has martensite (by
        Schaeffler's diagram, in steps of 1 %).
        """
        steps = [k / 100 for k in range(100)]
        mixtures = (mix((base.composition, s), (self.composition, 1 - s)) for s in steps)
        found = [s for s, m in zip(steps, mixtures, strict=True) if "martensite" in (schaeffler_region(m) or "")]
        return (found[0], found[-1]) if found else None


def assess(
    base_a: Metal,
    base_b: Metal,
    filler: Metal,
    dilution_a: float,
    dilution_b: float,
    cooling: Cooling | None = None,
) -> Weld:
    """The weld metal that these metals make.

    Raises:
        ConfigError: a dilution is negative, or both together exceed 1.

    Example:
        >>> from dynawave.metallurgy.metals import find_metal
        >>> weld = assess(find_metal("P91", "base"), find_metal("316L", "base"), find_metal("82", "filler"), 0.15, 0.15)
        >>> weld.structure
        'nickel'
    """
    composition = dilute(base_a.composition, base_b.composition, filler.composition, dilution_a, dilution_b)
    return Weld(
        base_a,
        base_b,
        filler,
        dilution_a,
        dilution_b,
        composition,
        schaeffler_region(composition),
        ferrite_number(composition),
        wrc_mode(composition),
        solidification(composition),
        cooling,
    )
