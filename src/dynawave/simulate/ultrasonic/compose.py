"""Put a scan together: flaws, geometry and noise as one wave field, and the label of every flaw that shows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from dynawave.simulate.picture import cut_flaw
from dynawave.simulate.records import Array, SimulatedFlaw
from dynawave.simulate.ultrasonic.probe import Probe
from dynawave.simulate.ultrasonic.pulse import Complex, Pulse, TimeAxis, superpose
from dynawave.simulate.ultrasonic.reflectors import Echo, Reflector

VISIBLE_CNR: Final = 2.5
"""Least amplitude over the noise, 8 dB, at which an echo is labelled; it must also reach `VISIBLE` of the reference."""
VISIBLE: Final = 0.1
HIDDEN: Final = 0.5
"""Least amplitude over that of the geometry's echo at the same place."""
SMALLEST: Final = 12
"""Pixels of the smallest label."""


@dataclass(frozen=True, slots=True)
class View:
    """How echoes come to a picture.

    Attributes:
        pulse: of the probe.
        axis: samples of an A-scan.
        probe: where it stands in each column.
        gain: factor on every echo, [rows, columns] or what broadcasts to it.
        level: root mean square of the noise, [rows, columns].
        picture: brings [rows, columns] to the picture's shape.
    """

    pulse: Pulse
    axis: TimeAxis
    probe: Probe
    gain: Array
    level: Array
    picture: Callable[[Array], Array]

    def wave(self, echo: Echo) -> Complex:
        """Baseband [rows, columns] of an echo."""
        time, beam = self.probe.echoes(echo.points)
        signal = superpose(self.pulse, self.axis, time, beam * echo.amplitude[:, None])
        return np.asarray(self.gain * signal, np.complex64)

    def stripe(self, echo: Echo, late_us: Array, strength: Array) -> Complex:
        """Baseband of what runs on unchanged along the scan, later by `late_us` and as strong, both [columns].

        The echo's points face the first column; every column sees the same.
        """
        time, beam = self.probe.first().echoes(echo.points)
        amplitude = beam * echo.amplitude[:, None] * strength[None]
        return np.asarray(self.gain * superpose(self.pulse, self.axis, time + late_us[None], amplitude), np.complex64)

    def add_flaws(self, field: Complex, known: Complex, flaws: Iterable[Reflector]) -> tuple[SimulatedFlaw, ...]:
        """Add the flaws' echoes to the wave field [rows, columns]; return those that show, with their labels.

        `known` is the part of the field that is neither noise nor flaw, behind which an echo may hide.
        """
        hidden, labels = HIDDEN * np.abs(known), []
        for flaw in flaws:
            waves = [self.wave(echo) for echo in flaw.echoes]
            for wave in waves:
                field += wave
            labels.append(self._label(flaw, [np.abs(wave) for wave in waves], hidden))
        return tuple(label for label in labels if label)

    def _label(self, flaw: Reflector, envelopes: list[Array], hidden: Array) -> SimulatedFlaw | None:
        """The region within 6 dB of the peak of each echo that shows."""
        mask, best = None, 0.0
        for envelope in envelopes:
            peak = float(envelope.max())
            place = np.unravel_index(int(envelope.argmax()), envelope.shape)
            cnr = peak / float(self.level[place])
            if peak < max(VISIBLE, hidden[place]) or cnr < VISIBLE_CNR:
                continue
            region = self.picture(envelope) > peak / 2
            mask, best = region if mask is None else mask | region, max(best, cnr)
        if mask is None or mask.sum() < SMALLEST:
            return None
        return cut_flaw(mask, flaw.iso6520, flaw.size_mm, best)
