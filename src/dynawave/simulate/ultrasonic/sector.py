"""A sector scan: a phased array swings its shear-wave beam through the weld; shown true to scale, depth unfolded."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.picture import SimulatedPicture
from dynawave.simulate.records import Array
from dynawave.simulate.ultrasonic.compose import View
from dynawave.simulate.ultrasonic.display import describe_weld, show_envelope
from dynawave.simulate.ultrasonic.probe import SHEAR, beam_sigma, sector_probe
from dynawave.simulate.ultrasonic.pulse import Pulse, TimeAxis
from dynawave.simulate.ultrasonic.reflectors import coarse_grains, draw_reflectors, geometry
from dynawave.simulate.ultrasonic.spec import ScanSpec
from dynawave.simulate.ultrasonic.speckle import ringing, speckle
from dynawave.simulate.ultrasonic.weld import draw_weld, levels


@dataclass(frozen=True, slots=True)
class Fan:
    """From angle and path to a picture true to scale.

    Attributes:
        angles: of the columns, radians, in equal steps.
        step_mm: path between rows, of which the first is at path 0.
        pixel_mm: edge of a pixel of the picture.
        corner: (x, z) in mm of the picture's first pixel.
        shape: (height, width) of the picture.
    """

    angles: Array
    step_mm: float
    pixel_mm: float
    corner: tuple[float, float]
    shape: tuple[int, int]

    def unfold(self, polar: Array) -> Array:
        """The picture [height, width] of [rows, columns] over path and angle; 0 outside the fan."""
        height, width = self.shape
        x = self.corner[0] + self.pixel_mm * np.arange(width, dtype=np.float32)[None]
        z = self.corner[1] + self.pixel_mm * np.arange(height, dtype=np.float32)[:, None]
        column = (np.arctan2(x, z) - self.angles[0]) / (self.angles[1] - self.angles[0])
        row = np.hypot(x, z) / self.step_mm
        maps = (column.astype(np.float32), row.astype(np.float32))
        return np.asarray(cv2.remap(polar.astype(np.float32), *maps, cv2.INTER_LINEAR, borderValue=0))


def fit_fan(angles: Array, step_mm: float, reach: float, width: int, height: int) -> Fan:
    """The fan as large as the picture allows, in its middle; `reach` is the longest path in mm."""
    left, right = 0.0, reach * float(np.sin(angles[-1]))
    depth = reach * float(np.cos(angles[0]))
    pixel = max((right - left) / (width - 8), depth / (height - 8))
    corner = ((left + right - pixel * width) / 2, (depth - pixel * height) / 2)
    return Fan(angles, step_mm, pixel, corner, (height, width))


def draw_sector(rng: Generator, noise: Generator, flaws: int, spec: ScanSpec) -> SimulatedPicture:
    """Draw a sector scan with `flaws` flaws, some of which may be too faint to show."""
    pulse = Pulse(float(rng.choice([2.25, 4.0, 5.0])), rng.uniform(0.5, 0.9))
    angles = np.radians(np.linspace(rng.uniform(35, 45), rng.uniform(65, 74), 160))
    weld = draw_weld(rng, centre_over_thickness=rng.uniform(0.75, 1.5))
    sigma = beam_sigma(SHEAR, pulse.frequency_mhz, rng.uniform(9, 18))
    reach = float(rng.uniform(1.6, 2.5) * np.hypot(weld.centre, weld.thickness))
    step = min(0.25 * pulse.sigma_us * SHEAR, reach / 300)
    probe = sector_probe(angles, sigma, SHEAR, rng.uniform(10, 25))
    axis = TimeAxis(probe.delay_us, 2 * step / SHEAR, int(reach / step) + 1)
    fan = fit_fan(angles, step, reach, spec.width, spec.height)
    path = step * np.arange(axis.count)
    gain, grains, instrument = levels(rng, weld, path[:, None], angles)
    level = np.hypot(grains, instrument)

    view = View(pulse, axis, probe, gain, level, fan.unfold)
    known = np.float32(rng.uniform(0.3, 1.2)) * ringing(noise, path, len(angles), rng.uniform(0.8, 3))
    for echo in geometry(rng, weld):
        known += view.wave(echo)
    spread = sigma / float(angles[1] - angles[0])
    field = np.asarray(known + level * speckle(noise, pulse, axis, len(angles), spread), np.complex64)
    field += view.wave(coarse_grains(rng, weld, 0))
    section = draw_reflectors(rng, weld, SHEAR / pulse.frequency_mhz, flaws)
    seen = view.add_flaws(field, known, [leg for flaw in section for leg in flaw.legs(weld.thickness)])
    pixels = show_envelope(rng, fan.unfold(np.abs(field)))
    return SimulatedPicture(pixels, fan.pixel_mm, seen, describe_weld(weld, "sector", pulse, probe))
