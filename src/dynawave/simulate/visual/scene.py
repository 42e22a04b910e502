"""The weld as it lies before the camera: the run of the bead, the plates' metals, sizes in mm and pixels."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve, log_uniform
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Seam

PAIRS: Final = (("stainless", "stainless"), ("carbon", "carbon"), ("stainless", "carbon"), ("carbon", "stainless"))


@dataclass(frozen=True, slots=True)
class Scene:
    """Set-up of one photograph, the seam running along the rows.

    Attributes:
        seam: centre and edges of the bead, y in pixels at each column.
        pixel_mm: edge of a pixel.
        cap_mm: height of the bead's crown.
        crater: (x, y) in pixels of the crater where a run ended, or None.
        metals: of the upper and lower plate, "stainless" or "carbon".
        across: [height, width], -1 at the upper edge of the bead, 0 at its centre, 1 at the lower edge.
        beyond_mm: [height, width], distance from the bead's edge in mm, 0 within the bead.
    """

    seam: Seam
    pixel_mm: float
    cap_mm: float
    crater: tuple[float, float] | None
    metals: tuple[str, str]
    across: Array
    beyond_mm: Array

    @property
    def half_px(self) -> float:
        """Mean half width of the bead in pixels."""
        return self.seam.half_width()


def draw_scene(rng: Generator, height: int, width: int, pixel_mm: float) -> Scene:
    """Draw a scene of [height, width] pixels; how much the bead's edges waver says how steady the welder's hand was."""
    half = min(log_uniform(rng, 2.2, 6.5) / pixel_mm, 0.3 * height)
    x = np.arange(width, dtype=np.float32)
    middle = height * rng.uniform(0.4, 0.6) + rng.normal(0, 0.05) * (x - width / 2)
    middle += 0.08 * half * rng.uniform(0, 1) * curve(rng, width, 4 * half)
    unsteady = log_uniform(rng, 0.015, 0.2)
    widths = [half * (1 + unsteady * (curve(rng, width, 0.8 * half) + curve(rng, width, 3 * half))) for _ in range(2)]
    upper, lower = (middle + side * np.maximum(w, 0.4 * half) for side, w in zip((-1, 1), widths, strict=True))
    seam = Seam(middle.astype(np.float32), upper.astype(np.float32), lower.astype(np.float32))

    y = np.arange(height, dtype=np.float32)[:, None]
    off = y - seam.centre[None]
    across = off / np.where(off < 0, seam.centre - seam.upper, seam.lower - seam.centre)
    beyond = np.maximum(np.maximum(seam.upper[None] - y, y - seam.lower[None]), 0) * pixel_mm
    crater = None
    if rng.random() < 0.35:
        at = rng.uniform(0.15, 0.85) * width
        crater = (at, seam.at(at, rng.normal(0, 0.08)))
    cap = half * pixel_mm * rng.uniform(0.12, 0.5)
    metals = PAIRS[rng.choice(4, p=[0.35, 0.35, 0.15, 0.15])]
    return Scene(seam, pixel_mm, cap, crater, metals, np.asarray(across, np.float32), np.asarray(beyond, np.float32))
