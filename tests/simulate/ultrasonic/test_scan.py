from dataclasses import replace

import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.simulate.ultrasonic import CLASSES, ScanSpec, simulate_scan
from dynawave.simulate.ultrasonic.compose import View
from dynawave.simulate.ultrasonic.probe import LONGITUDINAL, SHEAR, sector_probe, tofd_probe
from dynawave.simulate.ultrasonic.pulse import Pulse, TimeAxis
from dynawave.simulate.ultrasonic.reflectors import Reflector, dots, face
from dynawave.simulate.ultrasonic.sector import fit_fan
from dynawave.simulate.ultrasonic.speckle import speckle
from dynawave.simulate.ultrasonic.weld import Weld, Zone, draw_weld, levels, response

SMALL = ScanSpec(width=256, height=224)


@pytest.mark.parametrize("view", ["sector", "b_scan", "tofd"])
def test_scan_depends_on_seed_and_index_alone(view):
    spec = replace(SMALL, views=(view,))
    scan = simulate_scan(4, 2, spec)
    again = simulate_scan(4, 2, spec)
    assert np.array_equal(scan.pixels, again.pixels) and scan.pixels.dtype == np.uint16
    assert scan.pixels.shape == (224, 256) and scan.context.details["View"] == view
    assert [flaw.offset for flaw in scan.flaws] == [flaw.offset for flaw in again.flaws]
    assert not np.array_equal(scan.pixels, simulate_scan(4, 3, spec).pixels)


def test_flaws_lie_on_the_scan_and_are_described():
    seen = []
    for index in range(30):
        scan = simulate_scan(1, index, SMALL)
        for flaw in scan.flaws:
            (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
            assert x >= 0 and y >= 0 and y + rows <= 224 and x + columns <= 256
            assert flaw.mask[0].any() and flaw.mask[-1].any() and flaw.mask[:, 0].any() and flaw.mask[:, -1].any()
            assert flaw.flaw in CLASSES and flaw.length_mm >= flaw.width_mm > 0 and flaw.cnr >= 2.5
            seen.append(flaw.flaw.iso6520)
        assert (scan.pixel_size_mm is None) == (scan.context.details["View"] != "sector")
    assert len(set(seen)) >= 5


def test_sound_scans_have_no_flaws():
    assert not any(simulate_scan(2, k, replace(SMALL, sound_share=1.0)).flaws for k in range(6))


def test_sector_shows_a_point_true_to_scale_within_6_db():
    pulse = Pulse(4.0, 0.6)
    angles = np.radians(np.linspace(40, 70, 121))
    probe = sector_probe(angles, 0.02, SHEAR, 15.0)
    step = 0.05
    axis = TimeAxis(probe.delay_us, 2 * step / SHEAR, 1201)
    fan = fit_fan(angles, step, 60.0, 400, 400)
    quiet = np.full((1201, 121), 0.01, np.float32)
    view = View(pulse, axis, probe, np.ones((1, 1), np.float32), quiet, fan.unfold)
    x, z = 28.0, 22.0
    field = np.zeros((1201, 121), np.complex64)
    (flaw,) = view.add_flaws(field, field, [Reflector(2011, (dots(x, z, 0.8),), (2.0, 1.0))])
    picture = fan.unfold(np.abs(field))
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    assert fan.corner[0] + column * fan.pixel_mm == pytest.approx(x, abs=0.3)
    assert fan.corner[1] + row * fan.pixel_mm == pytest.approx(z, abs=0.3)
    mask = np.zeros((400, 400), bool)
    (left, top), (rows, columns) = flaw.offset, flaw.mask.shape
    mask[top : top + rows, left : left + columns] = flaw.mask
    assert np.array_equal(mask, picture > 0.5 * np.abs(field).max())
    assert flaw.cnr == pytest.approx(80, rel=0.02) and flaw.length_mm == 2.0
    # the echo is as thick as the pulse is long, and as wide as the beam
    depth, across = (np.ptp(v[mask]) for v in _path_and_angle(fan))
    assert depth == pytest.approx(pulse.width_us * SHEAR / 2, abs=2 * fan.pixel_mm)
    assert across == pytest.approx(2 * 0.02 * np.sqrt(2 * np.log(2)), abs=0.01)


def _path_and_angle(fan):
    z, x = np.mgrid[:400, :400] * fan.pixel_mm
    x, z = x + fan.corner[0], z + fan.corner[1]
    return np.hypot(x, z), np.arctan2(x, z)


def test_tofd_point_draws_its_hyperbola():
    y = np.linspace(0, 50, 201)
    probe = tofd_probe(y, 25.0, np.radians(60), 0.5, 8.0)
    axis = TimeAxis(probe.delay_us + 8.4, 0.01, 300)
    view = View(Pulse(5.0, 0.7), axis, probe, np.ones((1, 1), np.float32), np.ones((300, 201), np.float32), np.asarray)
    field = np.abs(view.wave(dots(0.0, 12.0, 1.0)))
    # `dots` lies at y = 0, the edge of the scan
    expected = probe.delay_us + 2 * np.sqrt(25**2 + 12**2 + y**2) / LONGITUDINAL
    near = y < 12
    assert axis.times_us[field.argmax(0)][near] == pytest.approx(expected[near], abs=0.011)


def test_a_face_reflects_like_a_mirror():
    """Loudest where the beam meets it square, and hardly heard from 10 degrees beside."""
    wavelength = SHEAR / 4
    angles = np.radians(np.array([50.0, 60.0]))
    probe = sector_probe(angles, 0.3, SHEAR, 0)  # a beam so wide that only the face itself selects
    axis = TimeAxis(15, 0.02, 900)
    square = []
    for turn in (60.0, 35.0):
        normal = np.radians(turn)
        middle = 30 * np.array([np.sin(np.radians(60)), np.cos(np.radians(60))])
        along = 5 * np.array([np.cos(normal), -np.sin(normal)])
        plane = face(np.random.default_rng(0), tuple(middle - along), tuple(middle + along), wavelength, 0.0)
        view = View(Pulse(4.0, 0.5), axis, probe, np.ones((1, 1)), np.ones((900, 2)), np.asarray)
        square.append(np.abs(view.wave(plane))[:, 1].max())
    assert square[0] > 0.8 and square[1] < 0.25 * square[0]


def test_corner_at_the_back_wall_is_one_indication():
    root = Reflector(1011, (dots(3.0, 20.0, 1.0), dots(3.0, 15.0, 0.2)), (5.0, 0.1))
    (one,) = root.legs(20.0)
    assert [float(echo.points[0, 2]) for echo in one.echoes] == [20, 15, 25]
    inner = Reflector(2011, (dots(3.0, 12.0, 1.0),), (1.0, 1.0))
    direct, skipped = inner.legs(20.0)
    assert direct is inner and skipped.echoes[0].points[0, 2] == 28 and skipped.echoes[0].amplitude[0] < 1


def test_attenuation_and_gain():
    path = np.full((100, 1), 0.01)
    left = response(path, 0.5, 0.0)
    assert left[-1, 0] == pytest.approx(np.exp(-2 * 0.01 * 50), rel=1e-5)
    assert response(path, 0.5, 0.01)[-1, 0] == pytest.approx(1, abs=1e-5)


def test_noise_is_that_of_the_metal_it_comes_from():
    fine, coarse = Zone(0.001, 0.01), Zone(0.001, 0.1)
    weld = Weld(20.0, 14.3, 0.5, 3.0, 1.0, 1.0, ("ferritic", "austenitic"), (fine, coarse, fine))
    level = weld.blend(np.array([-5.0, 14.3, 40.0]), np.array([10.0, 10.0, 30.0]), "noise")
    assert level == pytest.approx([0.01, 0.1, 0.01], rel=0.05)
    path = 0.2 * np.arange(400)[:, None]
    _, grains, _ = levels(np.random.default_rng(0), weld, path, np.radians(np.array([55.0])))
    noise = grains * speckle(np.random.default_rng(1), Pulse(4, 0.6), TimeAxis(0, 0.05, 400), 64, 2.0)
    rms = np.sqrt((np.abs(noise) ** 2).mean(1))
    inside = slice(int(16 / 0.2), int(19 / 0.2))
    assert rms[inside].mean() == pytest.approx(0.1 * np.sqrt(17.5 / 20), rel=0.25)
    assert rms[300:350].mean() == pytest.approx(0.01 * np.sqrt(65 / 20), rel=0.25)


def test_dissimilar_welds_have_two_metals():
    metals = {draw_weld(np.random.default_rng(k)).metals for k in range(40)}
    assert {("ferritic", "austenitic"), ("austenitic", "ferritic"), ("ferritic", "ferritic")} <= metals


@pytest.mark.parametrize("wrong", [{"width": 10}, {"sound_share": -0.1}, {"views": ("c_scan",)}, {"views": ()}])
def test_wrong_specification_is_refused(wrong):
    with pytest.raises(ConfigError):
        ScanSpec(**wrong)
