"""How near the simulated films came to real ones from version to version: a line of a CSV each time it is measured."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dynawave.evaluation.table import Table
from dynawave.images.files import written_aside

KEYS: Final = ("measured", "revision", "set", "films")
TOLD: Final = "told apart (AUC)"
SHOWN: Final = (
    TOLD,
    "noise power spectrum",
    "its shape alone",
    "profile across the bead",
    "flaws: contrast-to-noise ratio",
    "flaws: longer side, px",
    "local contrast at 2 px",
    "local contrast at 8 px",
)

Row = dict[str, str]


def remember(file: Path, rows: list[Row]) -> list[Row]:
    """Add rows to a CSV; one of the same revision, set and number of films takes the place of the older one.

    Returns:
        All rows of the file, the oldest first.
    """

    def key(row: Row) -> tuple[str, ...]:
        return tuple(row[name] for name in KEYS[1:])

    kept = {key(row): row for row in _read(file)}
    for row in rows:
        kept.pop(key(row), None)
        kept[key(row)] = row
    names = list(dict.fromkeys(name for row in kept.values() for name in row))
    with written_aside(file) as aside, aside.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept.values())
    return list(kept.values())


def _read(file: Path) -> list[Row]:
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def row_of(measured: str, revision: str, name: str, films: int, values: Mapping[str, float]) -> Row:
    """A row from the distances of one set, and `TOLD`."""
    keys = dict(zip(KEYS, (measured, revision, name, str(films)), strict=True))
    return keys | {measure: f"{value:.3f}" for measure, value in values.items()}


def trend_table(rows: list[Row]) -> Table:
    """The measures of `SHOWN` from version to version, set by set."""
    ordered = sorted(rows, key=lambda row: row["set"])  # stable, so in each set the oldest stays first
    cells = tuple(
        (row["set"], row["revision"], row["measured"], row["films"], *(row.get(name) or "-" for name in SHOWN))
        for row in ordered
    )
    return Table("From version to version", ("", "revision", "measured", "films", *SHOWN), cells)
