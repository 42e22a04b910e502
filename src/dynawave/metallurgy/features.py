"""Metallurgy as named numbers for the network's context tokens; what is unknown is None."""

from typing import Final

from dynawave.errors import ConfigError
from dynawave.metallurgy.composition import Composition
from dynawave.metallurgy.diagrams import ferrite_number, is_nickel_base
from dynawave.metallurgy.formulas import (
    CE_IIW,
    HAMMAR_SVENSSON_CR,
    HAMMAR_SVENSSON_NI,
    SCHAEFFLER_CR,
    SCHAEFFLER_NI,
    WRC_CR,
    WRC_NI,
)
from dynawave.metallurgy.metals import Metal, Role, find_metal
from dynawave.metallurgy.weld import assess
from dynawave.records import WeldContext

FEATURES: Final = (
    "cr_eq_schaeffler",
    "ni_eq_schaeffler",
    "cr_eq_wrc",
    "ni_eq_wrc",
    "cr_ni_ratio",
    "ferrite_number",
    "ce_iiw",
    "nickel_base",
)
"""What is said of each metal: equivalents in mass %, ratio and ferrite number as read, nickel_base 0 or 1."""

Features = dict[str, float | None]


def composition_features(composition: Composition | None) -> Features:
    """Features of one metal; all None when its composition is unknown.

    The ferrite number is None where the WRC-1992 diagram has no line, save in nickel alloys, which have no ferrite.
    """
    if composition is None:
        return dict.fromkeys(FEATURES)
    nickel = is_nickel_base(composition)
    values = (
        SCHAEFFLER_CR(composition),
        SCHAEFFLER_NI(composition),
        WRC_CR(composition),
        WRC_NI(composition),
        HAMMAR_SVENSSON_CR(composition) / max(HAMMAR_SVENSSON_NI(composition), 1e-9),
        0.0 if nickel else ferrite_number(composition).value,
        CE_IIW(composition),
        float(nickel),
    )
    return dict(zip(FEATURES, values, strict=True))


def context_features(context: WeldContext, dilution: float | None = None) -> Features:
    """Features of a weld's metals by the names that its context gives.

    Args:
        context: base metals and filler by name; a name that the library does not know counts as unknown.
        dilution: mass fraction of base metal in the weld metal, half from each side; without it the weld metal is
            unknown.

    Returns:
        "base_a.", "base_b.", "filler." and "weld." before each name of `FEATURES`. Where only one base metal is named,
        it is both.
    """
    base_a, base_b, filler = metals_of(context)
    weld = None
    if base_a and base_b and filler and dilution is not None:
        weld = assess(base_a, base_b, filler, dilution / 2, dilution / 2).composition
    parts = {"base_a": _analysis(base_a), "base_b": _analysis(base_b), "filler": _analysis(filler), "weld": weld}
    return {f"{part}.{k}": v for part, known in parts.items() for k, v in composition_features(known).items()}


def metals_of(context: WeldContext) -> tuple[Metal | None, Metal | None, Metal | None]:
    """Base metals and filler by the names of the context; None for one that the library does not know.

    Where only one base metal is named, it is both.
    """
    names = context.base_metals[:2]
    base_a, base_b = (_known(names[side] if names else None, "base") for side in (0, -1))
    return base_a, base_b, _known(context.filler, "filler")


def _known(name: str | None, role: Role) -> Metal | None:
    try:
        return find_metal(name, role) if name else None
    except ConfigError:
        return None


def _analysis(metal: Metal | None) -> Composition | None:
    return metal.composition if metal else None
