"""Radiographs from physics: technique, joint, bodies, dose, detector, and masks as annotators draw them."""

from dynawave.simulate.radiograph.film import draw_radiograph

__all__ = ["draw_radiograph"]
