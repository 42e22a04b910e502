"""The constitution diagrams of a weld as one picture: Schaeffler's and WRC-1992, with every metal on them (SVG)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians, sin
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from dynawave.metallurgy.composition import Composition, mix
from dynawave.metallurgy.diagrams import Point, diagrams
from dynawave.metallurgy.weld import Weld

WIDTH: Final = 560.0
HEIGHT: Final = 448.0
"""Pixels of a diagram's field."""
BADGE: Final = 11.0
"""Radius of the disc that bears a metal's letter."""
DOT: Final = 4.0
COLOURS: Final = {"A": "#1f5fa8", "B": "#12806a", "F": "#b3700a", "W": "#c02a3a"}
LABELLED_FN: Final = frozenset({0, 2, 4, 6, 8, 10, 14, 18, 22, 26, 30, 40, 50, 60, 70, 80, 90, 100})

Place = Callable[[Composition], Point]


@dataclass(frozen=True, slots=True)
class Axes:
    """Maps equivalents to pixels of the field, y down."""

    cr: tuple[float, float]
    ni: tuple[float, float]

    def pixel(self, point: Point) -> tuple[float, float]:
        """Pixels of a point."""
        x = (point[0] - self.cr[0]) / (self.cr[1] - self.cr[0]) * WIDTH
        y = (self.ni[1] - point[1]) / (self.ni[1] - self.ni[0]) * HEIGHT
        return round(x, 1), round(y, 1)

    def path(self, points: Iterable[Point]) -> str:
        """Points as SVG coordinates."""
        return " ".join(f"{x:g},{y:g}" for x, y in map(self.pixel, points))

    def tilt(self, start: Point, end: Point) -> float:
        """Angle of a line on the page in degrees, clockwise."""
        (x_0, y_0), (x_1, y_1) = self.pixel(start), self.pixel(end)
        return round(degrees(atan2(y_1 - y_0, x_1 - x_0)), 1)


@dataclass(frozen=True, slots=True)
class Marker:
    """A metal on a diagram, in pixels.

    Attributes:
        letter: A, B, F (filler) or W (weld metal).
        dot: where it lies, or the nearest place on the border.
        badge: where its letter stands.
        outward: clockwise angle in degrees towards it when it lies off the diagram, else None.
    """

    letter: str
    dot: tuple[float, float]
    badge: tuple[float, float]
    outward: float | None


def draw(weld: Weld) -> str:
    """The picture as SVG text.

    Metals off a diagram stand at its border with an arrow; the table below gives the equivalents of all of them.
    """
    environment = Environment(
        loader=PackageLoader("dynawave.metallurgy"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    charts, metals = diagrams(), _metals(weld)
    panels = {
        name: {
            "chart": chart,
            "axes": (axes := Axes(chart.cr, chart.ni)),
            "markers": list(_markers(axes, {letter: chart.point(c) for letter, (_, c) in metals.items()})),
            "ties": [axes.path(ends) for ends in _ties(weld, chart.point)],
        }
        for name, chart in (("schaeffler", charts.schaeffler), ("wrc", charts.wrc1992))
    }
    rows = [(k, name, charts.schaeffler.point(c), charts.wrc1992.point(c)) for k, (name, c) in metals.items()]
    return environment.get_template("diagram.svg.j2").render(
        panels,
        weld=weld,
        rows=rows,
        verdicts=_verdicts(weld),
        colours=COLOURS,
        labelled=LABELLED_FN,
        width=WIDTH,
        height=HEIGHT,
        badge=BADGE,
    )


def _metals(weld: Weld) -> dict[str, tuple[str, Composition]]:
    """Letter to name and composition."""
    return {
        "A": (weld.base_a.name, weld.base_a.composition),
        "B": (weld.base_b.name, weld.base_b.composition),
        "F": (f"{weld.filler.name} (filler)", weld.filler.composition),
        "W": (f"weld metal, {weld.dilution:.0%} base metal", weld.composition),
    }


def _verdicts(weld: Weld) -> list[tuple[str, str]]:
    """What the diagrams say of the weld metal, in words."""
    number = weld.ferrite.value
    return [
        ("structure", weld.structure),
        ("Schaeffler", weld.region or "off the diagram"),
        ("ferrite number", "not on the diagram" if number is None else f"{number:.1f}"),
        ("solidification", weld.mode or weld.solidification.mode or "no stainless steel"),
    ]


def _ties(weld: Weld, place: Place) -> list[tuple[Point, Point]]:
    """Lines of mixing: between the base metals, and from the filler to what is melted of them."""
    between = (place(weld.base_a.composition), place(weld.base_b.composition))
    if not weld.dilution:
        return [between]
    parts = ((weld.base_a.composition, weld.dilution_a), (weld.base_b.composition, weld.dilution_b))
    melted = mix(*((composition, share / weld.dilution) for composition, share in parts))
    return [between, (place(weld.filler.composition), place(melted))]


def _markers(axes: Axes, points: dict[str, Point]) -> Iterator[Marker]:
    """Markers whose letters cover neither a dot nor each other."""
    pixels = {letter: axes.pixel(point) for letter, point in points.items()}
    dots = {k: (min(max(x, DOT), WIDTH - DOT), min(max(y, DOT), HEIGHT - DOT)) for k, (x, y) in pixels.items()}
    taken = [(*dot, DOT) for dot in dots.values()]
    for letter, (x, y) in dots.items():
        badge = _free_place(x, y, taken)
        taken.append((*badge, BADGE))
        off_x, off_y = pixels[letter][0] - x, pixels[letter][1] - y
        away = hypot(off_x, off_y) > DOT
        yield Marker(letter, (x, y), badge, round(degrees(atan2(off_y, off_x))) if away else None)


def _free_place(x: float, y: float, taken: list[tuple[float, float, float]]) -> tuple[float, float]:
    """The nearest place about a dot that is clear of all discs and within the field, upper right first."""
    angles = [radians(a) for a in range(-45, 315, 15)]
    candidates = ((x + d * cos(a), y + d * sin(a)) for d in range(18, 200, 4) for a in angles)
    fits = (
        (u, v)
        for u, v in candidates
        if BADGE < u < WIDTH - BADGE
        and BADGE < v < HEIGHT - BADGE
        and all(hypot(u - cx, v - cy) > BADGE + r + 2 for cx, cy, r in taken)
    )
    u, v = next(fits)
    return round(u, 1), round(v, 1)
