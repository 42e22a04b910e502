"""What a metal does to photons: attenuation and energy absorption from its composition and density.

Element tables are those of Elam, Ravel and Sieber (Radiat. Phys. Chem. 63 (2002) 121) as xraydb carries them; they end
at 800 keV. Beyond that the Compton part follows Klein and Nishina, and the small rest falls with the slope that it has
at the end of the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from dynawave.errors import ConfigError
from dynawave.simulate.records import Array

_TABLE_END_KEV = 800.0
_ELECTRON_KEV = 510.99895


@dataclass(frozen=True, slots=True)
class Material:
    """A metal, filter or detector by its composition.

    Attributes:
        fractions: (element, mass fraction) pairs that sum to one.
        density: in g/cm3.
    """

    fractions: tuple[tuple[str, float], ...]
    density: float

    def attenuation(self, energies: Array) -> Array:
        """Linear attenuation coefficient in 1/mm at `energies` in keV, by the mixture rule."""
        return np.asarray(0.1 * self.density * self._sum(energies)[0])

    def absorption(self, energies: Array) -> Array:
        """Linear energy-absorption coefficient in 1/mm at `energies` in keV.

        The photoelectric part and the share of energy that Compton electrons take; fluorescence and bremsstrahlung are
        taken as absorbed.
        """
        return np.asarray(0.1 * self.density * self._sum(energies)[1])

    def compton_share(self, energies: Array) -> Array:
        """Share of attenuation that is Compton scattering, at `energies` in keV."""
        total, _, compton = self._sum(energies)
        return np.asarray(compton / total)

    def _sum(self, energies: Array) -> Array:
        """Mass attenuation, energy absorption and Compton scattering in cm2/g, [3, energies]."""
        key = tuple(np.asarray(energies, float).tolist())
        return np.asarray(sum(share * _element(symbol, key) for symbol, share in self.fractions))


def material(fractions: Mapping[str, float], density: float) -> Material:
    """A material from shares of mass in any unit, such as mass %, which are scaled to a sum of one.

    Args:
        fractions: element symbol to share of mass.
        density: in g/cm3.

    Raises:
        ConfigError: an unknown element, a negative share, nothing at all, or a density that is not positive.

    Example:
        >>> steel = material({"Fe": 98.5, "Mn": 1.3, "C": 0.2}, 7.85)
    """
    total = sum(fractions.values())
    if not density > 0 or not total > 0 or min(fractions.values()) < 0:
        raise ConfigError(f"material {dict(fractions)} of density {density} needs positive shares and density.")
    for symbol in fractions:
        if not _is_element(symbol):
            raise ConfigError(f"material {dict(fractions)} names {symbol!r}, which is no chemical element.")
    return Material(tuple((symbol, share / total) for symbol, share in fractions.items() if share > 0), density)


@cache
def _is_element(symbol: str) -> bool:
    import xraydb

    try:
        xraydb.atomic_number(symbol)
    except ValueError:
        return False
    return True


def equivalent_mm(thickness: Array, share: Array | float, density: Array | float, part: Material) -> Array:
    """Thickness in mm of pure `part` that does to photons what its share of a mixed metal does.

    Attenuation is linear in mass: `thickness` mm of a metal of this `density`, of which `part` makes up the mass
    fraction `share`, attenuates like the sum of the equivalents of all its parts. So a graded weld metal is a thickness
    map of each base metal and filler.

    Args:
        thickness: of the mixed metal in mm, any shape.
        share: mass fraction of the part, a number or a map.
        density: of the mixed metal in g/cm3, a number or a map.
        part: the pure metal.
    """
    return np.asarray(thickness * (share * density / part.density), np.float32)


def klein_nishina(energies: Array) -> tuple[Array, Array]:
    """Cross section of a free electron in classical units (2 pi r0^2), and the mean share of energy that it takes.

    Integrals of the Klein-Nishina formula over all angles: R. D. Evans, The Atomic Nucleus (1955), chapter 23.
    """
    a = np.asarray(energies, float) / _ELECTRON_KEV
    b, log = 1 + 2 * a, np.log1p(2 * a)
    total = (1 + a) / a**2 * (2 * (1 + a) / b - log / a) + log / (2 * a) - (1 + 3 * a) / b**2
    scattered = log / a**3 + 2 * (1 + a) * (2 * a**2 - 2 * a - 1) / (a**2 * b**2) + 8 * a**2 / (3 * b**3)
    # scattered energy is half this sum in the same units
    return total, 1 - 0.5 * scattered / total


@lru_cache(maxsize=512)
def _element(symbol: str, energies: tuple[float, ...]) -> Array:
    """Mass attenuation, energy absorption and Compton scattering of an element in cm2/g, [3, energies]."""
    known = _known(symbol)
    # tubes of every voltage share their energies, and reading the tables takes far longer than this
    missing = tuple(energy for energy in energies if energy not in known)
    if missing:
        known.update(zip(missing, _from_tables(symbol, missing).T.tolist(), strict=True))
    return np.array([known[energy] for energy in energies]).T


@cache
def _known(symbol: str) -> dict[float, list[float]]:
    """What has been read of an element so far, by energy in keV."""
    return {}


def _from_tables(symbol: str, energies: tuple[float, ...]) -> Array:
    """As `_element`, from the tables."""
    import xraydb

    keV = np.array(energies)
    inside = np.minimum(keV, _TABLE_END_KEV)
    photo, compton, coherent = (xraydb.mu_elam(symbol, 1e3 * inside, kind) for kind in ("photo", "incoh", "coh"))
    cross, taken = klein_nishina(keV)
    compton = compton * cross / klein_nishina(inside)[0]
    ends = 1e3 * np.array([0.75 * _TABLE_END_KEV, _TABLE_END_KEV])
    low, high = xraydb.mu_elam(symbol, ends, "photo")
    photo = photo * (keV / inside) ** (np.log(high / low) / np.log(ends[1] / ends[0]))
    coherent = coherent * (inside / keV) ** 2
    return np.stack([photo + compton + coherent, photo + compton * taken, compton])
