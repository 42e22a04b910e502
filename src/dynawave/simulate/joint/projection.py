"""From the cross-section to the film: areal density of every end member, thickness and region of each pixel."""

from dataclasses import dataclass, replace
from enum import IntEnum

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.simulate.fields import curve
from dynawave.simulate.joint.composition import Member, Mixing, Section, density, section
from dynawave.simulate.joint.geometry import Joint
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Seam

_ROWS = 96
"""Depths at which the cross-section is sampled."""
_FINER = 8
"""Steps between the points of a table, of which a pixel takes the nearest: fast, and no grain shows the difference."""


class Region(IntEnum):
    """What makes up most of the metal under a pixel."""

    BASE_A = 0
    BASE_B = 1
    WELD = 2
    BUTTERING = 3


@dataclass(frozen=True, slots=True)
class JointMaps:
    """A joint as the beam sees it.

    Attributes:
        areal: mass of each `Member` per area along the beam in g/cm2, float32 [4, height, width].
        thickness_mm: metal along the beam in mm, float32 [height, width].
        regions: `Region` of each pixel, uint8 [height, width].
    """

    areal: Array
    thickness_mm: Array
    regions: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Profile:
    """The cross-section summed along the beam: everything that depends on y alone.

    Attributes:
        start: y in mm of the first column.
        step: distance of columns in mm.
        areal: g/cm2 of each member, [columns, 4].
        stirred: g/cm2 of stirred weld metal, [columns].
        thickness: mm of metal, [columns].
        region: `Region` of each column, [columns].
        skin: mass of each member in g/cm2 that a mm of metal on the surface holds, [columns, 4].
        melted: the members that dilute the filler from either side, and the filler.
    """

    start: float
    step: float
    areal: Array
    stirred: Array
    thickness: Array
    region: NDArray[np.uint8]
    skin: Array
    melted: tuple[int, int, int]

    def merged(self, same: tuple[int, int, int, int]) -> "Profile":
        """The masses of members of the same metal added up, in the place of the one that `same` names for each."""
        into = np.eye(len(Member), dtype=np.float32)[list(same)]
        a, b, filler = (same[member] for member in self.melted)
        return replace(self, areal=self.areal @ into, skin=self.skin @ into, melted=(a, b, filler))

    def columns(self, y: Array) -> Array:
        """Where `y` in mm lies among the columns, as OpenCV wants it."""
        return np.asarray((y - self.start) / self.step, np.float32)


def _along(cells: Array, y: Array, z: Array, tilt: float) -> Array:
    """Sum [columns] of cells [rows, columns] along rays that lean by `tilt` (tangent) and meet z = 0 at `y`."""
    if tilt:
        # a shear: each row is read a little farther on
        column = tilt / float(y[1] - y[0])
        ahead = np.array([[1, column * float(z[1] - z[0]), column * float(z[0])], [0, 1, 0]])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        flat = cells.astype(np.float32)
        cells = np.asarray(cv2.warpAffine(flat, ahead, flat.shape[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE))
    return np.asarray(cells.sum(0))


def profile(
    joint: Joint,
    mixing: Mixing,
    rng: Generator,
    densities: tuple[float, float, float, float],
    step_mm: float,
    tilt_deg: float = 0.0,
) -> Profile:
    """Sum the cross-section along the beam.

    Args:
        joint: the cross-section.
        mixing: how its melt mixed.
        rng: draws the dilution of each pass.
        densities: of the members in g/cm3.
        step_mm: distance of samples across the seam, about the size of a pixel.
        tilt_deg: the beam's angle to the normal of the plates; a positive one leans towards base B on its way down.

    Raises:
        ConfigError: the mixing cannot give the joint's dilution.
    """
    tilt, sag = np.tan(np.radians(tilt_deg)), abs(joint.misalignment_mm)
    low, high = -joint.cap_mm - sag - 0.1, joint.thickness_mm + joint.root_mm + sag + 0.1
    step_z = (high - low) / _ROWS
    z = (low + step_z * (np.arange(_ROWS) + 0.5)).astype(np.float32)
    half = joint.width_at(0.0) / 2 + joint.buttering_mm + abs(tilt) * high + abs(np.diff(joint.penetration_mm)[0]) + 2
    y = np.arange(-half, half + step_mm, step_mm, dtype=np.float32)
    cut = section(joint, mixing, rng, y, z)
    path = step_z / np.cos(np.radians(tilt_deg))
    gram = 0.1 * cut.filled * density(cut.fractions, densities)
    areal = [path * _along(gram * fraction, y, z, tilt) for fraction in cut.fractions]
    surface = np.argmax(cut.filled > 0.5, axis=0)
    skin = 0.1 * density(cut.fractions, densities) * cut.fractions
    return Profile(
        start=float(y[0]),
        step=step_mm,
        areal=np.stack(areal, 1).astype(np.float32),
        stirred=np.asarray(path * _along(gram * cut.stirred, y, z, tilt), np.float32),
        thickness=np.asarray(path * _along(cut.filled, y, z, tilt), np.float32),
        region=_regions(cut, y, tilt),
        skin=np.ascontiguousarray(skin[:, surface, np.arange(len(y))].T, np.float32),
        melted=(Member.BUTTERING if joint.buttering_mm else Member.BASE_A, Member.BASE_B, Member.FILLER),
    )


def _regions(cut: Section, y: Array, tilt: float) -> NDArray[np.uint8]:
    """Region that has most metal along each ray, [columns]."""
    solid = ~cut.fused & ~cut.buttering
    parts = (solid & (y < 0), solid & (y >= 0), cut.fused, cut.buttering)
    return np.asarray(np.argmax([_along(cut.filled * part, y, cut.z, tilt) for part in parts], axis=0), np.uint8)


def across(joint: Joint, seam: Seam, height: int, pixel_size_mm: float) -> Array:
    """Coordinate y of the cross-section in mm at each pixel, [height, width].

    The seam's edges are the toes of the cap: the cross-section is stretched to where they run, not beside them.
    """
    left, right = joint.fusion_lines(np.array([0.0, joint.misalignment_mm]))
    rows = np.arange(height, dtype=np.float32)[:, None]
    offset = np.asarray((rows - seam.centre) * np.float32(pixel_size_mm), np.float32)
    result = offset.copy()
    for edge, toe, side in ((seam.upper, -left[0], -1), (seam.lower, right[1], 1)):
        reach = np.maximum(np.abs(edge - seam.centre) * pixel_size_mm, 1e-3).astype(np.float32)
        inside = np.clip(offset, 0, reach) if side > 0 else np.clip(offset, -reach, 0)
        result += inside * (np.float32(toe) / reach - 1)
    return result


def project(
    cut: Profile,
    y: Array,
    rng: Generator,
    dilution: tuple[float, float],
    wander: float = 0.1,
    excess_mm: Array | None = None,
) -> JointMaps:
    """Lay the summed cross-section along the seam.

    Args:
        cut: the sums along the beam.
        y: the cross-section's coordinate at each pixel in mm, [height, width].
        rng: draws how the dilution wanders along the seam.
        dilution: shares of sides A and B in the weld metal.
        wander: relative standard deviation of the dilution along the seam (an assumption).
        excess_mm: thickness on top of the section's own, [height, width], such as a cap that was drawn elsewhere; it
            has the composition of the surface, and where negative takes away from it.

    Returns:
        The maps; the dilution's mean along the seam is that of the section.
    """
    members = np.flatnonzero(cut.areal.any(0)).tolist()
    tables = [cut.stirred[:, None], cut.thickness[:, None], cut.areal[:, members]]
    if excess_mm is not None:
        tables.append(cut.skin[:, members])
    columns = cut.columns(y)
    stirred, thickness, *masses = laid(np.hstack(tables), columns)
    areal = np.zeros((len(Member), *y.shape), np.float32)
    for number, member in enumerate(members):
        areal[member] = masses[number]
        if excess_mm is not None:
            areal[member] += excess_mm * masses[len(members) + number]
    # never more than half of the least filler
    bound = 0.25 * min(1.0, 1 / max(sum(dilution), 1e-12) - 1)
    *sides, filler = cut.melted
    for side, share in zip(sides, dilution, strict=True):
        course = np.clip(wander * curve(rng, y.shape[1], 300), -bound, bound)
        if side != filler:
            more = np.asarray(share * (course - course.mean()), np.float32) * stirred
            areal[side] += more
            areal[filler] -= more
    if excess_mm is not None:
        thickness += excess_mm
    nearest = np.rint(np.clip(columns, 0, len(cut.region) - 1)).astype(np.int32)
    return JointMaps(areal, thickness, cut.region.take(nearest))


def laid(table: Array, columns: Array) -> list[Array]:
    """Each value of a table [points, values] at pixels that lie at `columns` of it; beyond its ends it goes on."""
    last = len(table) - 1
    fine = np.arange(last * _FINER + 1, dtype=np.float32) / _FINER
    index = np.rint(np.clip(columns, 0, last) * np.float32(_FINER)).astype(np.intp)
    courses = (np.interp(fine, np.arange(last + 1), values).astype(np.float32) for values in table.T)
    return [course.take(index, mode="clip") for course in courses]
