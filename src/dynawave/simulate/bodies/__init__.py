"""Flaws as solid bodies: what a weld holds (`plan`), what it is (`body`), how it projects (`projection`)."""

from dynawave.simulate.bodies.body import Body, Filling, contrast_to_noise
from dynawave.simulate.bodies.frame import Beam, WeldFrame
from dynawave.simulate.bodies.plan import plan

__all__ = ["Beam", "Body", "Filling", "WeldFrame", "contrast_to_noise", "plan"]
