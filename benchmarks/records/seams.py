"""Where the seam lies on each film of W0003, and where its zero mark is: the cells of the records on the picture.

The records count from a zero mark whose place they do not give. The films do: a "0" of lead or in handwriting stands at
the film's left edge on 0015, 0024, 0027, 0059, 0063 and 0065 and at the upper one on 0062, and most films are 20 cells
long to the millimetre. So every film begins at its zero mark, and nothing is fitted; on the two films whose seam runs
across a pipe (0053, 0054) it begins at the pipe's upper edge. `alignment` puts this to the test.

The bands were drawn by eye on the bare films, with the toes and about 1 mm of the plate, before any call was looked at.
"""

from dataclasses import dataclass
from typing import Final

from benchmarks.records.truth import CELL_MM
from dynawave.datasets.gdxray import PIXEL_SIZE_MM
from dynawave.errors import DatasetError

Box = tuple[float, float, float, float]

EDGE_MM: Final = 1.0
"""What lies so near an end is the film's edge: many flaws are recorded there, and it must not be called for one."""


@dataclass(frozen=True, slots=True)
class Seam:
    """A seam in pixels of its film, straight between its ends.

    Attributes:
        length: from the zero mark to the end.
        begin: first and last pixel across, at the zero mark.
        end: the same at the end.
        zero: pixel of the zero mark along the seam.
        upright: the seam runs down the rows, not along the columns.
    """

    length: int
    begin: tuple[int, int]
    end: tuple[int, int]
    zero: int = 0
    upright: bool = False

    @property
    def metres(self) -> float:
        """Its length."""
        return self.length * PIXEL_SIZE_MM / 1000

    @property
    def cells(self) -> int:
        """Whole cells of the records, at least one."""
        return max(1, round(1000 * self.metres / CELL_MM))

    def holds(self, box: Box) -> bool:
        """Whether a box (x, y, width, height) has its centre on the seam, and not on an edge of the film."""
        (start, stop), (top, bottom) = self._sides(box)
        along, across = (start + stop) / 2, (top + bottom) / 2
        share = along / self.length
        low, high = (first + share * (last - first) for first, last in zip(self.begin, self.end, strict=True))
        edge = EDGE_MM / PIXEL_SIZE_MM
        return edge <= along <= self.length - edge and low <= across <= high

    def extent(self, box: Box) -> tuple[float, float]:
        """Where a box begins and ends, in cells from the zero mark."""
        (start, stop), _ = self._sides(box)
        pixels = CELL_MM / PIXEL_SIZE_MM
        return start / pixels, stop / pixels

    def _sides(self, box: Box) -> tuple[tuple[float, float], tuple[float, float]]:
        """First and last pixel along from the zero mark, and across."""
        x, y, width, height = (box[1], box[0], box[3], box[2]) if self.upright else box
        return (x - self.zero, x - self.zero + width), (y, y + height)


SEAMS: Final[dict[str, Seam]] = {
    "W0003_0002": Seam(4992, (560, 1140), (510, 1090)),
    "W0003_0006": Seam(4992, (660, 970), (590, 900)),
    "W0003_0010": Seam(4976, (490, 960), (500, 980)),
    "W0003_0012": Seam(4138, (330, 820), (340, 800)),
    "W0003_0015": Seam(4978, (60, 560), (60, 560)),
    "W0003_0024": Seam(4992, (590, 900), (870, 1160)),
    "W0003_0027": Seam(4998, (550, 860), (475, 800)),
    "W0003_0029": Seam(4992, (620, 1100), (680, 1160)),
    "W0003_0030": Seam(4992, (640, 1050), (650, 1060)),
    "W0003_0032": Seam(4988, (580, 1100), (600, 1080)),
    "W0003_0036": Seam(4986, (420, 750), (440, 760)),
    "W0003_0037": Seam(4994, (385, 720), (450, 790)),
    "W0003_0038": Seam(4970, (395, 775), (400, 745)),
    "W0003_0039": Seam(4994, (410, 750), (470, 870)),
    "W0003_0042": Seam(4988, (290, 750), (320, 790)),
    "W0003_0043": Seam(4986, (220, 850), (120, 740)),
    "W0003_0049": Seam(4998, (600, 1020), (620, 1010)),
    "W0003_0051": Seam(4976, (720, 1277), (740, 1277)),
    "W0003_0053": Seam(640, (2110, 2350), (2110, 2370), zero=635, upright=True),
    "W0003_0054": Seam(640, (2550, 2760), (2560, 2770), zero=535, upright=True),
    "W0003_0058": Seam(4988, (660, 1200), (680, 1180)),
    "W0003_0059": Seam(4986, (580, 1060), (740, 1260)),
    "W0003_0060": Seam(4984, (850, 1220), (770, 1120)),
    "W0003_0062": Seam(2386, (1650, 2700), (1650, 2700), upright=True),
    "W0003_0063": Seam(4954, (800, 1240), (830, 1270)),
    "W0003_0065": Seam(4048, (1280, 1680), (1270, 1680)),
}


def seam_of(film: str) -> Seam:
    """The seam of a film by its stem.

    Raises:
        DatasetError: nobody has drawn it.
    """
    if film not in SEAMS:
        raise DatasetError(f"{film}: its seam is not drawn in benchmarks/records/seams.py.")
    return SEAMS[film]
