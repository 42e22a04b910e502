"""Where the photons come from: spectra of X-ray tubes and lines of gamma sources.

Tube spectra are interpolated in a small table that `tabulate.py` computed with SpekPy, so that none is slow to make.
Gamma lines are those of the Decay Data Evaluation Project (M.-M. Be et al., Table of Radionuclides, BIPM Monographie 5;
for Se-75 ENSDF), in keV and photons per 100 decays, from 1 photon in 100 decays on; lines under 60 keV do not leave the
capsule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from dynawave.errors import ConfigError
from dynawave.simulate.physics.materials import Material
from dynawave.simulate.records import Array

GAMMA_LINES: Final = {
    "Se-75": (
        (66.05, 1.11),
        (96.73, 3.42),
        (121.12, 17.2),
        (136.00, 58.5),
        (198.61, 1.48),
        (264.66, 58.9),
        (279.54, 25.0),
        (303.92, 1.32),
        (400.66, 11.5),
    ),
    "Ir-192": (
        (205.79, 3.34),
        (295.96, 28.72),
        (308.46, 29.68),
        (316.51, 82.75),
        (468.07, 47.81),
        (484.58, 3.19),
        (588.58, 4.52),
        (604.41, 8.20),
        (612.46, 5.34),
    ),
    "Co-60": ((1173.23, 99.85), (1332.49, 99.98)),
}
_TABLE: Final = Path(__file__).with_name("tubes.npz")
_BIN_KEV: Final = 1.5


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Photons by energy.

    Attributes:
        energies: in keV, [bins].
        photons: in each bin. Tubes: per cm2 and mAs at 1 m; gamma sources: per 100 decays.
    """

    energies: Array
    photons: Array

    @property
    def mean_kev(self) -> float:
        """Mean photon energy in keV."""
        return float(self.energies @ self.photons / self.photons.sum())

    def behind(self, layers: Sequence[tuple[Material, float]]) -> "Spectrum":
        """The spectrum behind filters of (material, thickness in mm), by Beer and Lambert."""
        depth = sum((part.attenuation(self.energies) * mm for part, mm in layers), np.zeros(len(self.energies)))
        return Spectrum(self.energies, self.photons * np.exp(-depth))


def gamma(name: str) -> Spectrum:
    """The lines of a gamma source.

    Args:
        name: "Se-75", "Ir-192" or "Co-60".

    Raises:
        ConfigError: no such source.
    """
    if name not in GAMMA_LINES:
        raise ConfigError(f"gamma source {name!r} is none of {', '.join(GAMMA_LINES)}.")
    energies, photons = np.array(GAMMA_LINES[name]).T
    return Spectrum(energies, photons)


def tube(kilovolts: float, angle: float = 20.0) -> Spectrum:
    """The spectrum of a tungsten anode at constant potential, without filters (add them by `behind`).

    Args:
        kilovolts: 30 to 450 kV.
        angle: of the anode in degrees, 10 to 30.

    Raises:
        ConfigError: voltage or angle is outside the table.
    """
    table = _table()
    low, high, flat, steep = (float(table[key][end]) for key in ("kilovolts", "angles") for end in (0, -1))
    if not (low <= kilovolts <= high and flat <= angle <= steep):
        raise ConfigError(
            f"a tube of {kilovolts} kV and {angle} degrees is outside {low}-{high} kV, {flat}-{steep} degrees."
        )
    continuum, lines = (_between(table, key, kilovolts, angle) for key in ("continuum", "lines"))
    # energies below 10 keV never cross a tube's window and any metal
    energies = np.arange(10 + _BIN_KEV / 2, kilovolts, _BIN_KEV)
    photons = _BIN_KEV * np.interp(energies / kilovolts, np.linspace(0, 1, len(continuum)), continuum)
    energies, photons = np.append(energies, table["energies"]), np.append(photons, lines)
    order = np.argsort(energies)
    return Spectrum(energies[order], photons[order])


@lru_cache(maxsize=1)
def _table() -> dict[str, Array]:
    with np.load(_TABLE) as table:
        return dict(table)


def _between(table: dict[str, Array], key: str, kilovolts: float, angle: float) -> Array:
    """Linear interpolation of `table[key]` [voltages, angles, n] in voltage and angle."""
    values = table[key].astype(float)
    for axis, at in (("kilovolts", kilovolts), ("angles", angle)):
        after = int(np.clip(np.searchsorted(table[axis], at), 1, len(table[axis]) - 1))
        first, last = table[axis][after - 1 : after + 1]
        values = values[after - 1] + (values[after] - values[after - 1]) * (at - first) / (last - first)
    return np.asarray(values)
