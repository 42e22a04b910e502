"""What the weld metal is made of: base and filler metals mixed by their shares of the melt."""

from collections.abc import Mapping

from dynawave.errors import ConfigError

Composition = Mapping[str, float]
"""Mass % by element symbol; an element that is not named is absent."""


def mix(*parts: tuple[Composition, float]) -> dict[str, float]:
    """Mix compositions, element by element, by mass fractions that sum to 1.

    Raises:
        ConfigError: a fraction is negative, or they do not sum to 1.
    """
    shares = [share for _, share in parts]
    if min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
        raise ConfigError(
            f"dilution: the shares {', '.join(f'{s:g}' for s in shares)} are not fractions that sum to 1."
        )
    elements = dict.fromkeys(element for composition, _ in parts for element in composition)
    return {e: sum(composition.get(e, 0.0) * share for composition, share in parts) for e in elements}


def dilute(
    base_a: Composition, base_b: Composition, filler: Composition, dilution_a: float, dilution_b: float
) -> dict[str, float]:
    """Weld metal of two base metals and a filler: d_A A + d_B B + (1 - d_A - d_B) filler.

    Args:
        base_a: mass % of the one base metal.
        base_b: mass % of the other.
        filler: mass % of the undiluted filler.
        dilution_a: mass fraction of the weld metal that was base metal A, 0-1.
        dilution_b: the same of base metal B.

    Raises:
        ConfigError: a dilution is negative, or both together exceed 1.

    Example:
        >>> dilute({"Fe": 100}, {"Fe": 100}, {"Ni": 100}, 0.125, 0.125)
        {'Fe': 25.0, 'Ni': 75.0}
    """
    if min(dilution_a, dilution_b) < 0 or dilution_a + dilution_b > 1 + 1e-9:
        raise ConfigError(
            f"dilution: {dilution_a:g} and {dilution_b:g} are not fractions of one weld metal, both together at most 1."
        )
    return mix((base_a, dilution_a), (base_b, dilution_b), (filler, max(0.0, 1 - dilution_a - dilution_b)))
