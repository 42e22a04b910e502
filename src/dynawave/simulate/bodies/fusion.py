"""Metal that did not fuse: thin planes on the flank, between runs and at the root, and open root faces."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.simulate.bodies.body import GAS, SLAG, Body
from dynawave.simulate.bodies.cavities import pore_at
from dynawave.simulate.bodies.courses import closing, dashes, stations, taper, uneven, vary, wavy
from dynawave.simulate.bodies.frame import WeldFrame
from dynawave.simulate.bodies.projection import sheet
from dynawave.simulate.fields import log_uniform, surface

FADING_SHARE: Final = 0.5
"""Of unfused planes that come and go along the weld."""


def _plane(
    rng: Generator,
    frame: WeldFrame,
    middle: float,
    length: float,
    offset: float,
    z: float,
    height: float,
    tilt: float,
    opening: float,
    iso6520: int,
    rough: float = 0.0,
) -> Body:
    """A gap along the weld, `offset` mm beside the joint, `height` mm along its own plane.

    The plane stands at `tilt` degrees to the plate's normal, towards +y on the way down; its opening varies over it,
    and it touches here and there.
    """
    s = stations(frame, length)
    y = frame.line(middle + s, offset) + rough * wavy(rng, s, 0.5)
    down = np.array([0.0, np.sin(np.radians(tilt)), np.cos(np.radians(tilt))])
    relief = surface(rng, (len(s), 5), (max(2.0, len(s) / (2 + length)), 1.5))
    gap = opening * np.clip(0.75 + 0.35 * relief, 0.05, 1.3) * taper(s, min(0.08, 1 / (1 + length)))[:, None]
    if rng.random() < FADING_SHARE:
        gap = gap * (0.15 + 0.85 * closing(rng, s))[:, None]
    tall = height * uneven(rng, s, 1.0, 0.25, 0.3, 1.5)
    patch = sheet(frame, np.stack([middle + s, y, np.full(len(s), z)], 1), tall, down, gap)
    filling = SLAG if tilt and rng.random() < 0.3 else GAS
    return Body(
        iso6520,
        patch.loss,
        (patch.left, patch.top),
        (middle, float(y.mean()), z),
        length,
        float(gap.mean()),
        height * float(down[2]) + opening * abs(float(down[1])),
        filling,
        float(gap.max()),
        abs(tilt),
    )


def lack_of_penetration(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """The root faces stay apart: a straight line at the joint, whole or in dashes, with pores on it now and then."""
    length, offset = log_uniform(rng, 4.8, 1.2 * max(frame.length_mm, 8)), rng.normal(0, 0.15)
    opening, height = log_uniform(rng, 0.08, 1.0), min(log_uniform(rng, 0.1, 2.0), 0.5 * frame.thickness_mm)
    rough = rng.uniform(0, 0.03)
    for middle, dash in dashes(rng, x - length / 2, x + length / 2):
        z = frame.root_mm - height / 2
        tall = min(vary(rng, height, 0.25), 0.6 * frame.thickness_mm)
        yield _plane(rng, frame, middle, dash, offset, z, tall, 0.0, vary(rng, opening, 0.15), 402, rough)
    for _ in range(rng.choice([0, 1, 3, 6], p=[0.5, 0.2, 0.2, 0.1])):
        at = x + rng.uniform(-0.5, 0.5) * length
        yield pore_at(rng, frame, at, float(frame.line(np.array(at), offset)), log_uniform(rng, 0.2, 1.6), 2011)


def side_wall(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """Lack of side-wall fusion: a thin plane on the flank of the groove, seen best by a beam along the bevel."""
    side, length = rng.choice([-1, 1]), log_uniform(rng, 2.4, 60)
    height, opening = min(log_uniform(rng, 0.3, 3), 0.4 * frame.root_mm), log_uniform(rng, 0.04, 0.4)
    z = rng.uniform(0.2, 0.75) * frame.root_mm
    iso6520, rough = (4011 if rng.random() < 0.7 else 401), rng.uniform(0, 0.03)
    for middle, dash in dashes(rng, x - length / 2, x + length / 2):
        tilt, tall = -side * frame.bevel_deg, vary(rng, height, 0.25)
        gap = vary(rng, opening, 0.2)
        yield _plane(rng, frame, middle, dash, side * frame.flank(z), z, tall, tilt, gap, iso6520, rough)


def inter_run(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """Lack of inter-run fusion: a plane between two runs, that lies rather than stands."""
    z = rng.uniform(0.25, 0.75) * frame.root_mm
    offset, tilt = rng.uniform(-0.7, 0.7) * frame.flank(z), rng.choice([-1, 1]) * rng.uniform(25, 80)
    height, opening = log_uniform(rng, 0.4, 2.5), log_uniform(rng, 0.06, 0.5)
    length, rough = log_uniform(rng, 1.6, 20), rng.uniform(0, 0.08)
    for middle, dash in dashes(rng, x - length / 2, x + length / 2):
        yield _plane(rng, frame, middle, dash, offset, z, vary(rng, height, 0.25), tilt, opening, 4012, rough)


def root_fusion(rng: Generator, frame: WeldFrame, x: float) -> Iterator[Body]:
    """Lack of root fusion: one root face stays open."""
    side, length = rng.choice([-1, 1]), log_uniform(rng, 2.4, 50)
    height, opening = min(log_uniform(rng, 0.2, 1.5), 0.3 * frame.thickness_mm), log_uniform(rng, 0.05, 0.4)
    tilt, rough = -side * rng.uniform(0, 10), rng.uniform(0, 0.03)
    for middle, dash in dashes(rng, x - length / 2, x + length / 2):
        z = frame.root_mm - height / 2
        yield _plane(rng, frame, middle, dash, side * frame.gap_mm / 2, z, height, tilt, opening, 4013, rough)
