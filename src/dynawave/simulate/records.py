"""What a simulated film is: its specification, its pixels and its flaws."""

from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynawave.errors import ConfigError
from dynawave.records import WeldContext
from dynawave.taxonomy import FlawClass

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class FilmSpec:
    """What films are to be drawn; everything not named here is drawn at random from each film's own stream.

    Attributes:
        width: columns in pixels.
        height: rows in pixels.
        pixel_size_mm: edge of a pixel; the default is that of a film digitised at 630 dots an inch.
        sound_share: share of films without any flaw.
        upright_share: share of films whose seam runs up the film instead of along it.
        eight_bit_share: share of films digitised to 8 bits; the others keep 12 bits.
        cnr: least and greatest contrast of a flaw over the film's noise.
        physics: draw radiographs from composition, spectrum and bodies instead of films after recorded statistics;
            `cnr` then is only the least contrast that gets a mask.
        dissimilar_share: share of welds of two different base metals; only with `physics`.
        mottling: factor on the diffraction mottling of coarse grains; 1 is what is computed; only with `physics`.

    Raises:
        ConfigError: a size or a share is out of range.
    """

    width: int = 1400
    height: int = 640
    pixel_size_mm: float = 0.0403
    sound_share: float = 0.15
    upright_share: float = 0.08
    eight_bit_share: float = 0.6
    cnr: tuple[float, float] = (0.7, 80.0)
    physics: bool = False
    dissimilar_share: float = 0.5
    mottling: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if min(self.width, self.height) < 256 or max(self.width, self.height) > 8192:
            raise ConfigError(f"film size {self.width} x {self.height} is outside 256 to 8192 pixels.")
        shares = (self.sound_share, self.upright_share, self.eight_bit_share, self.dissimilar_share)
        if not all(0 <= share <= 1 for share in shares):
            raise ConfigError("a share of films lies outside 0 to 1.")
        if not 0 < self.cnr[0] < self.cnr[1] or self.pixel_size_mm <= 0:
            raise ConfigError("contrast and pixel size must be positive, the least contrast below the greatest.")
        if not 0 <= self.mottling < inf:
            raise ConfigError(f"mottling: {self.mottling:g} is no factor, which is 0 or more.")


@dataclass(frozen=True, slots=True)
class SimulatedFlaw:
    """One flaw, drawn.

    Attributes:
        flaw: its class.
        mask: boolean crop [rows, columns]: the visible extent, drawn a little loosely, as human annotators do.
        offset: (x, y) of the crop's first pixel in the film.
        length_mm: longest extent of the metal defect itself (before unsharpness), in mm.
        width_mm: its extent across that, in mm.
        cnr: grey contrast at its core over the standard deviation of the noise there.
        depth_mm: depth of its middle below the upper surface of the plate, or None.
        height_mm: its extent in depth, or None.
    """

    flaw: FlawClass
    mask: NDArray[np.bool_]
    offset: tuple[int, int]
    length_mm: float
    width_mm: float
    cnr: float
    depth_mm: float | None = None
    height_mm: float | None = None

    def turned(self) -> "SimulatedFlaw":
        """The flaw with rows and columns exchanged."""
        x, y = self.offset
        return replace(self, mask=self.mask.T.copy(), offset=(y, x))


@dataclass(frozen=True, slots=True)
class SimulatedFilm:
    """A film and what is in it.

    Attributes:
        pixels: uint16 [height, width], thick metal bright, as digitised films of welds are shown.
        pixel_size_mm: edge of a pixel in mm.
        flaws: every flaw drawn; flaws may overlap.
        context: what is known of the weld and its exposure.
    """

    pixels: NDArray[np.uint16]
    pixel_size_mm: float
    flaws: tuple[SimulatedFlaw, ...]
    context: WeldContext

    def flaw_mask(self) -> NDArray[np.bool_]:
        """Union of all flaws, boolean [height, width]."""
        mask: NDArray[Any] = np.zeros(self.pixels.shape, bool)
        for flaw in self.flaws:
            (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
            mask[y : y + rows, x : x + columns] |= flaw.mask
        return mask

    def turned(self) -> "SimulatedFilm":
        """The film with rows and columns exchanged."""
        flaws = tuple(flaw.turned() for flaw in self.flaws)
        return replace(self, pixels=np.ascontiguousarray(self.pixels.T), flaws=flaws)
