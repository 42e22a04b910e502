"""Pipes: the beam crosses two walls, and the film shows the weld of one of them or of both.

The film's x axis runs along the girth weld's chord, with the pipe's axis at the film's middle column; the photons are
taken as parallel. Which technique goes with which pipe is ruled by ISO 17636-1 and -2.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dynawave.errors import ConfigError
from dynawave.simulate.records import Array


@dataclass(frozen=True, slots=True)
class Wall:
    """One wall that the beam crosses.

    Attributes:
        weld: whether its weld is on the film; if not, the beam crosses base A here.
        shift_mm: how far its seam lies from the middle of both images, [width].
        stretch: path through the wall over its thickness, [width]; 0 beside the pipe.
    """

    weld: bool
    shift_mm: Array
    stretch: Array


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe and how it is radiographed through both walls.

    Attributes:
        outer_mm: outer diameter.
        technique: "single image" (the source stands near the wall beside the weld, so that only the film side's
            weld is on the film) or "double image" (both welds are).
        opening_mm: distance of the two images of the weld at the pipe's axis: elliptical technique; 0 for superimposed.

    Raises:
        ConfigError: the diameter is not positive or the opening negative.
    """

    outer_mm: float
    technique: Literal["single image", "double image"] = "double image"
    opening_mm: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no pipe."""
        if not self.outer_mm > 0 or self.opening_mm < 0:
            raise ConfigError("pipe: needs a positive diameter and an opening that is not negative.")

    def lean_deg(self, thickness_mm: float) -> float:
        """Angle between the beam and the plane of the weld that opens the two images, in degrees."""
        return float(np.degrees(np.arctan2(self.opening_mm, self.outer_mm - thickness_mm)))

    def walls(self, thickness_mm: float, width: int, pixel_size_mm: float) -> tuple[Wall, Wall]:
        """The film side's and the source side's wall, by column of a film of `width` pixels.

        Raises:
            ConfigError: the wall is thicker than the pipe's radius.
        """
        outer, inner = self.outer_mm / 2, self.outer_mm / 2 - thickness_mm
        if inner < 0:
            raise ConfigError(f"pipe: a wall of {thickness_mm:g} mm is thicker than the radius of {outer:g} mm.")
        x = (np.arange(width) - (width - 1) / 2) * pixel_size_mm
        chord = np.sqrt(np.clip(outer**2 - x**2, 0, None)) - np.sqrt(np.clip(inner**2 - x**2, 0, None))
        stretch = (chord / thickness_mm).astype(np.float32)
        middle = (outer + inner) / 2
        half = self.opening_mm / 2 * np.sqrt(np.clip(1 - (x / middle) ** 2, 0, None))
        if self.technique == "single image":
            return Wall(True, np.zeros(width), stretch), Wall(False, np.zeros(width), stretch)
        return Wall(True, half, stretch), Wall(True, -half, stretch)
