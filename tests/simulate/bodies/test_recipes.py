"""What the recipes draw: places, sizes in mm, openings and fillings."""

from dataclasses import replace

import numpy as np
import pytest

from dynawave.simulate.bodies import Beam, Body, WeldFrame, contrast_to_noise
from dynawave.simulate.bodies import body as fillings
from dynawave.simulate.bodies.cavities import ball, worms
from dynawave.simulate.bodies.cracks import OPENING
from dynawave.simulate.bodies.fusion import side_wall
from dynawave.simulate.bodies.plan import RECIPES
from dynawave.simulate.bodies.statistics import statistics
from dynawave.taxonomy import BY_NUMBER

THICKNESS, PIXEL = 10.0, 0.05


@pytest.fixture
def frame():
    line = np.full(800, 200, np.float32)
    return WeldFrame(line, line - 120, line + 120, THICKNESS, PIXEL, beam=Beam(3.0, -5.0))


@pytest.mark.parametrize("name", RECIPES)
def test_bodies_lie_where_they_say_and_are_of_their_family(name, frame):
    for seed in range(8):
        bodies = list(RECIPES[name](np.random.default_rng(seed), frame, 20.0))
        assert bodies
        # pores come with lack of penetration, too
        assert BY_NUMBER[bodies[0].iso6520].family == statistics().kinds[name].family
        for one in bodies:
            x, y, z = one.position_mm
            assert one.loss_mm.dtype == np.float32 and np.isfinite(one.loss_mm).all()
            assert -0.1 <= z <= THICKNESS + 2.5
            assert one.length_mm > 0 and one.width_mm > 0 and 0 < one.height_mm <= THICKNESS
            if one.iso6520 == 504:
                assert one.loss_mm.max() <= 0 and one.loss_mm.min() < -0.05
            else:
                assert one.loss_mm.min() >= 0 and 0 < one.loss_mm.max() <= 1.2 * THICKNESS
            rows, columns = np.indices(one.loss_mm.shape)
            weight = one.loss_mm / one.loss_mm.sum()
            at_x = ((columns * weight).sum() + one.offset[0]) * PIXEL + z * np.tan(np.radians(3))
            at_y = ((rows * weight).sum() + one.offset[1]) * PIXEL + z * np.tan(np.radians(-5))
            assert np.hypot(at_x - x, at_y - y) < 0.45 * one.length_mm + 2 * PIXEL


def test_a_pore_measures_what_it_says(frame):
    upright = replace(frame, beam=Beam())
    one = ball(np.random.default_rng(0), upright, (20.0, 10.0), (3.0, 1.5, 0.8), 2011, 0.0, roughness=0.0)
    inside = one.loss_mm > 0
    assert inside.any(0).sum() * PIXEL == pytest.approx(3.0, abs=1.5 * PIXEL)
    assert inside.any(1).sum() * PIXEL == pytest.approx(1.5, abs=1.5 * PIXEL)
    assert one.loss_mm.max() == pytest.approx(0.8, rel=0.01)
    assert (one.length_mm, one.width_mm, one.height_mm) == (3.0, 1.5, 0.8)


def test_worms_are_as_long_as_they_say(frame):
    for one in worms(np.random.default_rng(4), replace(frame, beam=Beam()), 20.0):
        assert one.loss_mm.shape[0] * PIXEL == pytest.approx(one.length_mm, abs=one.width_mm + 0.2)


@pytest.mark.parametrize("name", ["longitudinal", "transverse", "group", "branching", "crater"])
def test_cracks_open_little_and_have_a_tilt(name, frame):
    for seed in range(6):
        for one in RECIPES[name](np.random.default_rng(seed), frame, 20.0):
            assert one.opening_mm is not None and OPENING[0] <= one.opening_mm <= OPENING[1]
            assert one.tilt_deg is not None and 0 <= one.tilt_deg < 45
            assert one.width_mm <= OPENING[1] and one.height_mm <= one.length_mm


def test_unfused_side_wall_lies_on_the_bevel_and_shows_best_along_it(frame):
    def peak(across):
        turned = replace(frame, beam=Beam(0.0, across))
        return [one.loss_mm.max() for one in side_wall(np.random.default_rng(3), turned, 20.0)]

    bodies = list(side_wall(np.random.default_rng(3), frame, 20.0))
    assert all(one.tilt_deg == pytest.approx(frame.bevel_deg) for one in bodies)
    along = max((peak(frame.bevel_deg), peak(-frame.bevel_deg)), key=sum)
    assert all(a > 2 * b for a, b in zip(along, peak(0.0), strict=True))
    depth, beside = bodies[0].position_mm[2], abs(bodies[0].position_mm[1] - 200 * PIXEL)
    assert beside == pytest.approx(1.0 + (THICKNESS - depth) * np.tan(np.radians(30)), abs=0.1)


@pytest.mark.parametrize(
    ("filling", "density"), [("GAS", 0.0012), ("SLAG", 3), ("TUNGSTEN", 19.3), ("COPPER", 8.96), ("OXIDE", 5.17)]
)
def test_fillings_are_whole(filling, density):
    matter = getattr(fillings, filling).material
    assert matter.density == density
    assert sum(share for _, share in matter.fractions) == pytest.approx(1.0, abs=1e-6)


def test_heavy_matter_is_tungsten_or_copper(frame):
    rng = np.random.default_rng(0)
    assert {one.filling.name for one in RECIPES["tungsten"](rng, frame, 9.0)} == {"tungsten"}
    assert {one.filling.name for one in RECIPES["copper"](rng, frame, 9.0)} == {"copper"}
    assert {one.filling.name for one in RECIPES["slag_line"](rng, frame, 9.0)} == {"slag"}


def test_contrast_to_noise_of_loss_and_gain():
    assert contrast_to_noise(np.array([[0.1, 0.5], [0.0, 0.2]]), 24.0, 2.0) == pytest.approx(6.0)
    assert contrast_to_noise(np.array([[-1.0]]), 10.0, 5.0) == pytest.approx(2.0)


def test_a_number_outside_the_taxonomy_is_refused():
    with pytest.raises(KeyError):
        Body(9999, np.zeros((1, 1), np.float32), (0, 0), (0.0, 0.0, 0.0), 1.0, 1.0, 1.0)
