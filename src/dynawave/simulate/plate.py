"""The plates beside the weld: thickness in mm, with slopes, offset, rolling marks, stains and uneven metal."""

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import log_uniform, surface
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Ground


def plate_map(rng: Generator, scene: Ground, height: int, width: int) -> Array:
    """Thickness of the two plates in mm, [height, width]; drawn at a quarter of the size, for it is smooth."""
    rows, columns = height // 4 + 1, width // 4 + 1
    y = np.linspace(0, height, rows, dtype=np.float32)[:, None]
    centre = np.interp(np.linspace(0, width - 1, columns), np.arange(width), scene.seam.centre)
    across = (y - centre[None]) / max(scene.seam.half_width(), 1)
    share = scene.cap_mm * np.float32(1)
    # misaligned plates differ on either side; the step hides under the bead
    side = share * rng.normal(0, 0.06) * np.tanh(3 * across)
    slope = share * (rng.normal(0, 0.03) * across + rng.normal(0, 0.05) * np.linspace(-1, 1, columns)[None])
    slow = share * rng.uniform(0, 0.05) * surface(rng, (rows, columns), (90, 140))
    scale = log_uniform(rng, 2, 12)
    metal = scene.faint_mm * rng.uniform(0, 0.6) * surface(rng, (rows, columns), (scale, scale))
    total = side + slope + slow + metal
    if rng.random() < 0.25:
        total += scene.faint_mm * rng.uniform(0.2, 1.0) * surface(rng, (rows, columns), (4, 200))
    full = cv2.resize(total.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(full + scene.plate_mm, np.float32)
