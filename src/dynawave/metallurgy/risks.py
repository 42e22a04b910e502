"""What may go wrong with a weld, or look wrong on its radiograph, each with the reason and where the rule comes from.

A rule whose criterion fewer than two public sources agree on is marked as open. These are hints for the engineer, not a
qualification of a welding procedure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from dynawave.metallurgy.diagrams import AUSTENITIC_BELOW, RATIO_SOURCE
from dynawave.metallurgy.formulas import CE_IIW, CET, CONFIRMED, HAMMAR_SVENSSON_CR, MARTENSITE_START
from dynawave.metallurgy.weld import Weld

LEAST_FN: Final = 3
MOST_FN: Final = 10
HARDENING_CE: Final = 0.45
CHROMIUM_STEP: Final = 2.0
DIP_CHROMIUM: Final = 25.0
MOST_DILUTION: Final = 0.3

REVIEW: Final = "DuPont, International Materials Reviews 57 (2012) 208"


@dataclass(frozen=True, slots=True)
class Risk:
    """One thing to look out for.

    Attributes:
        name: what may happen.
        level: "high", "moderate" or "note".
        reason: why here, with the figures.
        source: where the rule comes from.
        sources: number of public sources that agree on its criterion.
    """

    name: str
    level: str
    reason: str
    source: str
    sources: int

    @property
    def open(self) -> bool:
        """True while too few sources agree."""
        return self.sources < CONFIRMED


def risks(weld: Weld) -> tuple[Risk, ...]:
    """All that is to be said of a weld, the gravest first."""
    order = ("high", "moderate", "note")
    found = (risk for rule in _RULES for risk in rule(weld))
    return tuple(sorted(found, key=lambda risk: order.index(risk.level)))


def _hot_cracking(weld: Weld) -> Iterator[Risk]:
    if weld.structure == "nickel":
        yield Risk(
            "hot cracking",
            "moderate",
            "nickel weld metal solidifies as austenite; no ferrite takes up sulphur and phosphorus, and iron and "
            "silicon from the base metal widen its freezing range",
            "DuPont, Lippold and Kiser, Welding Metallurgy and Weldability of Nickel-Base Alloys (2009); Metals 11 "
            "(2021) 1540",
            2,
        )
    elif weld.structure == "austenitic" and weld.ferrite.value is not None and weld.ferrite.value < LEAST_FN:
        yield Risk(
            "hot cracking",
            "high" if weld.mode == "A" else "moderate",
            f"ferrite number {weld.ferrite.value:.1f} is below {LEAST_FN}, the least that guards against it",
            "ASME PCC-2 article 211 (FN 3-10 for 347, 4-10 for 304L, 316L); Kou, Welding Metallurgy",
            2,
        )
    elif weld.structure == "austenitic" and weld.solidification.ratio < AUSTENITIC_BELOW:
        yield Risk(
            "hot cracking",
            "moderate",
            f"Cr_eq/Ni_eq {weld.solidification.ratio:.2f} (Hammar-Svensson) is below {AUSTENITIC_BELOW}: austenite "
            "solidifies first",
            RATIO_SOURCE,
            HAMMAR_SVENSSON_CR.sources,  # its limits have two, the weights of the equivalents one
        )


def _much_ferrite(weld: Weld) -> Iterator[Risk]:
    if weld.structure == "austenitic" and weld.ferrite.value is not None and weld.ferrite.value > MOST_FN:
        yield Risk(
            "embrittlement in hot service",
            "note",
            f"ferrite number {weld.ferrite.value:.1f} is above {MOST_FN}; in hot service ferrite becomes sigma phase",
            "ASME PCC-2 article 211 (FN at most 10); Kou, Welding Metallurgy",
            2,
        )


def _martensite(weld: Weld) -> Iterator[Risk]:
    if weld.structure == "martensitic":
        yield Risk(
            "martensite in the weld metal",
            "high",
            f"the weld metal lies in Schaeffler's field {weld.region}",
            "Schaeffler, Metal Progress 56 (1949) 680",
            3,
        )
        return
    for base in weld.bases:
        band = weld.martensite_band(base)
        if base.family == "ferritic" and band:
            yield Risk(
                "martensite at the fusion line",
                "moderate",
                f"mixtures of the weld metal with {band[0]:.0%} to {band[1]:.0%} {base.name}, as at the fusion line, "
                "lie in Schaeffler's fields with martensite",
                f"{REVIEW}; Metallography, Microstructure, and Analysis (2016) 10.1007/s13632-016-0311-z",
                2,
            )


def _cold_cracking(weld: Weld) -> Iterator[Risk]:
    for base in weld.bases:
        equivalent = CE_IIW(base.composition)
        if base.family == "ferritic" and equivalent > HARDENING_CE:
            yield Risk(
                "cold cracking",
                "high",
                f"{base.name}: CE_IIW {equivalent:.2f} is above {HARDENING_CE} (CET {CET(base.composition):.2f}); "
                f"beside the weld it hardens (Ms {MARTENSITE_START(base.composition):.0f} degC): preheat, low hydrogen",
                "IIW Doc. IX-535-67; EN 1011-2 annex C",
                3,
            )


def _carbon_migration(weld: Weld) -> Iterator[Risk]:
    for base in weld.bases:
        step = weld.composition.get("Cr", 0.0) - base.composition.get("Cr", 0.0)
        if base.family == "ferritic" and step >= CHROMIUM_STEP:
            nickel = weld.structure == "nickel"
            slowed = "; nickel weld metal slows it" if nickel else ""
            yield Risk(
                "carbon migration",
                "note" if nickel else "moderate",
                f"the weld metal has {step:.1f} % more chromium than {base.name}: in heat treatment and hot service "
                f"carbon leaves {base.name}, which makes a soft zone beside a hard one{slowed}",
                f"{REVIEW}; Mayr et al., International Materials Reviews (2018) 10.1080/09506608.2017.1410943",
                2,
            )


def _duplex(weld: Weld) -> Iterator[Risk]:
    metals = [m.name for m in (*weld.bases, weld.filler) if m.family == "duplex"]
    if weld.structure == "duplex" or metals:
        yield Risk(
            "sigma and other brittle phases",
            "moderate",
            f"duplex ({', '.join(dict.fromkeys(metals)) or 'the weld metal'}): held or cooled slowly between 315 and "
            "955 degC it embrittles; keep heat input and interpass temperature in their range",
            "Outokumpu, How to weld 2205; Kotecki, Soldagem & Inspecao 15 (2010) 336",
            2,
        )


def _nickel_dilution(weld: Weld) -> Iterator[Risk]:
    if weld.filler.family == "nickel" and weld.dilution > MOST_DILUTION + 1e-9:
        yield Risk(
            "dilution too high",
            "moderate",
            f"{weld.dilution:.0%} of the weld metal is base metal, more than {MOST_DILUTION:.0%}; it has "
            f"{weld.composition.get('Fe', 0.0):.0f} % iron",
            "rule of thumb; no published limit has been confirmed",
            0,
        )


def _ductility_dip(weld: Weld) -> Iterator[Risk]:
    chromium = weld.composition.get("Cr", 0.0)
    if weld.structure == "nickel" and chromium >= DIP_CHROMIUM:
        yield Risk(
            "ductility-dip cracking",
            "moderate",
            f"nickel weld metal with {chromium:.0f} % chromium may crack along grain boundaries below the solidus when "
            "it is restrained",
            "Young et al., Welding Journal 87 (2008) 31s; Metals 11 (2021) 1540",
            2,
        )


def _mottling(weld: Weld) -> Iterator[Risk]:
    if weld.structure not in {"nickel", "austenitic"}:
        return
    coarse = weld.structure == "nickel" or weld.mode in {"A", "AF"}
    kind = "nickel" if weld.structure == "nickel" else "austenitic"
    grains = "long and coarse, for ferrite does not break them up" if coarse else "finer where ferrite solidifies first"
    yield Risk(
        "mottling on the radiograph",
        "moderate" if coarse else "note",
        f"columnar grains of {kind} weld metal diffract X-rays (here {grains}): streaks and mottling that are no "
        "flaws; they change with angle and energy",
        "Assessing Mottled Indications, Materials Evaluation (ASNT, 2022); ndt.net forum 33558",
        2,
    )


_RULES: Final[tuple[Callable[[Weld], Iterator[Risk]], ...]] = (
    _hot_cracking,
    _much_ferrite,
    _martensite,
    _cold_cracking,
    _carbon_migration,
    _duplex,
    _nickel_dilution,
    _ductility_dip,
    _mottling,
)
