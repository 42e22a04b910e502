"""Cooling time t8/5 of a weld on unalloyed or low-alloy steel (EN 1011-2, annex D)."""

from dataclasses import dataclass
from math import sqrt

from dynawave.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Cooling:
    """Time from 800 to 500 degC.

    Attributes:
        thick_s: in a plate so thick that heat flows in three dimensions.
        thin_s: in a plate so thin that it flows in two.
        transition_mm: thickness at which both agree.
    """

    thick_s: float
    thin_s: float
    transition_mm: float

    @property
    def t85_s(self) -> float:
        """The time that holds: the greater of both."""
        return max(self.thick_s, self.thin_s)


def cooling(
    heat_input: float, thickness_mm: float, preheat: float, shape_thick: float = 1.0, shape_thin: float = 1.0
) -> Cooling:
    """Cooling time by heat input, thickness and preheat.

    Args:
        heat_input: Q in kJ/mm, the process's thermal efficiency taken into account.
        thickness_mm: plate thickness.
        preheat: preheat or interpass temperature T0 in degC.
        shape_thick: F3, 1 for a run on plate.
        shape_thin: F2, 1 for a run on plate.

    Raises:
        ConfigError: heat input or thickness is not positive, or the preheat is not below 500 degC.

    Example:
        >>> round(cooling(1.5, 20, 100).t85_s, 2)
        9.96
    """
    if heat_input <= 0 or thickness_mm <= 0:
        raise ConfigError(f"cooling time: {heat_input:g} kJ/mm on {thickness_mm:g} mm are not both greater than 0.")
    if not -273 < preheat < 500:
        raise ConfigError(f"cooling time: a preheat of {preheat:g} degC is not below 500 degC.")
    near, far = 1 / (500 - preheat), 1 / (800 - preheat)
    thick = (6700 - 5 * preheat) * heat_input * (near - far) * shape_thick
    thin = (4300 - 4.3 * preheat) * 1e5 * (heat_input / thickness_mm) ** 2 * (near**2 - far**2) * shape_thin
    return Cooling(thick, thin, thickness_mm * sqrt(thin / thick))
