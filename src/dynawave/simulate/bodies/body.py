"""What a flaw is, apart from how it is drawn: its projected loss, its place and size in mm, and what fills it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from dynawave.simulate.physics.materials import Material
from dynawave.simulate.records import Array
from dynawave.taxonomy import BY_NUMBER


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands where metal is missing.

    Attributes:
        name: gas, slag, tungsten, copper or oxide.
        material: its elements by mass fraction and its density in g/cm3, as the X-ray physics takes them.
    """

    name: str
    material: Material


# dry air; welding gases differ by less than any film shows
GAS: Final = Filling("gas", Material((("N", 0.755), ("O", 0.232), ("Ar", 0.013)), 0.0012))
# assumption: a rutile slag of TiO2 35, SiO2 25, MnO 15, FeO 12, CaO 8, Al2O3 5 mass %, solid, slightly porous
SLAG: Final = Filling(
    "slag",
    Material(
        (("O", 0.38), ("Ti", 0.21), ("Si", 0.117), ("Mn", 0.116), ("Fe", 0.093), ("Ca", 0.057), ("Al", 0.027)), 3.0
    ),
)
TUNGSTEN: Final = Filling("tungsten", Material((("W", 1.0),), 19.3))
COPPER: Final = Filling("copper", Material((("Cu", 1.0),), 8.96))
# assumption: magnetite, the scale of steel; density of the mineral
OXIDE: Final = Filling("oxide", Material((("Fe", 0.724), ("O", 0.276)), 5.17))


@dataclass(frozen=True, slots=True)
class Body:
    """One flaw, projected on the film.

    Attributes:
        iso6520: its number in the taxonomy.
        loss_mm: metal missing along the ray through each pixel in mm, float32 [rows, columns], before any unsharpness;
            the same length of `filling` stands in its place. Negative where metal is in excess, with no filling.
        offset: (column, row) of the patch's first pixel on the image; the patch may reach beyond the image.
        position_mm: (x, y, z) of its middle.
        length_mm: its longest true extent in the plane of the plate.
        width_mm: its extent across that; of a crack or an unfused plane, the mean opening.
        height_mm: its extent in depth.
        filling: what fills it.
        opening_mm: greatest opening of a crack or an unfused plane, else None.
        tilt_deg: angle between the plane of a crack or of unfused metal and the plate's normal, else None.
    """

    iso6520: int
    loss_mm: Array
    offset: tuple[int, int]
    position_mm: tuple[float, float, float]
    length_mm: float
    width_mm: float
    height_mm: float
    filling: Filling = GAS
    opening_mm: float | None = None
    tilt_deg: float | None = None

    def __post_init__(self) -> None:
        """A number without a class is a mistake in a recipe."""
        if self.iso6520 not in BY_NUMBER:
            raise KeyError(self.iso6520)


def contrast_to_noise(loss_mm: Array, gain: float, noise: float) -> float:
    """Contrast-to-noise ratio at the strongest point of a flaw.

    Args:
        loss_mm: projected loss, blurred by the film's unsharpness, in mm of metal; less what the filling makes up for.
        gain: grey values for each mm of metal at that place.
        noise: standard deviation of the grain there, in grey values.

    Example:
        >>> contrast_to_noise(np.array([[0.0, 0.5]]), gain=20.0, noise=2.0)
        5.0
    """
    return float(np.abs(loss_mm).max()) * gain / noise
