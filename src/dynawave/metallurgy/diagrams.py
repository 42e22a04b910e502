"""Constitution diagrams: Schaeffler's regions, the ferrite number and solidification mode of WRC-1992, Suutala's ratio.

The lines are points read from the published figures (`diagrams.json` names who read them and how well). Of the twelve
points for which the WRC-1992 paper prints a ferrite number, the five of its worked examples are met within 0.5, the
seven of its table 1 (FN 36-99, off the regression, not the figure) within 2, one within 4
(`tests/metallurgy/test_diagrams.py`).
"""

from bisect import bisect
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from dynawave.metallurgy.composition import Composition
from dynawave.metallurgy.formulas import (
    HAMMAR_SVENSSON_CR,
    HAMMAR_SVENSSON_NI,
    SCHAEFFLER_CR,
    SCHAEFFLER_NI,
    WRC_CR,
    WRC_NI,
)

FILE: Final = Path(__file__).with_name("diagrams.json")

Point = tuple[float, float]
"""(chromium equivalent, nickel equivalent)."""

AUSTENITIC_BELOW: Final = 1.5
FERRITIC_ABOVE: Final = 1.9
"""Ratio Cr_eq/Ni_eq at which the mode changes: Anaele et al., International Journal of Metals (2015) 213258; Korinko
and Malene, WSRC-MS-2001-00544, have 1.52 and 1.9 for 304L."""
RATIO_SOURCE: Final = "Suutala; Anaele et al., Int. J. Metals (2015) 213258; Korinko and Malene, WSRC-MS-2001-00544"
STAINLESS_CR: Final = 10.5
"""Least mass % of chromium of a stainless steel (EN 10088-1)."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Shape):
    """A line on which something has one value; points from low to high nickel equivalent."""

    value: float
    points: Annotated[tuple[Point, ...], Field(min_length=2)]


class Region(_Shape):
    """A field of Schaeffler's diagram: its name, its label and where that stands, its corners."""

    name: str
    short: str
    at: Point
    corners: Annotated[tuple[Point, ...], Field(min_length=3)]


class Mode(_Shape):
    """A solidification mode of the WRC-1992 diagram, left of the line `until`; the last one has none."""

    name: str
    at: Point
    until: tuple[Point, ...] | None


class _Diagram(_Shape):
    source: str
    cr: tuple[float, float]
    ni: tuple[float, float]

    def holds(self, point: Point) -> bool:
        """Whether the point lies within the axes."""
        return self.cr[0] <= point[0] <= self.cr[1] and self.ni[0] <= point[1] <= self.ni[1]


class SchaefflerDiagram(_Diagram):
    """Schaeffler's diagram."""

    regions: tuple[Region, ...]
    ferrite_percent: tuple[Line, ...]

    def point(self, composition: Composition) -> Point:
        """Where a composition lies."""
        return SCHAEFFLER_CR(composition), SCHAEFFLER_NI(composition)


class WrcDiagram(_Diagram):
    """The WRC-1992 diagram."""

    iso_fn: tuple[Line, ...]
    modes: tuple[Mode, ...]

    def point(self, composition: Composition) -> Point:
        """Where a composition lies."""
        return WRC_CR(composition), WRC_NI(composition)


class _Diagrams(_Shape):
    schaeffler: SchaefflerDiagram
    wrc1992: WrcDiagram


@dataclass(frozen=True, slots=True)
class FerriteNumber:
    """A reading of the WRC-1992 diagram.

    Attributes:
        value: ferrite number 0-100, or None where the diagram has none.
        warning: what is wrong with the reading, or None.
    """

    value: float | None
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Solidification:
    """How stainless weld metal solidifies by its Hammar-Svensson equivalents.

    Attributes:
        ratio: Cr_eq / Ni_eq.
        mode: "A or AF" (austenite first), "FA" (ferrite first) or "F"; None for what is neither stainless nor nickel.
    """

    ratio: float
    mode: str | None


@cache
def diagrams() -> _Diagrams:
    """The digitised diagrams."""
    return _Diagrams.model_validate_json(FILE.read_bytes())


def schaeffler_region(composition: Composition) -> str | None:
    """Name of the field of Schaeffler's diagram, such as "austenite + ferrite"; None outside the diagram.

    Example:
        >>> schaeffler_region({"Cr": 24.5, "Ni": 13.2, "C": 0.02, "Mn": 1.8})
        'austenite + ferrite'
    """
    chart = diagrams().schaeffler
    point = chart.point(composition)
    inside = (r.name for r in chart.regions if cv2.pointPolygonTest(_contour(r), point, False) >= 0)
    return next(inside, None) if chart.holds(point) else None


def ferrite_number(composition: Composition) -> FerriteNumber:
    """Ferrite number by linear interpolation between the iso-lines of WRC-1992, at the weld metal's Ni_eq.

    Outside the axes there is no value; within them, where the lines are not drawn, they are prolonged and a warning
    says so.
    """
    chart = diagrams().wrc1992
    cr, ni = point = chart.point(composition)
    if not chart.holds(point):
        return FerriteNumber(
            None,
            f"Cr_eq {cr:.1f}, Ni_eq {ni:.1f} lie outside the WRC-1992 diagram "
            f"({chart.cr[0]:g}-{chart.cr[1]:g}, {chart.ni[0]:g}-{chart.ni[1]:g})",
        )
    crossings = [_cr_at(line.points, ni) for line in chart.iso_fn]
    if cr > crossings[-1]:
        return FerriteNumber(None, "the ferrite number is above 100, where the WRC-1992 diagram ends")
    value = float(np.interp(cr, crossings, [line.value for line in chart.iso_fn]))
    tip = float(np.interp(cr, crossings, [line.points[-1][1] for line in chart.iso_fn]))
    drawn = value == 0 or ni <= tip
    return FerriteNumber(value, None if drawn else "the lines of WRC-1992 are not drawn so far; they were prolonged")


def wrc_mode(composition: Composition) -> str | None:
    """Solidification mode of the WRC-1992 diagram: "A", "AF", "FA" or "F"; None outside its axes."""
    chart = diagrams().wrc1992
    cr, ni = point = chart.point(composition)
    if not chart.holds(point):
        return None
    return next(m.name for m in chart.modes if m.until is None or cr < _cr_at(m.until, ni))


def solidification(composition: Composition) -> Solidification:
    """Solidification by the ratio of the Hammar-Svensson equivalents (Suutala); nickel weld metal is austenite."""
    ratio = HAMMAR_SVENSSON_CR(composition) / max(HAMMAR_SVENSSON_NI(composition), 1e-9)
    if is_nickel_base(composition):
        return Solidification(ratio, "A or AF")
    if composition.get("Cr", 0.0) < STAINLESS_CR:
        return Solidification(ratio, None)
    return Solidification(ratio, "A or AF" if ratio < AUSTENITIC_BELOW else "FA" if ratio <= FERRITIC_ABOVE else "F")


def is_nickel_base(composition: Composition) -> bool:
    """More nickel than iron: austenite throughout, and off every one of these diagrams."""
    return composition.get("Ni", 0.0) > composition.get("Fe", 0.0)


def _contour(region: Region) -> NDArray[np.float32]:
    return np.array(region.corners, np.float32)


def _cr_at(points: tuple[Point, ...], ni: float) -> float:
    """Where a line, prolonged at both ends, has this nickel equivalent."""
    after = min(max(bisect([p[1] for p in points], ni), 1), len(points) - 1)
    (cr_0, ni_0), (cr_1, ni_1) = points[after - 1], points[after]
    return cr_0 + (cr_1 - cr_0) * (ni - ni_0) / (ni_1 - ni_0)
