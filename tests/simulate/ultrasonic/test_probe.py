import numpy as np
import pytest

from dynawave.simulate.ultrasonic.probe import (
    LONGITUDINAL,
    REXOLITE,
    SHEAR,
    beam_sigma,
    grain_spread,
    raster_probe,
    sector_probe,
    tofd_probe,
    wedge_angle,
)
from dynawave.simulate.ultrasonic.tofd import converted_us, flight_us

Y = np.linspace(0, 40, 81)


def test_sector_hears_a_point_at_one_time_and_loudest_in_its_direction():
    angles = np.radians(np.linspace(40, 70, 61))
    probe = sector_probe(angles, 0.03, SHEAR, 12.0)
    time, beam = probe.echoes(np.array([[20 * np.tan(np.radians(55)), 0, 20]]))
    assert time == pytest.approx(2 * 12 / REXOLITE + 2 * 20 / np.cos(np.radians(55)) / SHEAR, rel=1e-6)
    assert np.degrees(angles[beam[0].argmax()]) == pytest.approx(55, abs=0.3)


def test_beam_falls_by_6_db_at_the_published_half_angle():
    sigma = beam_sigma(SHEAR, 4.0, 10.0)
    half = np.arcsin(0.514 * SHEAR / (4 * 10))
    probe = sector_probe(np.array([0.9, 0.9 + half]), sigma, SHEAR, 0)
    _, beam = probe.echoes(np.array([[30 * np.sin(0.9), 0, 30 * np.cos(0.9)]]))
    assert beam[0] == pytest.approx([1, 0.5], rel=1e-3)


def test_raster_draws_the_hyperbola_of_pulse_echo():
    probe = raster_probe(Y, np.radians(45), 0.2, SHEAR, 0)
    time, beam = probe.echoes(np.array([[15.0, 17.5, 15.0]]))
    path = np.sqrt(15**2 + 15**2 + (Y - 17.5) ** 2)
    assert time[0] == pytest.approx(2 * path / SHEAR, rel=1e-6)
    assert time[0].argmin() == beam[0].argmax() == 35


def test_tofd_draws_the_hyperbola_of_two_probes():
    probe = tofd_probe(Y, 26.0, np.radians(60), 0.3, 0)
    time, _ = probe.echoes(np.array([[0.0, 20.0, 9.0], [4.0, 20.0, 9.0]]))
    assert time[0] == pytest.approx(2 * np.sqrt(26**2 + 9**2 + (Y - 20) ** 2) / LONGITUDINAL, rel=1e-6)
    legs = [np.sqrt((26 + s * 4) ** 2 + 9**2 + (Y - 20) ** 2) for s in (1, -1)]
    assert time[1] == pytest.approx(sum(legs) / LONGITUDINAL, rel=1e-6)
    assert time[0].min() == pytest.approx(flight_us(9, 26), rel=1e-6)
    assert flight_us(0, 26) == pytest.approx(52 / LONGITUDINAL)


def test_converted_echo_keeps_snells_law():
    """The least time lies where sin(i) / c is the same on both legs."""
    t, s = 20.0, 25.0
    x = np.linspace(-s, s, 200001)
    snell = (s + x) / np.hypot(s + x, t) / LONGITUDINAL - (s - x) / np.hypot(s - x, t) / SHEAR
    x = x[np.abs(snell).argmin()]
    expected = np.hypot(s + x, t) / LONGITUDINAL + np.hypot(s - x, t) / SHEAR
    assert converted_us(t, s) == pytest.approx(expected, rel=1e-5)
    assert flight_us(t, s) < converted_us(t, s)


def test_snell_in_the_wedge():
    assert np.sin(wedge_angle(np.radians(60), SHEAR)) / REXOLITE == pytest.approx(np.sin(np.radians(60)) / SHEAR)


def test_grain_noise_forgets_itself_over_the_asked_length():
    """Against the sum of many scatterers, drawn one by one."""
    rng = np.random.default_rng(0)
    wavelength, sigma = 0.8, 0.04
    steps = 0.25 * np.arange(60)
    places = rng.uniform(-40, 60, 20000)
    path = np.sqrt(40.0**2 + (places[:, None] - steps[None]) ** 2)
    angle = np.arctan2(places[:, None] - steps[None], 40.0)
    weight = np.exp(-(angle**2) / (2 * sigma**2)) * rng.standard_normal(20000)[:, None]
    fields = []
    for part in np.array_split(np.arange(20000), 40):  # independent pieces of metal, at random depths
        phase = 4 * np.pi * (path[part] + rng.uniform(0, 1, (len(part), 1))) / wavelength
        fields.append((weight[part] * np.exp(1j * phase)).sum(0))
    field = np.array(fields)
    field = field[np.abs(field).mean(1) > 1e-3]
    lag = 4
    alike = np.abs((field[:, lag:] * field[:, :-lag].conj()).sum()) / (np.abs(field) ** 2).sum() * 60 / (60 - lag)
    spread = grain_spread(wavelength, sigma)
    assert alike == pytest.approx(np.exp(-((lag * 0.25) ** 2) / (4 * spread**2)), abs=0.12)
