import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.simulate.joint import Joint, Member, Mixing, Photons, Pipe, Region, WeldedJoint, lay_joint
from dynawave.simulate.scene import Seam

PIXEL = 0.08
DENSITIES = (7.8, 8.0, 8.4, 8.2)
BEAM = Photons.around(110)


def straight(joint, width=200, height=400):
    left, right = joint.fusion_lines(np.array([0.0, joint.misalignment_mm]))
    one = np.ones(width, np.float32)
    return Seam(height / 2 * one, (height / 2 + left[0] / PIXEL) * one, (height / 2 + right[1] / PIXEL) * one)


def lay(welded, seed=0, **more):
    rng = np.random.default_rng(seed)
    return lay_joint(rng, welded, straight(welded.joint), 400, PIXEL, BEAM, **more)


def test_thickness_of_plates_cap_and_volume_by_hand():
    joint = Joint(10, cap_mm=1.5, root_mm=1)
    film = lay(WeldedJoint(joint, DENSITIES, grains=None))
    assert film.thickness_mm[0] == pytest.approx(10, abs=1e-3)
    assert film.thickness_mm[200, 100] == pytest.approx(12.5, abs=0.02)
    extra = (film.thickness_mm[:, 100] - 10).sum() * PIXEL
    assert extra == pytest.approx(2 / 3 * (1.5 * joint.width_at(0) + joint.width_at(10)), rel=0.01)


def test_mass_of_every_member_is_what_the_dilution_says():
    joint = Joint(10, root_face_mm=1, dilution=(0.2, 0.1))
    film = lay(WeldedJoint(joint, (8, 8, 8, 8), grains=None))
    # equal densities: the filler's mass is its share of the weld's area
    filler = film.areal[Member.FILLER].mean(1).sum() * PIXEL / 0.8
    assert filler == pytest.approx(0.7 * joint.weld_mm2, rel=0.01)
    assert film.areal.sum(0) == pytest.approx(0.8 * film.thickness_mm, rel=1e-4)
    assert film.areal[Member.BASE_A, 0] == pytest.approx(8.0, rel=1e-3)
    assert film.areal[Member.BASE_B, 0] == pytest.approx(0, abs=1e-6)
    assert film.areal.min() > -1e-5


def test_regions_lie_where_the_joint_has_them():
    joint = Joint(10, buttering_mm=6, dilution=(0.15, 0.15))
    film = lay(WeldedJoint(joint, DENSITIES, grains=None))
    column = film.regions[:, 50]
    order = [Region(column[i]) for i in np.flatnonzero(np.diff(column, prepend=255))]
    assert order == [Region.BASE_A, Region.BUTTERING, Region.WELD, Region.BASE_B]


def test_misaligned_plates_make_a_step_under_the_cap():
    film = lay(WeldedJoint(Joint(10, cap_mm=0, root_mm=0, misalignment_mm=1), DENSITIES, grains=None))
    column = film.thickness_mm[:, 0]
    # one side of the root is thinner, the other thicker, the plates are as they were
    assert column.min() < 9.8 and column.max() > 10.2
    assert column[[0, -1]] == pytest.approx(10, abs=1e-3)


def test_a_tilted_beam_crosses_more_metal():
    joint = Joint(10)
    film = lay(WeldedJoint(joint, DENSITIES, grains=None, tilt_deg=20))
    assert film.thickness_mm[0] == pytest.approx(10 / np.cos(np.radians(20)), rel=1e-3)
    upright = lay(WeldedJoint(joint, DENSITIES, grains=None))
    shift = [
        (f.areal[Member.FILLER, :, 0] * np.arange(400)).sum() / f.areal[Member.FILLER, :, 0].sum()
        for f in (film, upright)
    ]
    # the weld's centre of mass, some 4 mm deep, moves against the beam's lean
    assert (shift[0] - shift[1]) * PIXEL == pytest.approx(-4 * np.tan(np.radians(20)), abs=0.5)


def test_a_cap_drawn_elsewhere_takes_the_place_of_the_joints_own():
    joint = Joint(10)
    excess = np.zeros((400, 200), np.float32)
    excess[180:220] = 2
    film = lay(WeldedJoint(joint, DENSITIES, grains=None), excess_mm=[excess])
    assert film.thickness_mm[200, 7] == pytest.approx(12, abs=1e-3)
    assert film.thickness_mm[170, 7] == pytest.approx(10, abs=1e-3)
    assert film.areal[Member.FILLER, 200, 7] > film.areal[Member.FILLER, 170, 7]


def test_both_walls_of_a_pipe():
    joint, pipe = Joint(4, cap_mm=1, root_mm=0.5), Pipe(60, "double image", opening_mm=14)
    film = lay(WeldedJoint(joint, DENSITIES, grains=None, pipe=pipe))
    # on the axis both walls are crossed straight; at x = 7.96 mm along the chords of 30 and 26 mm
    assert film.thickness_mm[0, 100] == pytest.approx(8, rel=1e-3)
    chord = 2 * (np.sqrt(30**2 - 7.96**2) - np.sqrt(26**2 - 7.96**2))
    assert film.thickness_mm[0, 0] == pytest.approx(chord, rel=1e-3)
    ridge = film.thickness_mm[:, 100] > 9
    images = np.flatnonzero(np.diff(ridge.astype(int)) == 1)
    assert len(images) == 2 and np.diff(images)[0] * PIXEL == pytest.approx(14, abs=0.2)


def test_the_single_image_shows_one_weld_behind_a_plain_wall():
    joint = Joint(4, cap_mm=1, root_mm=0.5)
    film = lay(WeldedJoint(joint, DENSITIES, grains=None, pipe=Pipe(300, "single image")))
    plate = lay(WeldedJoint(joint, DENSITIES, grains=None))
    assert film.thickness_mm[:, 100] - plate.thickness_mm[:, 100] == pytest.approx(4, abs=0.01)
    assert film.areal[Member.FILLER, :, 100] == pytest.approx(plate.areal[Member.FILLER, :, 100], rel=0.2, abs=0.01)


def test_a_wall_thicker_than_the_pipe_is_refused():
    with pytest.raises(ConfigError, match="thicker than the radius"):
        lay(WeldedJoint(Joint(12), DENSITIES, pipe=Pipe(20)))


def test_dilution_wanders_along_the_seam_about_its_mean():
    joint = Joint(10, dilution=(0.2, 0.1))
    film = lay(WeldedJoint(joint, (8, 8, 8, 8), Mixing(pass_spread=0), grains=None))
    along = film.areal[Member.FILLER].sum(0)
    assert 0.002 < along.std() / along.mean() < 0.1
    assert film.thickness_mm.std(1).max() < 1e-4


def test_same_stream_same_joint():
    welded = WeldedJoint(Joint(10), DENSITIES)
    first, again, other = lay(welded, 3), lay(welded, 3), lay(welded, 4)
    assert np.array_equal(first.areal, again.areal) and np.array_equal(first.mottle, again.mottle)
    assert not np.array_equal(first.mottle, other.mottle)
