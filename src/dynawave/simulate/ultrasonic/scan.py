"""One simulated ultrasonic scan from its seed and number."""

from typing import Final

import numpy as np

from dynawave.simulate.picture import SimulatedPicture
from dynawave.simulate.ultrasonic.raster import draw_raster
from dynawave.simulate.ultrasonic.sector import draw_sector
from dynawave.simulate.ultrasonic.spec import ScanSpec
from dynawave.simulate.ultrasonic.tofd import draw_tofd
from dynawave.taxonomy import BY_NUMBER

DRAW: Final = {"sector": draw_sector, "b_scan": draw_raster, "tofd": draw_tofd}
CLASSES: Final = tuple(BY_NUMBER[n] for n in (1011, 2011, 2013, 2014, 301, 4011, 402))
"""Flaws that a scan may hold."""


def simulate_scan(seed: int, index: int, spec: ScanSpec | None = None) -> SimulatedPicture:
    """Simulate scan `index` of the series `seed`; it depends on nothing else.

    Args:
        seed: number of the series, not negative.
        index: number of the scan in it, not negative.
        spec: what scans to draw; None for the default ones.

    Returns:
        The scan, uint16 [height, width], with the masks of the flaws that show: within 6 dB of each echo's peak.

    Example:
        >>> scan = simulate_scan(seed=1, index=0, spec=ScanSpec(width=256, height=256, views=("tofd",)))
        >>> scan.pixels.shape, scan.context.details["View"]
        ((256, 256), 'tofd')
    """
    spec = spec or ScanSpec()
    plan, draw, noise = (np.random.default_rng(s) for s in np.random.SeedSequence([seed, index]).spawn(3))
    view = spec.views[plan.integers(len(spec.views))]
    flaws = 0 if plan.random() < spec.sound_share else 1 + plan.poisson(0.9)
    return DRAW[view](draw, noise, int(flaws), spec)
