"""The weld in section, and what its metals do to sound: attenuation, grain noise, geometry."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import log_uniform
from dynawave.simulate.records import Array

# dB a length to nepers
NEPER: Final = np.log(10) / 20

FINE: Final = ((0.005, 0.03), (0.006, 0.025))
COARSE: Final = ((0.02, 0.08), (0.02, 0.07))
COLUMNAR: Final = ((0.08, 0.3), (0.05, 0.16))
"""Attenuation in dB/mm and grain noise (of a reference echo of 1, at a path of the plate's thickness) of fine ferritic
plate, austenitic plate and columnar austenitic weld metal: orders of magnitude at 2 to 5 MHz, assumed."""

JOINTS: Final = {
    ("ferritic", "ferritic"): (FINE, FINE, FINE),
    ("ferritic", "austenitic"): (FINE, COLUMNAR, COARSE),
    ("austenitic", "austenitic"): (COARSE, COLUMNAR, COARSE),
}


@dataclass(frozen=True, slots=True)
class Zone:
    """A metal: attenuation of amplitude in 1/mm, grain noise relative to the reference echo."""

    attenuation: float
    noise: float


@dataclass(frozen=True, slots=True)
class Weld:
    """A single-V butt weld in section, its joint at x = `centre` (mm), its root at z = `thickness`.

    Attributes:
        thickness: of the plates, mm.
        centre: x of the joint line.
        bevel: angle of the fusion faces from the vertical in radians.
        gap: width at the root, mm.
        cap_height: mm above the plates.
        root_height: mm below them.
        metals: of the left and right plate.
        zones: left plate, weld metal, right plate.
    """

    thickness: float
    centre: float
    bevel: float
    gap: float
    cap_height: float
    root_height: float
    metals: tuple[str, str]
    zones: tuple[Zone, Zone, Zone]

    def half_width(self, z: Array | float) -> Array:
        """Half the width of the weld metal at depth z."""
        return np.asarray(self.gap / 2 + (self.thickness - z) * np.tan(self.bevel))

    def blend(self, x: Array, z: Array, name: str) -> Array:
        """A property of the zones ("attenuation" or "noise") at x and depth z, soft over the heat-affected zone."""
        fold = np.abs((z + self.thickness) % (2 * self.thickness) - self.thickness)
        half = self.half_width(fold)
        left, weld, right = (getattr(zone, name) for zone in self.zones)
        before, after = (0.5 + 0.5 * np.tanh((x - self.centre + s * half) / 1.5) for s in (1, -1))
        return np.asarray(left + (weld - left) * before + (right - weld) * after, np.float32)


def draw_weld(rng: Generator, centre_over_thickness: float = 0.0) -> Weld:
    """Draw a weld whose joint lies `centre_over_thickness` plate thicknesses to the right of x = 0."""
    thickness = log_uniform(rng, 10, 45)
    names = tuple(JOINTS)
    metals = names[rng.choice(len(names), p=[0.35, 0.4, 0.25])]
    zones = tuple(Zone(NEPER * log_uniform(rng, *a), log_uniform(rng, *n)) for a, n in JOINTS[metals])
    # sound may come from either side of a dissimilar joint
    if metals[0] != metals[1] and rng.random() < 0.5:
        metals, zones = metals[::-1], zones[::-1]
    return Weld(
        thickness,
        centre_over_thickness * thickness,
        bevel=np.radians(rng.uniform(20, 37)),
        gap=rng.uniform(1.5, 4),
        cap_height=rng.uniform(0.8, 3),
        root_height=rng.uniform(0.4, 2),
        metals=metals,
        zones=(zones[0], zones[1], zones[2]),
    )


def response(attenuation: Array, step_mm: float, calibrated: float) -> Array:
    """Amplitude [rows, columns] that is left of an echo after attenuation there and back and time-gain compensation.

    Args:
        attenuation: 1/mm at each sample of each sound path, [rows, columns].
        step_mm: length of path between rows.
        calibrated: attenuation for which the gain makes up; with the beam's divergence, for which it also does.
    """
    return np.asarray(np.exp(-2 * step_mm * np.cumsum(attenuation - calibrated, axis=0)), np.float32)


def levels(rng: Generator, weld: Weld, path: Array, angle: Array | float) -> tuple[Array, Array, Array]:
    """Gain of echoes, noise of grains (both [rows, columns]) and noise of the instrument [rows, 1].

    The gain makes up for the fall of a single reflector's echo as the path grows; the noise of grains, of which ever
    more lie in the widening beam, falls as its root only.

    Args:
        rng: stream of the instrument's settings.
        weld: the weld.
        path: in mm in equal steps from 0, [rows, 1].
        angle: of the beam from the vertical in radians, [columns] or one.
    """
    x, z = path * np.sin(angle), path * np.cos(angle)
    calibrated = weld.zones[0].attenuation * rng.uniform(0.8, 1.2)
    gain = response(weld.blend(x, z, "attenuation"), float(path[1, 0]), calibrated)
    grains = gain * weld.blend(x, z, "noise") * np.sqrt(path / weld.thickness)
    instrument = 1e-4 + rng.uniform(0.002, 0.006) * path / weld.thickness
    return gain, np.asarray(grains, np.float32), np.asarray(instrument, np.float32)
