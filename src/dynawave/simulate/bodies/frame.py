"""Where the weld lies and how the beam passes it: all that a body needs to know of the film it is projected on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dynawave.simulate.records import Array


@dataclass(frozen=True, slots=True)
class Beam:
    """Direction of a parallel beam; (0, 0) goes straight down through the plate.

    Attributes:
        along_deg: lean towards +x (along the seam) on the way down, in degrees; a rotation about the y axis.
        across_deg: lean towards +y (across the seam) on the way down, in degrees; a rotation about the x axis.
    """

    along_deg: float = 0.0
    across_deg: float = 0.0

    @property
    def slopes(self) -> tuple[float, float]:
        """How far the beam moves along x and along y for each mm of depth."""
        return float(np.tan(np.radians(self.along_deg))), float(np.tan(np.radians(self.across_deg)))

    @property
    def stretch(self) -> float:
        """Path length for each mm of depth, at least 1."""
        return float(np.sqrt(1 + sum(slope**2 for slope in self.slopes)))


@dataclass(frozen=True)
class WeldFrame:
    """A weld's geometry, seen from above.

    Coordinates are in mm: x along the image's columns (and the seam), y along its rows, z down from the upper surface
    of the plate. The middle of pixel (column, row) is x = column * pixel_size_mm, y = row * pixel_size_mm. A point
    below the surface is drawn where the ray through it enters the plate, so where the beam leans it is displaced.

    Attributes:
        centre: the joint, where the root lies: y in pixels for every column, [width].
        upper: upper edge of the cap, y in pixels, [width].
        lower: lower edge of the cap, y in pixels, [width].
        thickness_mm: of the plate.
        pixel_size_mm: edge of a pixel.
        bevel_deg: angle between the beam's axis and either flank of the groove (half the groove angle of a V).
        root_z_mm: depth of the root; None: at the lower surface, as in a single V.
        gap_mm: root gap.
        beam: its direction.
    """

    centre: Array
    upper: Array
    lower: Array
    thickness_mm: float
    pixel_size_mm: float
    bevel_deg: float = 30.0
    root_z_mm: float | None = None
    gap_mm: float = 2.0
    beam: Beam = Beam()

    @property
    def length_mm(self) -> float:
        """Length of seam on the image."""
        return len(self.centre) * self.pixel_size_mm

    @property
    def root_mm(self) -> float:
        """Depth of the root."""
        return self.thickness_mm if self.root_z_mm is None else self.root_z_mm

    @cached_property
    def half_width_mm(self) -> float:
        """Mean half width of the cap."""
        return float((self.lower - self.upper).mean() / 2) * self.pixel_size_mm

    @cached_property
    def run(self) -> tuple[float, float]:
        """Slope and intercept (mm at x = 0) of the straight line nearest to the joint."""
        slope, start = np.polyfit(np.arange(len(self.centre)), self.centre, 1)
        return float(slope), float(start) * self.pixel_size_mm

    def edge(self, x: Array, side: float) -> Array:
        """The y in mm of the cap's edge at `x` mm, on the lower side for a positive `side`, else on the upper one."""
        return self._at(self.lower if side > 0 else self.upper, x)

    def at(self, x: Array | float, across: Array | float) -> Array:
        """The y in mm at `x` mm of the point `across` the cap: -1 its upper edge, 0 the joint, 1 its lower edge."""
        x, across = np.asarray(x), np.asarray(across)
        joint = self._at(self.centre, x)
        edge = np.where(across > 0, self._at(self.lower, x), self._at(self.upper, x))
        return np.asarray(joint + np.abs(across) * (edge - joint))

    def line(self, x: Array, offset: float) -> Array:
        """The y in mm at `x` mm of a straight line beside the joint, as the groove is machined."""
        return np.asarray(self.run[0] * x + self.run[1] + offset)

    def flank(self, depth: float) -> float:
        """Distance in mm from the joint to the flank of the groove at this depth in mm."""
        return self.gap_mm / 2 + abs(self.root_mm - depth) * float(np.tan(np.radians(self.bevel_deg)))

    def _at(self, course: Array, x: Array) -> Array:
        columns = np.clip(x / self.pixel_size_mm, 0, len(course) - 1)
        return np.asarray(course[columns.astype(np.intp)] * self.pixel_size_mm)
