"""What was found when the welds were cut into sections of 1 cm: the records of the BAM round robin, by film.

`real_values.csv` of GDXray's W0003 names, by film and cell, the ISO 6520-1 number and size of a flaw that begins there;
a flaw longer than the cell goes on through the next ones.
"""

import csv
import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dynawave.errors import DatasetError
from dynawave.taxonomy import FAMILIES

CELL_MM: Final = 10.0
GROUPS: Final = {str(group.iso6520)[0]: family for family, group in FAMILIES.items()}
"""Families by the first digit of their ISO 6520-1 numbers."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A recorded flaw: ISO 6520-1 number, the cell in which it begins, from 1, and its length; NaN where unknown."""

    number: str
    cell: int
    length_mm: float

    @property
    def family(self) -> str:
        """Its main group of ISO 6520-1, a key of `dynawave.taxonomy.FAMILIES`."""
        return GROUPS[self.number[0]]

    @property
    def cells(self) -> range:
        """Cells from 0 that it is bound to lie in, were it to begin with its own."""
        length = 0.0 if math.isnan(self.length_mm) else self.length_mm
        return range(self.cell - 1, self.cell - 1 + max(1, math.ceil(length / CELL_MM)))


def read_records(file: Path) -> dict[str, list[Flaw]]:
    """The flaws recorded of each film, by its stem; an empty list where sections showed none.

    Raises:
        DatasetError: the file does not follow the layout.
    """
    found: dict[str, list[Flaw]] = defaultdict(list)
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                flaws = found[Path(row["image"]).stem]
                if row["iso6520_type"] != "none":
                    flaws.append(_flaw(row))
    except (OSError, KeyError, ValueError) as error:
        raise DatasetError(f"{file}: is no table of recorded flaws ({error!r}).") from error
    return dict(found)


def _flaw(row: dict[str, str]) -> Flaw:
    number = row["iso6520_type"].rstrip("*")
    if number[:1] not in GROUPS:
        raise ValueError(f"{number!r} is no ISO 6520-1 number")
    return Flaw(number, int(row["cell_cm"]), float(row["length_mm"] or "nan"))
