"""Random joints that fit a given plate and a given width of the cap, and structures that fit a kind of weld metal.

Ranges are common workshop practice, not statistics of any plant: they are assumptions.
"""

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import log_uniform
from dynawave.simulate.joint.composition import Mixing
from dynawave.simulate.joint.geometry import Joint
from dynawave.simulate.joint.grains import Grains

_STEEPEST = np.tan(np.radians(45))


def draw_joint(rng: Generator, thickness_mm: float, cap_width_mm: float) -> Joint:
    """A joint whose cap is `cap_width_mm` wide: a square butt, a V or a narrow gap, as plate and width allow.

    Args:
        rng: draws it.
        thickness_mm: of the plates.
        cap_width_mm: distance of the toes of the cap.
    """
    slender = rng.random() < 0.35
    face = thickness_mm * rng.uniform(0.0, 0.15)
    narrow = rng.uniform(0.8, 1.0) if slender else rng.uniform(0.2, 0.6)
    wedge = min((1 - narrow) * cap_width_mm, 1.6 * _STEEPEST * (thickness_mm - face))
    uneven = 0.5 + (rng.random() < 0.2) * rng.uniform(-0.1, 0.1)
    sides = (np.degrees(np.arctan(wedge * part / (thickness_mm - face))) for part in (uneven, 1 - uneven))
    bevel = tuple(float(angle) for angle in sides)
    total, share = rng.uniform(0.12, 0.4), rng.uniform(0.35, 0.65)
    cap = rng.uniform(0.4, 1) * min(3.5, 0.14 * cap_width_mm + 0.6)
    root, butter = cap * rng.uniform(0.2, 0.8), rng.random() < 0.2
    hi_lo = float(np.clip(rng.normal(0, 0.03), -0.1, 0.1)) * thickness_mm
    while True:
        dilution = (total * share, total * (1 - share))
        closed, open_ = (
            Joint(thickness_mm, (bevel[0], bevel[1]), gap, face, cap, root, hi_lo, dilution) for gap in (0.0, 1.0)
        )
        # the width grows in proportion to the gap
        gap = (cap_width_mm - closed.width_at(0.0)) / (open_.width_at(0.0) - closed.width_at(0.0))
        if gap >= 0:
            break
        total *= 0.7
    layer = rng.uniform(3, 8) if butter else 0.0
    plain = Joint(thickness_mm, (bevel[0], bevel[1]), gap, face, cap, root, hi_lo, dilution)
    if not layer:
        return plain
    layer += plain.penetration_mm[0]
    return Joint(thickness_mm, (bevel[0], bevel[1]), gap, face, cap, root, hi_lo, dilution, layer)


def draw_mixing(rng: Generator, joint: Joint) -> Mixing:
    """How the melt of `joint` mixed; the zones take up to half of what was melted, so that it fits."""
    deep_a, deep_b = joint.penetration_mm
    unmixed = [min(rng.uniform(0.02, 0.25) * deep, 0.4) for deep in (deep_a, deep_b)]
    graded = [min(rng.uniform(0.02, 0.25) * deep, 0.5) for deep in (deep_a, deep_b)]
    width = rng.uniform(3, 8)
    return Mixing(
        (unmixed[0], unmixed[1]), (graded[0], graded[1]), rng.uniform(0.05, 0.3), (width, width * rng.uniform(0.4, 0.7))
    )


def draw_grains(rng: Generator, structure: str) -> Grains | None:
    """The grains of a weld metal, or None where they are too fine to be seen.

    Args:
        rng: draws them.
        structure: as `metallurgy.weld.Weld.structure` says it: "nickel" and "austenitic" stay as they solidified;
            "duplex" is broken up by its two phases, here by a factor of three; "ferritic" and "martensitic" metal has
            transformed while cooling and has no coarse grains left.
    """
    if structure in ("ferritic", "martensitic"):
        return None
    scale = {"nickel": 1.3, "duplex": 1 / 3}.get(structure, 1.0)
    end = scale * log_uniform(rng, 0.1, 0.45)
    return Grains(
        width_mm=(end * rng.uniform(0.2, 0.6), end),
        length_mm=end * log_uniform(rng, 4, 12),
        competition_mm=log_uniform(rng, 0.5, 4),
        misorientation_deg=rng.uniform(3, 12),
        texture=rng.uniform(0.2, 0.9),
        texture_spread_deg=rng.uniform(8, 16),
        mosaic_deg=log_uniform(rng, 0.3, 1.5),
        rise=rng.uniform(0.4, 1.5),
        pool_ratio=log_uniform(rng, 1.2, 4),
        lean_limit_deg=rng.uniform(30, 60),
        middle_spread=rng.uniform(0.0, 0.2),
    )
