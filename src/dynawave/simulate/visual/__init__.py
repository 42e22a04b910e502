"""Simulated photographs of weld beads: height map, oxide colours, lamps, camera; exact masks of surface flaws."""

from dynawave.simulate.visual.photo import CLASSES, simulate_photo
from dynawave.simulate.visual.spec import PhotoSpec

__all__ = ["CLASSES", "PhotoSpec", "simulate_photo"]
