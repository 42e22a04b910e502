"""Cracks: crooked gaps of small opening, whose contrast depends on the angle between their plane and the beam."""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from dynawave.simulate.bodies.body import Body
from dynawave.simulate.bodies.courses import closing, jagged, stations, taper, uneven, vary, wavy
from dynawave.simulate.bodies.frame import WeldFrame
from dynawave.simulate.bodies.projection import Patch, band, joined, sheet
from dynawave.simulate.fields import log_uniform, surface

OPENING = (0.01, 0.3)
"""Least and greatest opening of a crack in mm."""
INTERRUPTED_SHARE = 0.5
"""Of cracks that are closed here and there."""


def fissure(
    rng: Generator,
    frame: WeldFrame,
    place: tuple[float, float, float],
    length: float,
    heading: float,
    opening: float,
    height: float,
    tilt: float,
    slope: float,
) -> Patch:
    """One crooked crack.

    Args:
        rng: the film's stream.
        frame: the film.
        place: (x, y, z) of its middle in mm.
        length: from end to end in mm.
        heading: angle of its course to x in radians.
        opening: in mm.
        height: in the direction of its plane, in mm.
        tilt: of its plane to the plate's normal in degrees.
        slope: how crooked its course is.
    """
    s = stations(frame, length)
    aside = jagged(rng, s, slope, rng.uniform(0.16, 0.7)) + rng.uniform(0, 0.1) * wavy(rng, s, 1.6)
    cos, sin = np.cos(heading), np.sin(heading)
    points = np.stack(
        [place[0] + cos * s - sin * aside, place[1] + sin * s + cos * aside, np.full(len(s), place[2])], 1
    )
    lean = np.tan(np.radians(tilt))
    gap = opening * uneven(rng, s, 0.5, 0.35, 0.3, 2) * taper(s, 0.3)
    if rng.random() < INTERRUPTED_SHARE:
        gap *= closing(rng, s)
    # a crack's faces are rough on the scale of the grains, in depth as along its course
    wander = log_uniform(rng, 0.008, 0.08) * surface(rng, (len(s), 7), (max(2.0, 0.8 / (s[1] - s[0])), 1.5))
    tall = height * uneven(rng, s, 1.0, 0.25, 0.3, 1.3) * taper(s, 0.15)
    return sheet(frame, points, tall, np.array([-sin * lean, cos * lean, 1.0]), gap, wander)


def _body(
    iso6520: int,
    patch: Patch,
    place: tuple[float, float, float],
    length: float,
    opening: float,
    height: float,
    tilt: float,
) -> Body:
    depth = height * float(np.cos(np.radians(tilt)))
    return Body(
        iso6520,
        patch.loss,
        (patch.left, patch.top),
        place,
        length,
        opening,
        depth,
        opening_mm=opening,
        tilt_deg=abs(tilt),
    )


def _height(rng: Generator, frame: WeldFrame, length: float) -> float:
    """Height of a crack of this length in mm: about half as high as long, and not through the whole plate."""
    return min(length * log_uniform(rng, 0.15, 0.9), frame.thickness_mm * rng.uniform(0.1, 0.8))


def _place(rng: Generator, frame: WeldFrame, x: float, across: float, height: float) -> tuple[float, float, float]:
    """A place in mm, at a depth at which a crack of this height fits into the plate."""
    return x, float(frame.at(x, across)), rng.uniform(height / 2, frame.thickness_mm - height / 2)


def longitudinal(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A jagged crack along the weld."""
    length, opening = log_uniform(rng, 2.4, 36), log_uniform(rng, *OPENING)
    height = _height(rng, frame, min(length, 12))
    across = rng.normal(0, 0.12) if rng.random() < 0.5 else rng.uniform(-0.6, 0.6)
    place, tilt = _place(rng, frame, x, across, height), rng.normal(0, 8)
    heading = float(np.arctan(frame.run[0])) + rng.normal(0, 0.02)
    patch = fissure(rng, frame, place, length, heading, opening, height, tilt, log_uniform(rng, 0.03, 0.35))
    yield _body(1011, patch, place, length, opening, height, tilt)


def transverse(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """Jagged cracks across the weld, often several near each other."""
    opening = log_uniform(rng, *OPENING)
    for _ in range(rng.choice([1, 2, 4, 7])):
        length = log_uniform(rng, 0.8, 1.9 * frame.half_width_mm + 1)
        yield _across(rng, frame, x, vary(rng, opening), length, 0.25)
        x += rng.normal(0, 4.8)


def group(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A field of fine cracks, more or less across the weld."""
    reach, opening = log_uniform(rng, 1.6, 10), log_uniform(rng, *OPENING)
    for _ in range(rng.integers(4, 14)):
        yield _across(rng, frame, x + rng.normal(0, reach), vary(rng, opening), log_uniform(rng, 0.8, 6.4), 0.5)


def _across(rng: Generator, frame: WeldFrame, x: float, opening: float, length: float, spread: float) -> Body:
    """A crack whose course varies by `spread` radians about the direction across the weld."""
    opening, height = float(np.clip(opening, *OPENING)), _height(rng, frame, length)
    place, tilt = _place(rng, frame, x, rng.uniform(-0.6, 0.6), height), rng.normal(0, 8)
    heading = np.pi / 2 + rng.normal(0, spread)
    patch = fissure(rng, frame, place, length, heading, opening, height, tilt, 0.35)
    if rng.random() < 0.35:  # a second strand, which parts from the first and meets it again
        second = length * rng.uniform(0.4, 0.9)
        patch = joined([patch, fissure(rng, frame, place, second, heading, 0.6 * opening, height, tilt, 0.35)])
    return _body(1021, patch, place, length, opening, height, tilt)


def branching(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A crack with branches."""
    length = log_uniform(rng, 1.6, 9)
    height = _height(rng, frame, length)
    place = _place(rng, frame, x, rng.uniform(-0.5, 0.5), height)
    yield _star(rng, frame, place, length, height, 0.5, 106)


def crater(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """Short cracks that run out from the middle of an end crater, down from the surface."""
    length = log_uniform(rng, 0.8, 4)
    height = _height(rng, frame, length)
    yield _star(rng, frame, (x, float(frame.at(x, rng.normal(0, 0.1))), height / 2), length, height, 3.0, 104)


def _star(
    rng: Generator,
    frame: WeldFrame,
    place: tuple[float, float, float],
    length: float,
    height: float,
    spread: float,
    iso6520: int,
) -> Body:
    """A main crack with 1 to 6 arms, whose headings vary by `spread` radians."""
    opening, heading, tilt = log_uniform(rng, *OPENING), rng.uniform(0, np.pi), rng.normal(0, 8)
    parts = [fissure(rng, frame, place, length, heading, opening, height, tilt, 0.35)]
    for _ in range(rng.integers(1, 7)):
        angle, long = heading + rng.normal(0, spread), length * rng.uniform(0.2, 0.7)
        along = rng.uniform(-0.5, 0.5) * length * (iso6520 == 106)  # the arms of a crater's star meet
        middle = (
            place[0] + along * np.cos(heading) + 0.5 * long * np.cos(angle),
            place[1] + along * np.sin(heading) + 0.5 * long * np.sin(angle),
            place[2],
        )
        parts.append(fissure(rng, frame, middle, long, angle, 0.6 * opening, height, rng.normal(0, 8), 0.35))
    return _body(iso6520, joined(parts), place, length, opening, height, tilt)


def tear(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """A hot tear along the weld: a wide, ragged, shallow hollow with open cracks wandering in it."""
    length, width = log_uniform(rng, 6, 48), log_uniform(rng, 0.4, 1.8)
    height = min(log_uniform(rng, 0.4, 4), 0.6 * frame.thickness_mm)
    x, y, z = _place(rng, frame, x, rng.uniform(-0.5, 0.5), height)
    s = stations(frame, length)
    stray = rng.uniform(0.1, 0.5) * width * wavy(rng, s, log_uniform(rng, 2.4, 12)) + 0.03 * wavy(rng, s, 0.36)
    points = np.stack([x + s, y + frame.run[0] * s + stray, np.full(len(s), z)], 1)
    thick = width * uneven(rng, s, 1.8, 0.45, 0.25, 2) * taper(s, 0.1)
    hollow = height * rng.uniform(0.1, 0.5) * uneven(rng, s, 2.4, 0.4, 0.2, 1.5)
    parts = [band(frame, points, thick, hollow, 0.8)]
    for _ in range(rng.integers(1, 6)):
        long = length * rng.uniform(0.15, 0.9)
        along = rng.uniform(-0.5, 0.5) * (length - long)
        middle = (x + along, y + frame.run[0] * along + rng.normal(0, 0.2) * width, z)
        opening = log_uniform(rng, 0.05, OPENING[1])
        parts.append(
            fissure(rng, frame, middle, long, np.arctan(frame.run[0]), opening, height, rng.normal(0, 5), 0.12)
        )
    yield _body(1011, joined(parts), (x, y, z), length, width, height, 0.0)
