"""What a radiographer lays on a weld: wires across the seam (ISO 19232-1), lead letters beside it, and their tape.

Sizes and habits are those of the full films of GDXray W0003: letters 5 to 10 mm high at either side of the bead, wires
5 mm apart in an envelope whose lettering stands at their end, number plates now and then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate import lead
from dynawave.simulate.fields import blur
from dynawave.simulate.marks import add_patch
from dynawave.simulate.physics.materials import Material
from dynawave.simulate.physics.quality import WIRES_MM, wires_map
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Seam

LEAD: Final = Material((("Pb", 1.0),), 11.34)
TAPE: Final = Material((("C", 0.384), ("Cl", 0.568), ("H", 0.048)), 1.4)
"""PVC: adhesive tape, and the envelope of the wires."""
SETS: Final = (1, 6, 10, 13)
"""First of the seven wires of each indicator of ISO 19232-1."""
PITCH_MM: Final = 5.0
WIRE_SHARE: Final = 0.02
"""Of the thickness: about the wire that has to be seen (an assumption; ISO 19232-3 has tables by thickness)."""


def add_markers(
    rng: Generator,
    seam: Seam,
    metal: Array,
    pixel_mm: float,
    thickness_mm: float,
    equivalent: Callable[[Material], float],
) -> None:
    """Add, in place, wires, letters and tape to a layer of metal.

    Args:
        rng: draws them.
        seam: course of the weld.
        metal: mm of the metal that the wires are of, float32 [height, width].
        pixel_mm: edge of a pixel in the object.
        thickness_mm: penetrated; it rules which wires are laid.
        equivalent: thickness of that metal which attenuates like the same thickness of another material.
    """
    table = _Table(rng, seam, metal, pixel_mm, equivalent(LEAD), equivalent(TAPE))
    if rng.random() < 0.45:
        table.lay_wires(wires_for(thickness_mm))
    if rng.random() < 0.4:  # name of the weld
        table.lay_word(_text(rng, "ABCDEFHKLMNSUVW", 1, 2) + _text(rng, "0123456789", 0, 3), (6, 10), (2, 20))
    if rng.random() < 0.45:  # place along the seam
        table.lay_word(str(rng.integers(0, 40)), (6, 9), (1, 12))
    if rng.random() < 0.2:  # number of the exposure
        table.lay_word(_text(rng, "0123456789", 2, 2), (5, 7), (3, 18))
    for _ in range(rng.choice([0, 1, 2, 3], p=[0.8, 0.1, 0.06, 0.04])):
        table.lay_plate()
    if rng.random() < 0.03:
        table.lay(lead.washer(rng, rng.uniform(4, 9) / pixel_mm), rng.uniform(0.1, 0.6), (-1, 12))


def wires_for(thickness_mm: float) -> int:
    """Number of the first wire of the indicator whose middle wire is nearest to what has to be seen."""
    return min(SETS, key=lambda first: abs(float(np.log(WIRES_MM[first + 2] / (WIRE_SHARE * thickness_mm)))))


@dataclass(frozen=True, slots=True)
class _Table:
    """The part and what is at hand to lay on it.

    Attributes:
        rng: draws where it lies.
        seam: course of the weld.
        metal: layer that is added to.
        pixel_mm: edge of a pixel.
        lead: mm of metal for a mm of lead.
        tape: mm of metal for a mm of PVC.
    """

    rng: Generator
    seam: Seam
    metal: Array
    pixel_mm: float
    lead: float
    tape: float

    def lay_wires(self, first: int) -> None:
        """Seven wires across the seam in their envelope, with the lettering at one end."""
        rng, width = self.rng, self.metal.shape[1]
        rows, columns = self._pixels(float(rng.choice([10, 25, 50], p=[0.1, 0.3, 0.6]))), self._pixels(8 * PITCH_MM)
        left = int(rng.uniform(-0.5 * columns, width - 0.5 * columns))
        top = int(self.seam.at(left + columns / 2, 0) - rows / 2 + rng.normal(0, 0.2) * rows)
        seen = max(top, 0), min(top + rows, self.metal.shape[0])
        if seen[0] < seen[1]:
            add_patch(self.metal, _wires(rng, first, (seen[1] - seen[0], columns), self.pixel_mm), left, seen[0])

        text, gap = f"{first}FE{rng.choice(['EN', 'DIN', 'ISO'])}", self._pixels(rng.uniform(1, 4))
        sizes = rng.uniform(5, 7) / self.pixel_mm, rng.uniform(0.4, 0.9) / self.pixel_mm
        letters = lead.turned(rng, lead.lettering(rng, text, *sizes))
        start, above = left + (columns - letters.shape[1]) // 2, rng.random() < 0.5
        end = top - gap - len(letters) if above else top + rows + gap
        add_patch(self.metal, np.float32(self.lead * rng.uniform(0.7, 1.5)) * letters, start, end)
        cover = np.full((rows + len(letters) + 2 * gap, columns), self.tape * rng.uniform(0.2, 0.6), np.float32)
        add_patch(self.metal, cover, left, end - gap if above else top - gap)

    def lay_word(self, text: str, heights_mm: tuple[float, float], gaps_mm: tuple[float, float]) -> None:
        """A word at either side of the bead, now and then on tape."""
        rng = self.rng
        letters = lead.word(rng, text, rng.uniform(*heights_mm) / self.pixel_mm, rng.uniform(0.13, 0.2), 0.03)
        rows, columns = letters.shape
        x, y = self.lay(letters, rng.uniform(0.7, 2.0), gaps_mm)
        if rng.random() < 0.4:
            strip = np.full((rows, int(columns * rng.uniform(0.9, 1.4))), self.tape * rng.uniform(0.1, 0.5), np.float32)
            add_patch(self.metal, strip, x, y + int(rng.uniform(-0.2, 0.2) * rows))

    def lay_plate(self) -> None:
        """A number plate beside the bead; now and then on the other side of a pipe: mirrored, soft, faint."""
        rng = self.rng
        plate = lead.number_plate(rng, str(rng.integers(0, 60)), rng.uniform(7, 11) / self.pixel_mm)
        if rng.random() < 0.25:
            soft = blur(np.pad(plate[:, ::-1], 12), rng.uniform(2, 6))
            self.lay(soft, rng.uniform(0.05, 0.3), (-3, 12))
        else:
            self.lay(plate, rng.uniform(0.5, 1.5), (0.5, 12))

    def lay(self, patch: Array, lead_mm: float, gaps_mm: tuple[float, float]) -> tuple[int, int]:
        """A patch of lead at either side of the bead; returns (x, y) of its corner."""
        rng, width = self.rng, self.metal.shape[1]
        rows, columns = patch.shape
        x, gap = int(rng.uniform(-0.4 * columns, width - 0.6 * columns)), self._pixels(rng.uniform(*gaps_mm))
        side = int(rng.choice([-1, 1]))
        edge = int(self.seam.at(x + columns / 2, side))
        y = edge + gap if side > 0 else edge - gap - rows
        add_patch(self.metal, np.float32(self.lead * lead_mm) * lead.turned(rng, patch), x, y)
        return x, y

    def _pixels(self, length_mm: float) -> int:
        return int(length_mm / self.pixel_mm)


def _text(rng: Generator, letters: str, least: int, most: int) -> str:
    return "".join(rng.choice(list(letters), rng.integers(least, most + 1)))


def _wires(rng: Generator, first: int, shape: tuple[int, int], pixel_mm: float) -> Array:
    """Seven parallel wires down a patch, a little askew, in mm; the thick ones on either side."""
    rows, columns = shape
    line = wires_map((1, columns), pixel_mm, WIRES_MM[first - 1 : first + 6][:: int(rng.choice([-1, 1]))], PITCH_MM)
    lean = np.tan(np.radians(rng.normal(0, 1.5)))
    # every row is the same line, a little farther on
    ahead = np.array([[1, lean, -lean * rows / 2], [0, 0, 0]], np.float32)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(line, ahead, (columns, rows), flags=how, borderMode=cv2.BORDER_REPLICATE))
