"""From the cross-section to the film: areal density of every end member, thickness and region of each pixel."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

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
    """

    start: float
    step: float
    areal: Array
    stirred: Array
    thickness: Array
    region: NDArray[np.uint8]
    skin: Array

    def columns(self, y: Array) -> Array:
        """Where `y` in mm lies among the columns, as OpenCV wants it."""
        return np.asarray((y - self.start) / self.step, np.float32)


def _along(cells: Array, y: Array, z: Array, tilt: float) -> Array:
    """Sum [columns] of cells [rows, columns] along rays that lean by `tilt` (tangent) and meet z = 0 at `y`."""
    if not tilt:
        return np.asarray(cells.sum(0))
    return np.asarray(sum(np.interp(y + depth * tilt, y, row) for row, depth in zip(cells, z, strict=True)))


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
    z = low + step_z * (np.arange(_ROWS) + 0.5)
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
    offset = (rows - seam.centre) * np.float32(pixel_size_mm)
    result = np.empty_like(offset)
    for edge, toe, side in ((seam.upper, -left[0], -1), (seam.lower, right[1], 1)):
        reach = np.maximum(np.abs(edge - seam.centre) * pixel_size_mm, 1e-3).astype(np.float32)
        distance = offset * np.float32(side)
        inside = np.where(distance < reach, distance * (np.float32(toe) / reach), distance - (reach - np.float32(toe)))
        np.copyto(result, side * inside, where=distance >= 0)
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
    columns, zero = cut.columns(y), np.zeros(y.shape, np.float32)

    def lay(values: NDArray[Any], how: int = cv2.INTER_LINEAR) -> NDArray[Any]:
        # beyond the ends of the section the plates go on
        return np.asarray(cv2.remap(values[None], columns, zero, how, borderMode=cv2.BORDER_REPLICATE))

    areal, stirred, thickness = np.zeros((len(Member), *y.shape), np.float32), lay(cut.stirred), lay(cut.thickness)
    for member in np.flatnonzero(cut.areal.any(0)).tolist():
        areal[member] = lay(cut.areal[:, member])
        if excess_mm is not None:
            areal[member] += excess_mm * lay(cut.skin[:, member])
    # never more than half of the least filler
    bound = 0.25 * min(1.0, 1 / max(sum(dilution), 1e-12) - 1)
    side_a = Member.BUTTERING if cut.areal[:, Member.BUTTERING].any() else Member.BASE_A
    for side, share in zip((side_a, Member.BASE_B), dilution, strict=True):
        course = np.clip(wander * curve(rng, y.shape[1], 300), -bound, bound)
        more = (share * (course - course.mean())) * stirred
        areal[side] += more
        areal[Member.FILLER] -= more
    if excess_mm is not None:
        thickness += excess_mm
    return JointMaps(areal, thickness, lay(cut.region, cv2.INTER_NEAREST))
