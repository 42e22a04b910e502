"""What the joint is made of at every point of its cross-section: mass fractions of its end members.

From the base metal inwards: base, unmixed zone (melted, yet not stirred into the pool), a zone graded from base to weld
metal, and the weld metal of each pass with its own dilution.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.errors import ConfigError
from dynawave.simulate.joint.geometry import Joint
from dynawave.simulate.records import Array


class Member(IntEnum):
    """Metals from which every composition of the joint is mixed, and the order in which arrays carry them."""

    BASE_A = 0
    BASE_B = 1
    FILLER = 2
    BUTTERING = 3


@dataclass(frozen=True, slots=True)
class Mixing:
    """How the melt mixed.

    Attributes:
        unmixed_mm: width of the unmixed zone on sides A and B (an assumption: a tenth of a millimetre).
        graded_mm: length over which base metal in the graded zone falls to 1/e (an assumption; a zone 0.02 mm wide is
            reported for alloy 625 on A36, Materials Research, scielo.br/j/mr/a/zf9n4Kdff4QszkNvx7qkxbR).
        pass_spread: relative standard deviation of a pass's dilution about its mean. An assumption.
        pass_mm: width and height of a bead.
    """

    unmixed_mm: tuple[float, float] = (0.1, 0.1)
    graded_mm: tuple[float, float] = (0.15, 0.15)
    pass_spread: float = 0.2
    pass_mm: tuple[float, float] = (5.0, 3.0)


@dataclass(frozen=True, slots=True)
class Section:
    """A sampled cross-section.

    Attributes:
        y: mm, [columns].
        z: mm, [rows], evenly spaced middles of the cells.
        filled: share of each cell that is metal, [rows, columns].
        fractions: mass fraction of each member, [4, rows, columns], which sum to one everywhere.
        stirred: weight of mixed weld metal in each cell, [rows, columns]: 0 in base metal, 1 far inside the weld.
        fused: where the metal was melted by the weld, boolean [rows, columns].
        buttering: where it is buttering that was not melted again, boolean [rows, columns].
    """

    y: Array
    z: Array
    filled: Array
    fractions: Array
    stirred: Array
    fused: NDArray[np.bool_]
    buttering: NDArray[np.bool_]


def _kept(inside: Array, unmixed: float, graded: float) -> Array:
    """Share of unstirred base metal at a distance in mm inside the fusion line; 1 outside it."""
    return np.asarray(np.exp(-np.clip(inside - unmixed, 0, None) / max(graded, 1e-6)), np.float32)


def _passes(rng: Generator, joint: Joint, mixing: Mixing, y: Array, z: Array) -> Array:
    """Relative dilution of the pass that laid each point, [rows, columns]; the root pass melts most."""
    width, height = mixing.pass_mm
    rows = int(np.ceil((joint.thickness_mm + joint.root_mm) / height)) + 1
    columns = int(np.ceil(joint.width_at(0.0) / width)) + 2
    factor = 1 + mixing.pass_spread * rng.standard_normal((rows, columns))
    factor[0] += mixing.pass_spread
    layer = (joint.thickness_mm + joint.root_mm - z) / height
    # beads of neighbouring layers lie in the gaps of each other
    row = np.clip(layer.astype(int), 0, rows - 1)
    place = y[None] / width + 0.5 * columns + 0.25 * (-1.0) ** row[:, None]
    return np.asarray(np.clip(factor, 0.2, 2.0)[row[:, None], np.clip(place.astype(int), 0, columns - 1)])


def _stirred_in(asked: float, unstirred: float, weight: float, area: float, side: str) -> float:
    """Fraction of a side's metal in the stirred metal that, with the unstirred zones, gives the dilution asked for."""
    rest = (asked * area - unstirred) / max(weight, 1e-12)
    if rest < 0:
        raise ConfigError(f"joint: unmixed and graded zones alone dilute the weld by over {asked:g} on side {side}.")
    return rest


def section(joint: Joint, mixing: Mixing, rng: Generator, y: Array, z: Array) -> Section:
    """Composition of the joint at points `y` [columns] and evenly spaced depths `z` [rows], in mm.

    The mean share of each side's metal in the weld metal (all that was melted, cap and root too) is `joint.dilution`.

    Raises:
        ConfigError: the unmixed and graded zones alone dilute the weld more than was asked for.
    """
    step = z[1] - z[0]
    top, bottom = joint.surfaces(y)
    filled = np.clip((z[:, None] - top) / step + 0.5, 0, 1) * np.clip((bottom - z[:, None]) / step + 0.5, 0, 1)
    line_a, line_b = (line[:, None] for line in joint.fusion_lines(z))
    slopes = np.cos(np.radians(joint.bevel_deg))
    kept_a = _kept((y - line_a) * slopes[0], mixing.unmixed_mm[0], mixing.graded_mm[0])
    kept_b = _kept((line_b - y) * slopes[1], mixing.unmixed_mm[1], mixing.graded_mm[1])
    fused = (y > line_a) & (y < line_b)
    # unstirred A, unstirred B and stirred weld metal sum to one even where both zones overlap in a narrow root
    weight_a, weight_b, stirred = kept_a * (1 - kept_b / 2), kept_b * (1 - kept_a / 2), (1 - kept_a) * (1 - kept_b)
    weight_a, weight_b = np.where(y < line_a, 1, weight_a), np.where(y > line_b, 1, weight_b)
    weight_a, weight_b = np.where(y > line_b, 0, weight_a), np.where(y < line_a, 0, weight_b)

    melt = fused * filled
    area, inner = melt.sum(), (melt * stirred).sum()
    share_a = _stirred_in(joint.dilution[0], (melt * weight_a).sum(), inner, area, "A")
    share_b = _stirred_in(joint.dilution[1], (melt * weight_b).sum(), inner, area, "B")
    factor = _passes(rng, joint, mixing, y, z)
    factor = factor / ((melt * stirred * factor).sum() / max(inner, 1e-12))
    # half of the filler's mean share remains in every pass, which also leaves room for the dilution to wander
    total = share_a + share_b
    limit = (1 + total) / (2 * max(total, 1e-12))
    factor = 1 + (factor - 1) * min(1.0, (limit - 1) / max(factor.max() - 1, 1e-12))

    fractions = np.zeros((len(Member), *filled.shape), np.float32)
    side_a = weight_a + stirred * share_a * factor
    fractions[Member.BASE_B] = weight_b + stirred * share_b * factor
    fractions[Member.FILLER] = stirred * (1 - total * factor)
    buttering: NDArray[np.bool_] = np.zeros(filled.shape, bool)
    if joint.buttering_mm:
        face = joint.buttering_line(z)[:, None]
        buttering = (y > face) & (y <= line_a)
        base = np.where(y < face, 1, _kept((y - face) * slopes[0], mixing.unmixed_mm[0], mixing.graded_mm[0]))
        fractions[Member.BUTTERING] = side_a * (1 - base)
        side_a = side_a * base
    fractions[Member.BASE_A] = side_a
    return Section(y, z, filled.astype(np.float32), fractions, stirred.astype(np.float32), fused, buttering)


def density(fractions: Array, densities: tuple[float, float, float, float]) -> Array:
    """Density in g/cm3 of mixtures of the members by mass, [...] from [4, ...]: their specific volumes add."""
    volumes = 1 / np.asarray(densities, np.float32)
    return np.asarray(1 / np.tensordot(volumes, fractions, 1), np.float32)
