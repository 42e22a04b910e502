"""The welded joint of one film, laid in layers of metal: what the beam crosses where there is no flaw."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.metallurgy.weld import assess
from dynawave.simulate import artefacts
from dynawave.simulate.bead import bead_map
from dynawave.simulate.bodies import Beam as Direction
from dynawave.simulate.bodies import WeldFrame
from dynawave.simulate.fields import log_uniform
from dynawave.simulate.joint import Joint, Photons, WeldedJoint, draw_grains, draw_mixing, lay_joint
from dynawave.simulate.physics.materials import Material, material
from dynawave.simulate.plate import plate_map
from dynawave.simulate.radiograph.metals import Metals
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


def draw_thickness(rng: Generator, cap_width_mm: float) -> float:
    """Thickness in mm of plates that a cap of this width joins."""
    return float(np.clip(cap_width_mm * log_uniform(rng, 0.45, 1.6), THINNEST_MM, THICKEST_MM))


def lay(
    rngs: tuple[Generator, Generator, Generator],
    metals: Metals,
    joint: Joint,
    surfaces: Surfaces,
    technique: Technique,
    shape: tuple[int, int],
    pixel_mm: float,
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
    """
    joint_rng, bead_rng, matter_rng = rngs
    excess = bead_map(bead_rng, surfaces, *shape) + plate_map(bead_rng, surfaces, *shape)
    a, b, filler, butter = (metal.density for metal in metals.members)
    structure = assess(metals.base_a, metals.base_b, metals.filler, *joint.dilution).structure
    # a steel that is welded with its own composition transforms on cooling, and has no coarse grains left
    grains = draw_grains(joint_rng, structure) if metals.filler != metals.base_a else None
    welded = WeldedJoint(
        joint, (a, b, filler, butter), draw_mixing(joint_rng, joint), grains, tilt_deg=technique.tilt_deg[1]
    )
    parts = [material(metal.composition, metal.density) for metal in metals.members]
    photons = Photons(
        technique.rays.energies, technique.absorber.signal(technique.rays.behind([(parts[2], joint.thickness_mm)]))
    )
    film = lay_joint(joint_rng, welded, surfaces.seam, shape[0], pixel_mm, photons, [excess])
    present = [k for k, part in enumerate(parts) if film.areal[k].any()]
    kinds = tuple(dict.fromkeys(parts[k] for k in present))
    mm = np.zeros((len(kinds), *shape), np.float32)
    for k in present:
        mm[kinds.index(parts[k])] += film.areal[k] * np.float32(10 / parts[k].density)
    artefacts.add_matter(matter_rng, surfaces, mm[0])
    return Layers(kinds, np.maximum(mm, 0, out=mm), film.mottle if grains else None)


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
