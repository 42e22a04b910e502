"""X-rays through the metal and film through the digitiser: thickness in mm to grey value 0-255."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import log_uniform
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Scene


@dataclass(frozen=True, slots=True)
class Exposure:
    """The way from thickness to grey value at each pixel, so that any window can be exposed alone.

    Attributes:
        attenuation: effective linear attenuation coefficient in 1/mm.
        beam: intensity of the beam before the metal, [height, width], relative.
        scatter: scattered intensity at the film, [height, width], in units of the beam.
        anchors: minus log exposure of plate and crown.
        greys: their grey values before the table.
        gamma: exponent of the table.
    """

    attenuation: float
    beam: Array
    scatter: Array
    anchors: tuple[float, float]
    greys: tuple[float, float]
    gamma: float

    def grey(self, thickness: Array, window: tuple[slice, slice] = (slice(None), slice(None))) -> Array:
        """Grey values 0-255 of metal of this thickness in `window` of the film (Beer-Lambert plus scatter).

        Film density rises with the logarithm of exposure; the digitiser shows low density (thick metal) bright.
        """
        intensity = self.beam[window] * (np.exp(-self.attenuation * thickness) + self.scatter[window])
        unit = (-np.log(intensity) - self.anchors[0]) / (self.anchors[1] - self.anchors[0])
        value = self.greys[0] + (self.greys[1] - self.greys[0]) * unit
        # toe and shoulder of the film: soft ends instead of clipping
        high = np.where(value > 225, 225 + 30 * np.tanh((value - 225) / 30), value)
        soft = np.where(high < 14, 14 * np.exp(np.minimum((high - 14) / 14, 0)), high)
        return np.asarray(255 * (soft / 255) ** self.gamma, np.float32)


def draw_beam(rng: Generator, height: int, width: int) -> Array:
    """Logarithm of the beam over the film: slopes, fall-off from the axis, and now and then a strong gradient."""
    y = np.linspace(-1, 1, height // 4 + 1, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width // 4 + 1, dtype=np.float32)[None]
    field = rng.normal(0, 0.06) * x + rng.normal(0, 0.04) * y
    field = field - rng.uniform(0, 0.15) * ((x - rng.normal(0, 0.7)) ** 2 + 0.3 * (y - rng.normal(0, 0.7)) ** 2)
    if rng.random() < 0.2:
        edge, angle = rng.uniform(-0.6, 1.2), rng.normal(0, 0.5)
        field = field - rng.uniform(0.2, 0.8) / (1 + np.exp(-(x * np.cos(angle) + y * np.sin(angle) - edge) / 0.2))
    return np.asarray(cv2.resize(field.astype(np.float32), (width, height)), np.float32)


def _anchors(scene: Scene, opacity: Array, scatter: float) -> tuple[float, float]:
    """Minus log exposure of plate and crown, from every eighth pixel of the film.

    Where the beam falls off strongly the crown may look no thicker than the plate, and where the bead fills the film
    no plate is seen: then the contrast that the bead's height alone makes stands in.
    """
    y = np.arange(0, 8 * len(opacity), 8)[:, None]
    inside = (y > scene.seam.upper[::8][None]) & (y < scene.seam.lower[::8][None])
    plate, crown = (float(np.exp(-scene.attenuation * t)) for t in (scene.plate_mm, scene.plate_mm + scene.cap_mm))
    contrast = float(np.log((plate + scatter) / (crown + scatter)))
    top = float(np.percentile(opacity[inside], 85))
    base = float(np.median(opacity[~inside])) if not inside.all() else top - contrast
    return base, max(top, base + 0.7 * contrast)


def expose(rng: Generator, scene: Scene, thickness: Array) -> Exposure:
    """Set up the exposure of a film whose metal, without flaws, has this thickness in mm."""
    height, width = thickness.shape
    small = cv2.resize(thickness, (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    primary = np.exp(-scene.attenuation * small)
    scatter = rng.uniform(0.2, 1.5) * cv2.GaussianBlur(primary, (0, 0), log_uniform(rng, 4, 14))
    scatter = cv2.resize(scatter, (width, height))
    beam = np.exp(scene.attenuation * scene.cap_mm * rng.uniform(0.5, 2.5) * draw_beam(rng, height, width))
    opacity = -np.log(beam * (np.exp(-scene.attenuation * thickness) + scatter))
    plate, crown = _anchors(scene, opacity[::8, ::8], float(np.median(scatter)))
    greys = [255 * (grey / 255) ** (1 / scene.gamma) for grey in (scene.plate_grey, scene.weld_grey)]
    return Exposure(
        attenuation=scene.attenuation,
        beam=np.asarray(beam, np.float32),
        scatter=np.asarray(scatter, np.float32),
        anchors=(plate, crown),
        greys=(greys[0], greys[1]),
        gamma=scene.gamma,
    )
