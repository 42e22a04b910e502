"""From wave field to grey values, and what is said of the scan."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.records import WeldContext
from dynawave.simulate.detector import digitise
from dynawave.simulate.fields import log_uniform
from dynawave.simulate.records import Array
from dynawave.simulate.ultrasonic.probe import Probe, wedge_angle
from dynawave.simulate.ultrasonic.pulse import Pulse
from dynawave.simulate.ultrasonic.weld import Weld


def show_envelope(rng: Generator, envelope: Array) -> NDArray[np.uint16]:
    """Grey values of an envelope: the reference reflector at 80 % of the screen, and 6 to 24 dB more to scan.

    The gain is kept so low that noise does not fill the screen; now and then the scale of greys is bent.
    """
    share = min(0.8 * log_uniform(rng, 2, 16), rng.uniform(0.5, 1) / float(np.percentile(envelope, 99))) * envelope
    bend = rng.choice([1.0, rng.uniform(0.5, 1.0)])
    return digitise(255 * np.clip(share, 0, 1) ** bend, bool(rng.random() < 0.7))


def show_waves(rng: Generator, signal: Array, gain: float) -> NDArray[np.uint16]:
    """Grey values of an oscillating signal, 0 at mid grey."""
    return digitise(127.5 + 127.5 * gain * signal, bool(rng.random() < 0.7))


def describe_weld(weld: Weld, view: str, pulse: Pulse, probe: Probe, **more: float) -> WeldContext:
    """What an operator would note of the scan; lengths in mm, angles in degrees, times in us, velocities in mm/us."""
    angles = np.degrees(probe.angle)
    in_wedge = np.degrees(wedge_angle(probe.angle, probe.velocity))
    notes = {
        "Frequency": pulse.frequency_mhz,
        "Bandwidth": pulse.bandwidth,
        "Velocity": probe.velocity,
        "LeastAngle": angles.min(),
        "GreatestAngle": angles.max(),
        "LeastWedgeAngle": in_wedge.min(),
        "GreatestWedgeAngle": in_wedge.max(),
        "WedgeDelay": probe.delay_us,
        **more,
    }
    details = {"View": view, **{key: f"{value:.4g}" for key, value in notes.items()}}
    return WeldContext("ultrasonic", weld.metals, thickness_mm=round(weld.thickness, 2), details=details)
