"""A joint as one film sees it: geometry, composition and microstructure of all walls that the beam crosses."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.simulate.joint.composition import Mixing
from dynawave.simulate.joint.diffraction import Photons
from dynawave.simulate.joint.geometry import Joint
from dynawave.simulate.joint.grains import Grains
from dynawave.simulate.joint.microstructure import mottle
from dynawave.simulate.joint.pipe import Pipe, Wall
from dynawave.simulate.joint.projection import JointMaps, Region, across, profile, project
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Seam

_AWAY = -1e4
"""Coordinate in mm that lies in base A, far from any weld."""


@dataclass(frozen=True, slots=True)
class WeldedJoint:
    """All that makes a joint.

    Attributes:
        joint: cross-section.
        densities: g/cm3 of base A, base B, filler and buttering.
        mixing: how the melt mixed.
        grains: structure of the weld metal, or None for grains too fine to be seen.
        tilt_deg: the beam's angle to the normal of the plates.
        pipe: the pipe whose girth weld this is, or None for plates.
        same: for each member the first one of the same metal, which gets the mass of both.
    """

    joint: Joint
    densities: tuple[float, float, float, float]
    mixing: Mixing = field(default_factory=Mixing)
    grains: Grains | None = field(default_factory=Grains)
    tilt_deg: float = 0.0
    pipe: Pipe | None = None
    same: tuple[int, int, int, int] = (0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class JointFilm:
    """A joint as the beam sees it.

    Attributes:
        areal: mass of base A, base B, filler and buttering along the beam in g/cm2, float32 [4, height, width].
        thickness_mm: metal along the beam, float32 [height, width].
        mottle: optical depth by which diffraction thins the primary beam (negative: adds to it), float32
            [height, width].
        regions: `Region` of each pixel, uint8 [height, width]; with two walls, the weld of either.
    """

    areal: Array
    thickness_mm: Array
    mottle: Array
    regions: NDArray[np.uint8]


def lay_joint(
    rng: Generator,
    welded: WeldedJoint,
    seam: Seam,
    height: int,
    pixel_size_mm: float,
    photons: Photons,
    excess_mm: Sequence[Array] | None = None,
) -> JointFilm:
    """Lay a joint along a seam.

    Args:
        rng: draws passes, wandering dilution and grains.
        welded: the joint.
        seam: its run; base A lies above it (small rows) and base B below; its edges are the toes of the cap.
        height: rows in pixels; the seam gives the columns.
        pixel_size_mm: edge of a pixel.
        photons: what makes the image, for the mottling.
        excess_mm: caps and roots [height, width] that were drawn elsewhere, one for each wall with a weld, in place of
            the joint's own smooth ones.

    Returns:
        The maps that the X-ray part needs.

    Raises:
        ConfigError: the mixing cannot give the joint's dilution, or the wall does not fit the pipe.
    """
    width, joint = len(seam.centre), welded.joint
    body = joint if excess_mm is None else joint.flush()
    walls: tuple[Wall, ...] = (Wall(True, np.zeros(width), np.ones(width, np.float32)),)
    if welded.pipe:
        walls = welded.pipe.walls(joint.thickness_mm, width, pixel_size_mm)
    caps = iter(excess_mm or ())
    films = []
    for wall in walls:
        cut = profile(body, welded.mixing, rng, welded.densities, pixel_size_mm, welded.tilt_deg).merged(welded.same)
        y = np.full((height, width), _AWAY, np.float32)
        depth = np.zeros_like(y)
        if wall.weld:
            y = across(joint, moved(seam, wall.shift_mm / pixel_size_mm), height, pixel_size_mm)
            if welded.grains:
                depth = mottle(rng, joint, welded.grains, photons, y, pixel_size_mm, welded.tilt_deg)
        maps = project(cut, y, rng, body.dilution, excess_mm=next(caps, None))
        films.append(_thickened(maps, depth, wall.stretch if welded.pipe else None))
    total = films[0]
    for other in films[1:]:
        total = _together(total, other)
    return total


def moved(seam: Seam, rows: Array | float) -> Seam:
    """The seam moved across the film by `rows` pixels, [width] or everywhere alike."""
    return Seam(*(np.asarray(line + rows, np.float32) for line in (seam.centre, seam.upper, seam.lower)))


def _thickened(maps: JointMaps, depth: Array, stretch: Array | None) -> JointFilm:
    """The maps of a wall that the beam crosses over `stretch` times its thickness, [width]; None for a plate."""
    if stretch is None:
        return JointFilm(maps.areal, maps.thickness_mm, depth, maps.regions)
    # as many more grains as there is path: their optical depths add like random steps
    return JointFilm(maps.areal * stretch, maps.thickness_mm * stretch, depth * np.sqrt(stretch), maps.regions)


def _together(front: JointFilm, back: JointFilm) -> JointFilm:
    """Both walls behind each other."""
    regions = np.where(front.regions >= Region.WELD, front.regions, back.regions)
    return JointFilm(
        front.areal + back.areal,
        front.thickness_mm + back.thickness_mm,
        front.mottle + back.mottle,
        np.where(back.regions >= Region.WELD, regions, front.regions),
    )
