"""Time of flight diffraction: two facing probes run along the weld; columns are positions, rows time.

The lateral wave runs along the surface, the back wall echo by the far side; between them each edge of a flaw draws a
hyperbola at t = 2 sqrt(S^2 + z^2 + (y - y0)^2) / c, S half the separation of the probes.
"""

from collections.abc import Mapping

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve, log_uniform
from dynawave.simulate.picture import SimulatedPicture
from dynawave.simulate.records import Array
from dynawave.simulate.ultrasonic.compose import View
from dynawave.simulate.ultrasonic.display import describe_weld, show_waves
from dynawave.simulate.ultrasonic.probe import LONGITUDINAL, SHEAR, beam_sigma, grain_spread, tofd_probe
from dynawave.simulate.ultrasonic.pulse import Complex, Pulse, TimeAxis, radio_frequency
from dynawave.simulate.ultrasonic.reflectors import dots
from dynawave.simulate.ultrasonic.spec import ScanSpec
from dynawave.simulate.ultrasonic.speckle import speckle
from dynawave.simulate.ultrasonic.tofd_flaws import Region, draw_broken, left_over
from dynawave.simulate.ultrasonic.weld import draw_weld


def flight_us(depth: float, half_separation: float) -> float:
    """Time in the metal from probe to probe by a point midway at `depth` (mm): 2 sqrt(S^2 + z^2) / c."""
    return float(2 * np.hypot(half_separation, depth) / LONGITUDINAL)


def converted_us(thickness: float, half_separation: float) -> float:
    """The same by the back wall when one of the two legs is a shear wave: the least time, as Fermat has it."""
    x = np.linspace(-half_separation, half_separation, 2001)
    legs = (np.hypot(half_separation + side * x, thickness) for side in (1, -1))
    return float(min(np.asarray(next(legs)) / LONGITUDINAL + np.asarray(next(legs)) / SHEAR))


def draw_tofd(rng: Generator, noise: Generator, flaws: int, spec: ScanSpec) -> SimulatedPicture:
    """Draw a TOFD scan with `flaws` flaws, some of which may be too faint to show."""
    pulse = Pulse(float(rng.choice([3.5, 5.0, 7.5, 10.0])), rng.uniform(0.5, 0.9))
    weld = draw_weld(rng)
    angle = float(np.radians(rng.choice([45.0, 60.0, 70.0])))
    # the beams cross at two thirds of the thickness (ISO 10863)
    half = 2 / 3 * weld.thickness * float(np.tan(angle))
    y = log_uniform(rng, 40, 160) / spec.width * np.arange(spec.width)
    sigma = 1.5 * beam_sigma(LONGITUDINAL, pulse.frequency_mhz, rng.uniform(3, 6.4))
    probe = tofd_probe(y, half, angle, sigma, rng.uniform(6, 14))
    axis = _window(rng, pulse, flight_us(0, half), flight_us(weld.thickness, half), probe.delay_us, spec.height)
    # no sound arrives before the lateral wave
    arrived = 0.5 + 0.5 * np.tanh((axis.times_us - probe.delay_us - flight_us(0, half)) / pulse.width_us)
    grains = weld.zones[1].noise * rng.uniform(0.15, 0.5) * np.exp(0.2 * curve(rng, spec.width, spec.width / 8))
    level = np.hypot(arrived[:, None] * grains[None], rng.uniform(0.001, 0.006)).astype(np.float32)
    view = View(pulse, axis, probe, np.ones((1, 1), np.float32), level, lambda picture: picture)

    region = Region(float(y[-1]), weld.thickness, LONGITUDINAL / pulse.frequency_mhz, half)
    broken = list(draw_broken(rng, region, flaws))
    fresnel = float(np.sqrt(region.wavelength * half / 2))
    passed = {"lateral": np.ones(len(y)), "back_wall": np.ones(len(y))}
    for flaw in broken:
        if flaw.wave:
            passed[flaw.wave] *= left_over(y, flaw.reach, fresnel)
    spread = grain_spread(region.wavelength, sigma) / float(y[1])
    known = _outlines(rng, view, weld.thickness, half, passed)
    field = known + level * speckle(noise, pulse, axis, len(y), spread)
    seen = view.add_flaws(field, known, [flaw.reflector for flaw in broken])
    pixels = show_waves(rng, radio_frequency(pulse, axis, field), log_uniform(rng, 0.8, 2.5))
    details = describe_weld(
        weld, "tofd", pulse, probe, Separation=2 * half, TimeStart=axis.start_us, TimeStep=axis.step_us, ScanStep=y[1]
    )
    return SimulatedPicture(pixels, None, seen, details)


def _window(rng: Generator, pulse: Pulse, first: float, last: float, delay: float, rows: int) -> TimeAxis:
    """From a little before the lateral wave to some time after the back wall."""
    start = first - pulse.width_us * rng.uniform(1.5, 4)
    stop = last + pulse.width_us * rng.uniform(2, 5) + rng.choice([0.0, rng.uniform(0, 1.0)]) * (last - first)
    return TimeAxis(delay + start, (stop - start) / rows, rows)


def _outlines(rng: Generator, view: View, thickness: float, half: float, passed: Mapping[str, Array]) -> Complex:
    """Lateral wave, back wall and the back wall by a converted leg, each in every column as far as it is not broken."""
    count = len(passed["lateral"])
    coupling = np.exp(0.08 * curve(rng, count, count / 10))
    # the probes ride up and down on the couplant
    late = 0.05 * view.pulse.width_us * rng.uniform(0, 1.5) * curve(rng, count, count / 6)
    strength, last = log_uniform(rng, 0.12, 0.45), flight_us(thickness, half)
    beam = view.probe.first().echoes(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, thickness]]))[1][:, 0]
    lateral = view.stripe(dots(0, 0, strength / beam[0]), late, coupling * passed["lateral"])
    bottom = dots(0, thickness, -rng.uniform(0.8, 2.5) / beam[1])
    # of the back wall some passes beside a root flaw
    wall = coupling * (1 - rng.uniform(0.4, 0.95) * (1 - passed["back_wall"]))
    tail = view.stripe(bottom, late, wall)
    for lag, share in (
        (view.pulse.width_us * rng.uniform(1.0, 1.6), rng.uniform(0, 0.25)),
        (converted_us(thickness, half) - last, rng.uniform(0.2, 0.6)),
    ):
        tail += share * view.stripe(bottom, late + lag, wall)
    return np.asarray(lateral + tail, np.complex64)
