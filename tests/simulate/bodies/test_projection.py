"""Volumes, chords and shadows against closed forms."""

from itertools import pairwise

import numpy as np
import pytest

from dynawave.simulate.bodies.frame import Beam, WeldFrame
from dynawave.simulate.bodies.projection import Patch, band, ellipsoid, joined, sheet

PIXEL = 0.04


def frame_of(along=0.0, across=0.0, pixel=PIXEL):
    line = np.full(400, 200, np.float32)
    return WeldFrame(line, line - 80, line + 80, 12.0, pixel, beam=Beam(along, across))


def centroid(patch, pixel=PIXEL):
    rows, columns = np.indices(patch.loss.shape)
    total = patch.loss.sum()
    return ((columns * patch.loss).sum() / total + patch.left) * pixel, (
        (rows * patch.loss).sum() / total + patch.top
    ) * pixel


def turn(seed):
    matrix, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    return matrix


@pytest.mark.parametrize(("along", "across"), [(0, 0), (12, 0), (-8, 20)])
@pytest.mark.parametrize("axes", [(2.0, 1.0, 0.6), (0.2, 0.12, 0.3)])
def test_ellipsoid_has_its_volume_and_place(along, across, axes):
    frame = frame_of(along, across)
    patch = ellipsoid(frame, np.array([8.013, 7.99, 5.0]), np.array(axes), turn(3))
    volume = np.pi / 6 * np.prod(axes)
    assert patch.loss.dtype == np.float32
    assert patch.loss.sum() * PIXEL**2 == pytest.approx(volume * frame.beam.stretch, rel=0.01)
    x = 8.013 - 5 * np.tan(np.radians(along))
    y = 7.99 - 5 * np.tan(np.radians(across))
    assert centroid(patch) == pytest.approx((x, y), abs=0.02 * PIXEL + 1e-3)


@pytest.mark.parametrize(("along", "across"), [(0, 0), (15, -10)])
def test_ellipsoid_has_its_chords(along, across):
    frame, axes, rotation, centre = frame_of(along, across), (2.4, 1.2, 0.9), turn(5), np.array([6.0, 6.0, 4.0])
    patch = ellipsoid(frame, centre, np.array(axes), rotation)
    # the independent way: march along the ray and count what lies inside
    step = 1e-3
    t = np.arange(-2, 2, step)
    direction = np.array([*frame.beam.slopes, 1]) / frame.beam.stretch
    entry = centre[:2] - centre[2] * np.array(frame.beam.slopes)
    for column, row in [(0, 0), (8, 5), (-14, 2), (3, -9)]:
        at = np.round(entry / PIXEL).astype(int) + np.array([column, row])
        ray = np.array([*(at * PIXEL - entry), 0.0]) + t[:, None] * direction
        inside = (((ray @ rotation) * 2 / axes) ** 2).sum(1) < 1
        assert patch.loss[at[1] - patch.top, at[0] - patch.left] == pytest.approx(inside.sum() * step, abs=0.02)


def test_level_tube_has_its_volume_and_chords():
    frame, x = frame_of(), np.arange(2, 8, 0.02)
    tube = band(
        frame, np.stack([x, np.full_like(x, 5.0), np.full_like(x, 3.0)], 1), np.full(300, 0.8), np.full(300, 0.8)
    )
    assert tube.loss.sum() * PIXEL**2 == pytest.approx(np.pi / 4 * 0.8**2 * 6, rel=0.01)
    profile = tube.loss[:, tube.loss.shape[1] // 2]
    distance = (np.arange(len(profile)) + tube.top) * PIXEL - 5.0
    inner = np.abs(distance) < 0.34
    assert profile[inner] == pytest.approx(2 * np.sqrt(0.4**2 - distance[inner] ** 2), rel=0.04)


@pytest.mark.parametrize("rise", [20.0, 50.0, 80.0])
def test_rising_tube_is_cut_at_its_slant(rise):
    """A cylinder whose axis makes the angle g with the beam has the chord d / sin g, and the same volume."""
    s, up = np.arange(0, 6, 0.01), np.radians(rise)
    points = np.stack([3 + s * np.cos(up), np.full_like(s, 5.0), 8 - s * np.sin(up)], 1)
    width = np.full(len(s), 0.6)
    tube = band(frame_of(), points, width, width)
    assert tube.loss.sum() * PIXEL**2 == pytest.approx(np.pi / 4 * 0.6**2 * 6, rel=0.01)
    if rise < 80:
        middle = tube.loss[round(5 / PIXEL) - tube.top, tube.loss.shape[1] // 2]
        assert middle == pytest.approx(0.6 / np.cos(up), rel=0.04)
    assert tube.loss.shape[1] * PIXEL == pytest.approx(6 * np.cos(up) + 0.6 * np.sin(up), abs=0.1)


def crack(frame, opening, height, tilt):
    x = np.arange(2, 8, 0.02)
    points = np.stack([x, np.full_like(x, 6.0), np.full_like(x, 5.0)], 1)
    lean = np.tan(np.radians(tilt))
    return sheet(frame, points, np.full(len(x), height), np.array([0.0, lean, 1.0]), np.full(len(x), opening))


def section(patch):
    return patch.loss[:, patch.loss.shape[1] // 2].astype(float)


@pytest.mark.parametrize("opening", [0.05, 0.3])
def test_crack_along_the_beam_loses_its_height_over_its_opening(opening):
    patch = crack(frame_of(), opening, 3.0, 0.0)
    assert patch.loss.sum() * PIXEL**2 == pytest.approx(opening * 3 * 6, rel=1e-4)
    assert section(patch).sum() * PIXEL == pytest.approx(opening * 3, rel=0.01)
    assert (section(patch) > 0.01).sum() * PIXEL <= opening + 2.5 * PIXEL
    if opening > 5 * PIXEL:
        assert section(patch).max() == pytest.approx(3.0, rel=0.02)


@pytest.mark.parametrize("angle", [10.0, 25.0, 45.0, -30.0])
@pytest.mark.parametrize("by", ["crack", "beam", "both"])
def test_tilt_law(angle, by):
    """At the angle a between plane and beam, a gap w x h loses w / sin a over h sin a."""
    opening, height = 0.05, 3.0
    beam, tilt = {"crack": (0.0, angle), "beam": (-angle, 0.0), "both": (-angle / 2, angle / 2)}[by]
    frame = frame_of(across=beam)
    patch = crack(frame, opening, height, tilt)
    profile, sine = section(patch), np.sin(np.radians(abs(angle)))
    # along the film, which the beam meets at its own angle
    shadow = height * sine * frame.beam.stretch
    assert (profile > 0.3 * np.median(profile)).sum() * PIXEL == pytest.approx(
        shadow + opening * np.cos(np.radians(angle)), abs=2.5 * PIXEL
    )
    inner = profile[len(profile) // 3 : -len(profile) // 3]
    assert inner.mean() == pytest.approx(opening / sine, rel=0.03)
    assert inner.std() < 0.03 * inner.mean()


def test_contrast_of_a_crack_falls_with_the_angle():
    peaks = [section(crack(frame_of(across=angle), 0.05, 3.0, 0.0)).max() for angle in (0, 2, 5, 10, 20)]
    assert all(first > 1.3 * second for first, second in pairwise(peaks))


def test_loss_does_not_depend_on_the_pixels():
    fine, coarse = (crack(frame_of(pixel=p), 0.1, 2.0, 20.0).loss.sum() * p**2 for p in (0.03, 0.1))
    assert fine == pytest.approx(coarse, rel=1e-3)


def test_joined_patches_add_up():
    one, two = Patch(np.ones((2, 3), np.float32), 5, 7), Patch(np.full((2, 2), 0.5, np.float32), 7, 6)
    total = joined([one, two])
    assert (total.left, total.top, total.loss.shape) == (5, 6, (3, 4))
    assert total.loss.sum() == 8 and total.loss[1, 2] == 1.5
