from itertools import combinations
from math import hypot
from xml.etree import ElementTree

import pytest

from dynawave.metallurgy import assess, find_metal
from dynawave.metallurgy.diagrams import diagrams
from dynawave.metallurgy.drawing import BADGE, HEIGHT, WIDTH, Axes, _markers, draw

JOINTS = [
    ("P91", "316L", "82", 0.3),
    ("S355", "304L", "309L", 0.3),
    ("316L", "316L", "316L", 0.3),
    ("Alloy 690", "Alloy 600", "52", 0.0),
    ("2205", "SA-508", "2209", 1.0),
]


@pytest.mark.parametrize("joint", JOINTS)
def test_the_picture_is_well_formed_and_names_the_metals(joint: tuple[str, str, str, float]) -> None:
    metals = find_metal(joint[0], "base"), find_metal(joint[1], "base"), find_metal(joint[2], "filler")
    svg = draw(assess(*metals, joint[3] / 2, joint[3] / 2))
    text = " ".join(ElementTree.fromstring(svg).itertext())
    for name in (*(m.name for m in metals), "A + M + F", "weld metal", "WRC-1992"):
        assert name in text
    assert "nan" not in svg.lower() and len(svg) < 40_000


@pytest.mark.parametrize("joint", JOINTS)
def test_letters_cover_neither_each_other_nor_a_point(joint: tuple[str, str, str, float]) -> None:
    chart = diagrams().wrc1992
    metals = find_metal(joint[0], "base"), find_metal(joint[1], "base"), find_metal(joint[2], "filler")
    points = dict(zip("ABF", (chart.point(m.composition) for m in metals), strict=True))
    markers = list(_markers(Axes(chart.cr, chart.ni), points))
    for one, other in combinations(markers, 2):
        assert hypot(one.badge[0] - other.badge[0], one.badge[1] - other.badge[1]) > 2 * BADGE
    for marker in markers:
        assert all(hypot(marker.badge[0] - m.dot[0], marker.badge[1] - m.dot[1]) > BADGE for m in markers)
        assert 0 < marker.badge[0] < WIDTH and 0 < marker.badge[1] < HEIGHT
        assert (marker.outward is not None) == (not chart.holds(points[marker.letter]))
