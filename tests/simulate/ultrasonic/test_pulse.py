import numpy as np
import pytest

from dynawave.simulate.ultrasonic.pulse import Pulse, TimeAxis, radio_frequency, superpose

PULSE = Pulse(frequency_mhz=5.0, bandwidth=0.6)
AXIS = TimeAxis(start_us=10.0, step_us=0.01, count=400)


def one(time_us, amplitude=1.0):
    return superpose(PULSE, AXIS, np.array([[time_us]]), np.array([[amplitude]]))[:, 0]


@pytest.mark.parametrize("time_us", [11.0, 11.0037, 12.345])
def test_echo_stands_at_its_time_with_its_amplitude(time_us):
    envelope = np.abs(one(time_us, 0.7))
    centre = (envelope * AXIS.times_us).sum() / envelope.sum()
    assert centre == pytest.approx(time_us, abs=1e-4)
    assert envelope.max() == pytest.approx(0.7, rel=0.01)


def test_signal_is_a_gaussian_pulse_on_its_carrier():
    signal = radio_frequency(PULSE, AXIS, one(12.0037)[:, None])[:, 0]
    late = AXIS.times_us - 12.0037
    sigma = PULSE.width_us / (2 * np.sqrt(2 * np.log(2)))
    expected = np.exp(-(late**2) / (2 * sigma**2)) * np.cos(2 * np.pi * 5 * late)
    assert np.abs(signal - expected).max() < 0.02


def test_width_at_6_db_belongs_to_the_bandwidth():
    envelope = np.abs(one(12.0))
    assert (envelope > 0.5).sum() * AXIS.step_us == pytest.approx(PULSE.width_us, abs=AXIS.step_us)
    spectrum = np.abs(np.fft.rfft(radio_frequency(PULSE, AXIS, one(12.0)[:, None])[:, 0], 16384))
    frequency = np.fft.rfftfreq(16384, AXIS.step_us)
    band = frequency[spectrum > spectrum.max() / 2]
    assert band[-1] - band[0] == pytest.approx(0.6 * 5, rel=0.02)
    assert frequency[spectrum.argmax()] == pytest.approx(5, rel=0.02)


def test_echoes_half_a_period_apart_cancel():
    """The envelope is the difference of two, and their sum a whole period apart."""
    early, late, later = (np.abs(one(t)) for t in (12.0, 12.1, 12.2))
    half = np.abs(superpose(PULSE, AXIS, np.array([[12.0], [12.1]]), np.ones((2, 1)))[:, 0])
    whole = np.abs(superpose(PULSE, AXIS, np.array([[12.0], [12.2]]), np.ones((2, 1)))[:, 0])
    assert half == pytest.approx(np.abs(early - late), abs=0.01)
    assert whole == pytest.approx(early + later, abs=0.01)


def test_echoes_beside_the_window_leave_nothing_but_their_tails():
    assert np.abs(one(9.0)).max() == 0 and np.abs(one(15.0)).max() == 0
    assert np.abs(one(10.0))[0] == pytest.approx(1, rel=0.01)
