"""Dissimilar welds: cross-section, composition and microstructure, as areal densities and mottling for the X-rays."""

from dynawave.simulate.joint.assembly import JointFilm, WeldedJoint, lay_joint
from dynawave.simulate.joint.composition import Member, Mixing
from dynawave.simulate.joint.diffraction import Photons
from dynawave.simulate.joint.draw import draw_grains, draw_joint, draw_mixing
from dynawave.simulate.joint.geometry import Joint
from dynawave.simulate.joint.grains import Grains
from dynawave.simulate.joint.pipe import Pipe
from dynawave.simulate.joint.projection import Region

__all__ = [
    "Grains",
    "Joint",
    "JointFilm",
    "Member",
    "Mixing",
    "Photons",
    "Pipe",
    "Region",
    "WeldedJoint",
    "draw_grains",
    "draw_joint",
    "draw_mixing",
    "lay_joint",
]
