"""The cross-section of a welded joint: groove, fusion lines, cap, root and buttering, in mm.

y runs across the seam, from base A (negative) to base B (positive) with the joint line at 0; z is depth from the
surface of plate A.
"""

from dataclasses import dataclass, replace

import numpy as np

from dynawave.errors import ConfigError
from dynawave.simulate.records import Array

_ROUND = 2 / 3
"""Area of a parabolic cap or root over its width times its height."""


@dataclass(frozen=True, slots=True)
class Joint:
    """A butt joint of two plates or pipe ends of one thickness.

    No bevel and a small gap make a square butt, bevels near 30 degrees a single V, bevels of a few degrees with a wide
    gap a narrow gap. The fusion lines run parallel to the groove faces, so deep in the plates that the dilution is the
    one asked for; cap and root reach from one to the other. (Real fusion lines bulge a little at every pass.)

    Attributes:
        thickness_mm: of both plates.
        bevel_deg: bevel angles of the faces A and B from the beam's normal direction.
        root_gap_mm: opening between the plates at the root.
        root_face_mm: height of the unbevelled land at the root.
        cap_mm: height of the cap in its middle.
        root_mm: height of the root reinforcement in its middle.
        misalignment_mm: how far plate B lies deeper than plate A (hi-lo).
        dilution: shares of the weld metal that were metal of side A and of side B (mass, taken as area).
        buttering_mm: width of the buttering layer on the face of base A before welding; 0 for none.

    Raises:
        ConfigError: a size is out of range, the dilution out of reach, or the buttering narrower than what is melted.
    """

    thickness_mm: float
    bevel_deg: tuple[float, float] = (30.0, 30.0)
    root_gap_mm: float = 2.0
    root_face_mm: float = 1.0
    cap_mm: float = 1.5
    root_mm: float = 1.0
    misalignment_mm: float = 0.0
    dilution: tuple[float, float] = (0.15, 0.15)
    buttering_mm: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be welded."""
        sizes = (self.root_gap_mm, self.root_face_mm, self.cap_mm, self.root_mm, self.buttering_mm, *self.dilution)
        if not self.thickness_mm > 0 or min(sizes) < 0 or self.root_face_mm > self.thickness_mm:
            raise ConfigError("joint: a size is negative, or the root face is thicker than the plate.")
        if not all(0 <= angle < 60 for angle in self.bevel_deg):
            raise ConfigError(f"joint: bevel angles {self.bevel_deg} lie outside 0 to 60 degrees.")
        if abs(self.misalignment_mm) > self.thickness_mm / 2:
            raise ConfigError("joint: the plates are misaligned by more than half of their thickness.")
        if sum(self.dilution) >= self.thickness_mm / (self.thickness_mm + _ROUND * (self.cap_mm + self.root_mm)):
            raise ConfigError(f"joint: dilutions {self.dilution} leave no room for the filler in cap and root.")
        if 0 < self.buttering_mm <= self.penetration_mm[0]:
            raise ConfigError("joint: the weld melts through the buttering, which must be wider.")

    @property
    def groove_mm2(self) -> float:
        """Area of the empty groove before welding."""
        flank = self.thickness_mm - self.root_face_mm
        wedges = sum(np.tan(np.radians(angle)) for angle in self.bevel_deg) * flank**2 / 2
        return float(self.root_gap_mm * self.thickness_mm + wedges)

    @property
    def penetration_mm(self) -> tuple[float, float]:
        """How far, along y, the fusion lines lie in the sides A and B beyond the groove faces.

        The melted metal, penetration times thickness, is `dilution` of the weld metal's area, which is groove + melted
        metal + cap + root, where cap and root grow wider with the penetration too.
        """
        opening = self.root_gap_mm * (self.cap_mm + self.root_mm) + self.cap_mm * self._wedge_mm
        fixed = self.groove_mm2 + _ROUND * opening
        rise = self.thickness_mm + _ROUND * (self.cap_mm + self.root_mm)
        per_share = fixed / (self.thickness_mm - sum(self.dilution) * rise)
        return per_share * self.dilution[0], per_share * self.dilution[1]

    @property
    def weld_mm2(self) -> float:
        """Area of the weld metal with cap and root, of plates without misalignment."""
        reinforcement = self.cap_mm * self.width_at(0.0) + self.root_mm * self.width_at(self.thickness_mm)
        return self.groove_mm2 + sum(self.penetration_mm) * self.thickness_mm + _ROUND * reinforcement

    @property
    def _wedge_mm(self) -> float:
        """What both bevels together add to the opening at the surface."""
        flank = self.thickness_mm - self.root_face_mm
        return float(sum(np.tan(np.radians(angle)) for angle in self.bevel_deg) * flank)

    def width_at(self, level: float) -> float:
        """Distance in mm of the two fusion lines, each at `level` mm below the surface of its own plate."""
        left, right = self._toes(level)
        return right - left

    def _toes(self, level: float) -> tuple[float, float]:
        """Where (y in mm) the two fusion lines are, each at `level` mm below the surface of its own plate."""
        left, right = self.fusion_lines(np.array([level, level + self.misalignment_mm]))
        return float(left[0]), float(right[1])

    def fusion_lines(self, z: Array) -> tuple[Array, Array]:
        """Where (y in mm) the fusion lines of sides A and B are at depths `z`; beyond the plates they are upright."""
        deep = self.thickness_mm - self.root_face_mm
        lines = []
        for side, sign in ((0, -1), (1, 1)):
            flank = np.clip(deep - (z - side * self.misalignment_mm), 0, deep)
            half = self.root_gap_mm / 2 + flank * np.tan(np.radians(self.bevel_deg[side])) + self.penetration_mm[side]
            lines.append(sign * half)
        return lines[0], lines[1]

    def buttering_line(self, z: Array) -> Array:
        """Where (y in mm) base A ends and its buttering begins at depths `z`; fusion line A where there is none."""
        line = self.fusion_lines(z)[0]
        return line - (self.buttering_mm - self.penetration_mm[0]) if self.buttering_mm else line

    def surfaces(self, y: Array) -> tuple[Array, Array]:
        """Depth z in mm of the upper and of the lower surface at `y`: plates, misalignment, parabolic cap and root."""
        edges = []
        for level, height in ((0.0, -self.cap_mm), (self.thickness_mm, self.root_mm)):
            left, right = self._toes(level)
            across = np.clip((y - left) / max(right - left, 1e-9), 0, 1)
            edges.append(level + self.misalignment_mm * across + height * 4 * across * (1 - across))
        return edges[0], edges[1]

    def flush(self) -> "Joint":
        """The same groove and fusion lines with cap and root ground off; what remains is diluted more."""
        melted = sum(self.penetration_mm) * self.thickness_mm
        rise = self.weld_mm2 / (self.groove_mm2 + melted)
        return replace(self, cap_mm=0.0, root_mm=0.0, dilution=(self.dilution[0] * rise, self.dilution[1] * rise))
