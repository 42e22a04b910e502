"""The dose at the detector, of a sound weld and with flaws in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.simulate.bodies import Body
from dynawave.simulate.physics.transmission import Beam, beam, scatter
from dynawave.simulate.radiograph.technique import Technique
from dynawave.simulate.radiograph.weld import Layers
from dynawave.simulate.records import Array

Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Exposure:
    """A sound weld in the beam; doses are relative to the median in the weld.

    Attributes:
        layers: metal along the beam.
        beam: reduced to few energies.
        primary: dose by rays that were not scattered, sharp, [height, width].
        total: with scatter, sharp.
        dose: with scatter and unsharpness.
        texture: what diffraction adds to `primary`, [height, width], or None.
        blur_px: standard deviation of the unsharpness.
    """

    layers: Layers
    beam: Beam
    primary: Array
    total: Array
    dose: Array
    texture: Array | None
    blur_px: float

    def changed(self, body: Body, window: Window, loss_mm: Array) -> Array:
        """What `body`, cut to `window` of the film, adds to the sharp primary dose there, float32 [rows, columns]."""
        change = np.zeros(loss_mm.shape, np.float32)
        where = loss_mm != 0
        metal = self.layers.mm[:, window[0], window[1]][:, where]
        path = metal.sum(0)
        gone = np.clip(loss_mm[where], -path, 0.98 * path)
        filling = self.beam.attenuation_of(body.filling.material).astype(np.float32)
        depth = self.beam.attenuation.T.astype(np.float32) @ metal
        left = depth * (1 - gone / np.maximum(path, 1e-3)) + np.maximum(gone, 0) * filling[:, None]
        weights = self.beam.weights.astype(np.float32)
        ratio = (weights @ np.exp(-left)) / (weights @ np.exp(-depth))
        change[where] = self.primary[window][where] * (ratio - 1)
        return change

    def with_flaws(self, changes: Sequence[tuple[Window, Array]]) -> Array:
        """Dose with flaws, of which each takes its share of what gets through the others."""
        through = np.ones_like(self.primary)
        for window, change in changes:
            through[window] *= 1 + change / self.primary[window]
        dose = self.dose.copy()
        if changes:
            # windows have room for the blur, so nothing changes above and below them
            part = np.s_[min(window[0].start for window, _ in changes) : max(window[0].stop for window, _ in changes)]
            dose[part] += blurred(self.primary[part] * (through[part] - 1), self.blur_px)
        return dose


def blurred(dose: Array, sigma: float) -> Array:
    """Gaussian blur by `sigma` pixels, none for 0."""
    return np.asarray(cv2.GaussianBlur(dose, (0, 0), sigma), np.float32) if sigma > 0 else dose


def expose(technique: Technique, layers: Layers, field: Array, inside: NDArray[np.bool_], pixel_mm: float) -> Exposure:
    """Expose a sound weld.

    Args:
        technique: source, detector and distances.
        layers: metal along the beam.
        field: intensity of the beam before the metal, [height, width], about 1.
        inside: bool [height, width], where the weld is: its median dose is 1.
        pixel_mm: edge of a pixel in the object.
    """
    greatest = {metal: 1.1 * float(mm.max()) for metal, mm in zip(layers.metals, layers.mm, strict=True)}
    rays = beam(technique.rays, technique.absorber, greatest)
    primary = rays.primary(list(layers.mm)) * field
    if layers.mottle is not None:
        plain, primary = primary, primary * np.exp(-layers.mottle)
    thickness = float(np.median(layers.mm.sum(0)[::8, ::8]))
    height = (thickness / 2 + 1) / pixel_mm
    total = primary + scatter(rays, primary, thickness, height, technique.scatter_amount)
    scale = np.float32(1 / np.median(total[::8, ::8][inside[::8, ::8]]))
    texture = (primary - plain) * scale if layers.mottle is not None else None
    total *= scale
    return Exposure(layers, rays, primary * scale, total, blurred(total, technique.blur_px), texture, technique.blur_px)
