"""A B-scan: a probe of one angle runs along the weld; columns are positions, rows sound path."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve, log_uniform
from dynawave.simulate.picture import SimulatedPicture
from dynawave.simulate.records import Array
from dynawave.simulate.ultrasonic.compose import View
from dynawave.simulate.ultrasonic.display import describe_weld, show_envelope
from dynawave.simulate.ultrasonic.probe import SHEAR, beam_sigma, grain_spread, raster_probe
from dynawave.simulate.ultrasonic.pulse import Pulse, TimeAxis, radio_frequency
from dynawave.simulate.ultrasonic.reflectors import Echo, Reflector, coarse_grains, draw_reflectors, geometry
from dynawave.simulate.ultrasonic.spec import ScanSpec
from dynawave.simulate.ultrasonic.speckle import ringing, speckle
from dynawave.simulate.ultrasonic.weld import Weld, draw_weld, levels

STEP_MM: Final = 0.8
"""Distance of the scatterers along a flaw that is drawn out along the weld."""


def draw_out(rng: Generator, flaw: Reflector, start: float, length: float, wavelength: float) -> Reflector:
    """The flaw of a section drawn out along the weld from y = `start`; its depth and strength wander a little.

    Where it fills the beam's Fresnel zone, sqrt(wavelength x path / 2), its echo is that of the section.
    """
    count = max(int(length / STEP_MM), 2)
    y = start + STEP_MM * np.arange(count)
    inward = np.minimum(np.arange(count), np.arange(count)[::-1])
    strength = np.minimum(1, 0.4 + inward / (0.15 * count + 1)) * np.clip(1 + 0.35 * curve(rng, count, 6), 0.2, 2)
    deeper = 0.1 * curve(rng, count, 8)
    path = float(np.hypot(*flaw.echoes[0].points[0, ::2]))
    strength = strength * min(STEP_MM / np.sqrt(wavelength * path / 2), 1)
    echoes = tuple(_draw_out(echo, y, deeper, strength) for echo in flaw.echoes)
    return replace(flaw, echoes=echoes, size_mm=(length, flaw.size_mm[0]))


def _draw_out(echo: Echo, y: Array, deeper: Array, strength: Array) -> Echo:
    points = np.repeat(echo.points[None], len(y), 0)
    points[..., 1] += y[:, None]
    points[..., 2] += deeper[:, None]
    return Echo(points.reshape(-1, 3), (strength[:, None] * echo.amplitude[None]).ravel())


def draw_raster(rng: Generator, noise: Generator, flaws: int, spec: ScanSpec) -> SimulatedPicture:
    """Draw a B-scan along the weld with 2 x `flaws` flaws, for the one beam does not meet all of them."""
    pulse = Pulse(float(rng.choice([1.5, 2.25, 4.0, 5.0])), rng.uniform(0.4, 0.8))
    angle = float(np.radians(rng.choice([45.0, 60.0, 70.0])))
    weld = draw_weld(rng)
    # mostly aimed at the root, else anywhere on the first leg or the second
    aim = rng.choice([rng.uniform(0.9, 1.15), rng.uniform(0.4, 1.7)])
    weld = replace(weld, centre=aim * weld.thickness * np.tan(angle))
    sigma = beam_sigma(SHEAR, pulse.frequency_mhz, rng.uniform(8, 16))
    scan_step = log_uniform(rng, 40, 140) / spec.width
    y = scan_step * np.arange(spec.width)
    probe = raster_probe(y, angle, sigma, SHEAR, rng.uniform(10, 25))
    reach = weld.centre / np.sin(angle) * rng.uniform(1.3, 2.0)
    step = float(reach * rng.uniform(0.6, 1) / spec.height)
    unseen = int(reach / step) - spec.height
    whole = step * np.arange(unseen + spec.height)[:, None]
    path = whole[unseen:, 0]
    axis = TimeAxis(probe.delay_us + 2 * path[0] / SHEAR, 2 * step / SHEAR, spec.height)
    gain, grains, instrument = (part[unseen:] for part in levels(rng, weld, whole, angle))
    # the structure of the weld metal changes along it
    level = np.hypot(grains * np.exp(0.3 * curve(rng, spec.width, spec.width / 12)), instrument)

    view = View(pulse, axis, probe, gain, level, lambda picture: picture)
    spread = grain_spread(SHEAR / pulse.frequency_mhz, sigma) / scan_step
    known = np.float32(rng.uniform(0.1, 0.6)) * ringing(noise, path, spec.width, rng.uniform(1.5, 8))
    for outline in geometry(rng, weld):
        late = rng.uniform(0.05, 0.4) / SHEAR * curve(rng, spec.width, spec.width / rng.uniform(3, 12))
        strength = np.clip(0.8 + 0.4 * curve(rng, spec.width, spec.width / rng.uniform(5, 25)), 0.1, 2)
        known += view.stripe(outline, late, strength)
    field = known + level * speckle(noise, pulse, axis, spec.width, spread)
    field += view.wave(coarse_grains(rng, weld, float(y[-1])))
    seen = view.add_flaws(field, known, _flaws(rng, weld, pulse, 2 * flaws, float(y[-1])))
    fringes = rng.random() < 0.5
    shown = np.abs(radio_frequency(pulse, axis, field) if fringes else field)
    details = describe_weld(weld, "b_scan", pulse, probe, PathStart=path[0], PathStep=step, ScanStep=scan_step)
    return SimulatedPicture(show_envelope(rng, shown), None, seen, details)


def _flaws(rng: Generator, weld: Weld, pulse: Pulse, count: int, scan_mm: float) -> list[Reflector]:
    """Flaws along the weld, on the first leg or the second."""
    drawn, wavelength = [], SHEAR / pulse.frequency_mhz
    for flaw in draw_reflectors(rng, weld, wavelength, count):
        length, start = log_uniform(rng, 2, min(25, scan_mm / 3)), rng.uniform(0, 0.9 * scan_mm)
        for leg in flaw.legs(weld.thickness):
            round_ = flaw.iso6520 in (2011, 2013)
            drawn.append(_moved(leg, start) if round_ else draw_out(rng, leg, start, length, wavelength))
    return drawn


def _moved(flaw: Reflector, y: float) -> Reflector:
    """The flaw at another place along the weld."""
    return replace(flaw, echoes=tuple(Echo(e.points + np.array([0, y, 0]), e.amplitude) for e in flaw.echoes))
