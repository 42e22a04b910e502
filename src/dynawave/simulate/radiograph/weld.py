"""The welded joint of one film, laid in layers of metal: what the beam crosses where there is no flaw."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.metallurgy.weld import assess
from dynawave.simulate import artefacts
from dynawave.simulate.bead import bead_map
from dynawave.simulate.bodies import Beam as Direction
from dynawave.simulate.bodies import WeldFrame
from dynawave.simulate.fields import log_uniform
from dynawave.simulate.joint import Joint, Photons, Pipe, WeldedJoint, draw_grains, draw_mixing, lay_joint
from dynawave.simulate.physics.materials import Material, material
from dynawave.simulate.plate import plate_map
from dynawave.simulate.radiograph.markers import add_markers
from dynawave.simulate.radiograph.metals import Metals
from dynawave.simulate.radiograph.pipes import seams_of
from dynawave.simulate.radiograph.technique import Technique
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Seam

THINNEST_MM: Final = 4.0
THICKEST_MM: Final = 40.0


@dataclass(frozen=True, slots=True)
class Surfaces:
    """What the drawing of beads, plates and marks needs to know (`scene.Ground`); thicknesses are added, not blurred.

    Attributes:
        seam: course of the weld.
        cap_mm: height of cap and root together.
        faint_mm: height of the fine unevenness of a surface.
        noise: standard deviation of the grain in grey values.
        plate_mm: 0, for the joint has the plates.
        unsharpness: 0, for the dose is blurred later.
    """

    seam: Seam
    cap_mm: float
    faint_mm: float
    noise: float = 1.0
    plate_mm: float = 0.0
    unsharpness: float = 0.0


@dataclass(frozen=True, slots=True)
class Layers:
    """Metal along the beam.

    Attributes:
        metals: what each layer is of.
        mm: float32 [metals, height, width].
        mottle: optical depth by which diffraction thins the beam, float32 [height, width], or None.
    """

    metals: tuple[Material, ...]
    mm: Array
    mottle: Array | None

    def mottled(self, factor: float) -> "Layers":
        """The same with `factor` times the mottling."""
        return self if self.mottle is None else replace(self, mottle=np.float32(factor) * self.mottle)


def draw_thickness(rng: Generator, cap_width_mm: float) -> float:
    """Thickness in mm of plates that a cap of this width joins."""
    return float(np.clip(cap_width_mm * log_uniform(rng, 0.3, 1.0), THINNEST_MM, THICKEST_MM))


def lay(
    rngs: tuple[Generator, Generator, Generator],
    metals: Metals,
    joint: Joint,
    surfaces: Surfaces,
    technique: Technique,
    shape: tuple[int, int],
    pixel_mm: float,
    pipe: Pipe | None = None,
) -> Layers:
    """Lay the joint with its bead, the plates' unevenness and what lies on them.

    Args:
        rngs: streams of joint, bead and matter.
        metals: what is welded.
        joint: its cross-section.
        surfaces: seam and heights.
        technique: of the exposure, for diffraction and tilt.
        shape: rows and columns.
        pixel_mm: edge of a pixel in the object.
        pipe: the pipe that the joint goes round, or None for plates.
    """
    joint_rng, bead_rng, matter_rng = rngs
    grounds = [replace(surfaces, seam=seam) for seam in seams_of(surfaces.seam, pipe, joint.thickness_mm, pixel_mm)]
    excess = [bead_map(bead_rng, ground, *shape) + plate_map(bead_rng, ground, *shape) for ground in grounds]
    a, b, filler, butter = (metal.density for metal in metals.members)
    structure = assess(metals.base_a, metals.base_b, metals.filler, *joint.dilution).structure
    # a steel that is welded with its own composition transforms on cooling, and has no coarse grains left
    grains = draw_grains(joint_rng, structure) if metals.filler != metals.base_a else None
    parts = [material(metal.composition, metal.density) for metal in metals.members]
    one, other, third, fourth = (parts.index(part) for part in parts)
    welded = WeldedJoint(
        joint,
        (a, b, filler, butter),
        draw_mixing(joint_rng, joint),
        grains,
        technique.tilt_deg[1],
        pipe,
        (one, other, third, fourth),
    )
    photons = Photons(
        technique.rays.energies, technique.absorber.signal(technique.rays.behind([(parts[2], joint.thickness_mm)]))
    )
    film = lay_joint(joint_rng, welded, surfaces.seam, shape[0], pixel_mm, photons, excess)
    present = [k for k in range(len(parts)) if film.areal[k].any()]
    kinds = tuple(parts[k] for k in present)
    mm = np.stack([film.areal[k] * np.float32(10 / parts[k].density) for k in present])
    artefacts.add_surface(matter_rng, surfaces, mm[0])
    penetrated = float(np.median(mm.sum(0)[::8, ::8]))
    behind = technique.rays.behind([(kinds[0], penetrated)])
    # one of the source's own energies, for which the tables have been read
    kev = float(behind.energies[np.abs(behind.energies - behind.mean_kev).argmin()])
    add_markers(matter_rng, surfaces.seam, mm[0], pixel_mm, penetrated, lambda other: _equivalent(other, kinds[0], kev))
    np.maximum(mm, 0, out=mm)
    mottle = film.mottle if grains else None
    end = artefacts.part_end(matter_rng, shape)
    if end is not None:
        mm *= end
        mottle = mottle if mottle is None else mottle * end
    return Layers(kinds, mm, mottle)


def _equivalent(other: Material, metal: Material, kev: float) -> float:
    """Thickness of `metal` that attenuates photons of this energy like the same thickness of another material."""
    one, instead = (float(part.attenuation(np.array([kev]))[0]) for part in (metal, other))
    return instead / one


def frame_of(joint: Joint, seam: Seam, technique: Technique, pixel_mm: float) -> WeldFrame:
    """The joint as flaws see it."""
    along, across = technique.tilt_deg
    return WeldFrame(
        seam.centre,
        seam.upper,
        seam.lower,
        joint.thickness_mm,
        pixel_mm,
        bevel_deg=sum(joint.bevel_deg) / 2,
        gap_mm=joint.root_gap_mm,
        beam=Direction(along, across),
    )
