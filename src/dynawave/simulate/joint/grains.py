"""Where columnar grains point: a field of growth directions from the fusion lines to the middle, up and along the seam.

In the cross-section the law has the form of Ogilvy's (NDT International 18 (1985) 67), a tangent that grows with the
inverse distance from the middle; here it is set so that grains leave the fusion line at a right angle, as columnar
growth does, whatever the bevel. In plan, grains stay at right angles to the rear of the melt pool, an ellipse that
follows the torch (after S. A. David, S. S. Babu, J. M. Vitek, JOM 55 (6) (2003)), until competition stops those that
would turn too far.
"""

from dataclasses import dataclass

import numpy as np

from dynawave.errors import ConfigError
from dynawave.simulate.joint.geometry import Joint
from dynawave.simulate.records import Array

_NEAREST = 0.2
"""Share of the half width inside which grains turn no further, for they meet the other side's (an assumption)."""


@dataclass(frozen=True, slots=True)
class Grains:
    """The columnar structure of a weld metal.

    Attributes:
        width_mm: grain width at the fusion line, inherited from the base metal, and in the middle, after competition.
        length_mm: length of a column.
        competition_mm: distance over which the width changes from the one to the other.
        misorientation_deg: standard deviation of a grain's axis about the mean field.
        texture: share of grains with <100> along their axis.
        texture_spread_deg: standard deviation of <100> about the axis in those.
        mosaic_deg: full width of the spread of orientation within a grain.
        rise: how fast grains turn upwards away from the fusion line; 0 keeps them normal to it all the way.
        pool_ratio: length of the melt pool's rear over half its width.
        lean_limit_deg: greatest angle in plan between a grain and the direction across the seam.
        middle_spread: standard deviation of where the grains of both sides meet in a layer, over its half width.

    Raises:
        ConfigError: a size is not positive, or a share or an angle out of range.
    """

    width_mm: tuple[float, float] = (0.12, 0.35)
    length_mm: float = 3.0
    competition_mm: float = 1.5
    misorientation_deg: float = 6.0
    texture: float = 0.6
    texture_spread_deg: float = 12.0
    mosaic_deg: float = 0.5
    rise: float = 1.0
    pool_ratio: float = 2.0
    lean_limit_deg: float = 50.0
    middle_spread: float = 0.12

    def __post_init__(self) -> None:
        """Refuse what no weld has."""
        sizes = (
            *self.width_mm,
            self.length_mm,
            self.competition_mm,
            self.texture_spread_deg,
            self.mosaic_deg,
            self.pool_ratio,
        )
        if min(sizes) <= 0 or self.length_mm < max(self.width_mm):
            raise ConfigError("grains: sizes and spreads must be positive, and grains longer than wide.")
        if not 0 <= self.texture <= 1 or self.rise < 0 or not 0 <= self.lean_limit_deg < 80:
            raise ConfigError("grains: a share lies outside 0 to 1, or an angle out of range.")

    def width_at(self, inside_mm: Array) -> Array:
        """Grain width in mm at a distance inside the fusion line: the slow ones are overgrown and the rest widen."""
        start, end = self.width_mm
        return np.asarray(end + (start - end) * np.exp(-np.clip(inside_mm, 0, None) / self.competition_mm))


def growth_direction(joint: Joint, grains: Grains, y: Array, z: Array, middle_mm: float = 0.0) -> Array:
    """Mean growth direction in the weld metal: unit vectors (x along the seam, y across it, z down), [..., 3].

    Grains on side A grow towards +y and on side B towards -y; up is -z, and the torch travels towards +x.

    Args:
        joint: the cross-section; a buttering's grains continue into the weld.
        grains: the structure.
        y: mm, any shape; points outside the weld metal get the direction at the nearest fusion line.
        z: mm, of the same shape.
        middle_mm: y where the grains of both sides meet.
    """
    line_a, line_b = joint.buttering_line(z), joint.fusion_lines(z)[1]
    side_b = y > middle_mm
    half = np.where(side_b, line_b - middle_mm, middle_mm - line_a)
    outward = np.clip(np.abs(y - middle_mm) / np.maximum(half, 1e-6), _NEAREST, 1)
    bevel = np.tan(np.radians(np.where(side_b, joint.bevel_deg[1], joint.bevel_deg[0])))
    own = z - np.where(side_b, joint.misalignment_mm, 0)
    slanting = (own >= 0) & (own <= joint.thickness_mm - joint.root_face_mm)
    up = np.where(slanting, bevel, 0) + grains.rise * (1 / outward - 1)
    along = np.sqrt(1 - outward**2) / (outward * grains.pool_ratio)
    along = np.minimum(along, np.tan(np.radians(grains.lean_limit_deg)))
    vector = np.stack([along, np.where(side_b, -1.0, 1.0), -up], axis=-1)
    return np.asarray(vector / np.linalg.norm(vector, axis=-1, keepdims=True))
