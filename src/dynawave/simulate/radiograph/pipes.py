"""Pipes that are radiographed through both walls: which pipe, and where its seams run on the film.

Thin walls of small pipes are taken in one exposure that shows the source side's weld too, beside the other (elliptical)
or over it; of larger pipes, the source stands on the far wall and only the film side's weld is seen. ISO 17636-1 allows
the elliptical technique up to 100 mm of diameter, 8 mm of wall and a weld as wide as a quarter of the diameter.
"""

from typing import Final

from numpy.random import Generator

from dynawave.simulate.fields import log_uniform
from dynawave.simulate.joint import Pipe
from dynawave.simulate.joint.assembly import moved
from dynawave.simulate.scene import Seam, draw_seam

LARGEST_MM: Final = 100.0
THICKEST_MM: Final = {"double image": 8.0, "single image": 16.0}
"""Greatest wall by technique; that of the single image is an assumption."""


def draw_run(rng: Generator, width: int, height: int, pixel_mm: float, share: float) -> tuple[Seam, Pipe | None]:
    """Draw the middle course of the seams and, for this share of the films, the pipe that they go round.

    Args:
        rng: draws them.
        width: columns of the film.
        height: rows of the film.
        pixel_mm: edge of a pixel in the object.
        share: of pipes.
    """
    if rng.random() >= share:
        return draw_seam(rng, width, height), None
    if rng.random() < 0.4:
        return draw_seam(rng, width, height), Pipe(log_uniform(rng, 1.1 * LARGEST_MM, 600), "single image")
    elliptical = rng.random() < 0.7
    # two welds beside each other each have half of the film
    seam = draw_seam(rng, width, height // 2 if elliptical else height)
    if elliptical:
        seam = moved(seam, height / 4)
    cap_mm = 2 * seam.half_width() * pixel_mm
    outer = max(log_uniform(rng, 45, LARGEST_MM), 4 * cap_mm)
    return seam, Pipe(outer, "double image", cap_mm * rng.uniform(1.1, 1.4) if elliptical else 0.0)


def wall_mm(pipe: Pipe, thickness_mm: float) -> float:
    """Thickness of the wall of this pipe where plates with the same weld were `thickness_mm` thick."""
    return min(thickness_mm, THICKEST_MM[pipe.technique], 0.2 * pipe.outer_mm)


def seams_of(seam: Seam, pipe: Pipe | None, thickness_mm: float, pixel_mm: float) -> tuple[Seam, ...]:
    """The seam of each weld on the film: of plates one, of a pipe one or two."""
    if pipe is None:
        return (seam,)
    walls = pipe.walls(thickness_mm, len(seam.centre), pixel_mm)
    return tuple(moved(seam, wall.shift_mm / pixel_mm) for wall in walls if wall.weld)
