"""What colour the metal has: bare metal, heat tint by peak temperature, scale, rust."""

from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import log_uniform, surface
from dynawave.simulate.records import Array
from dynawave.simulate.visual.scene import Scene

MELTING: Final = 1450.0
ROOM: Final = 20.0

STAINLESS_TINT: Final = (
    (250, (1.0, 1.0, 1.0)),
    (290, (1.0, 0.95, 0.8)),
    (340, (0.98, 0.87, 0.6)),
    (370, (0.9, 0.76, 0.47)),
    (390, (0.76, 0.58, 0.4)),
    (420, (0.6, 0.43, 0.42)),
    (450, (0.45, 0.33, 0.5)),
    (540, (0.36, 0.46, 0.74)),
    (600, (0.27, 0.33, 0.54)),
    (750, (0.42, 0.42, 0.45)),
    (1450, (0.4, 0.4, 0.41)),
)
"""Temperature in Celsius and colour (red, green, blue) against bare metal: pale yellow 290, straw 340, dark yellow 370,
brown 390, purple-brown 420, dark purple 450, blue 540, dark blue 600 (British Stainless Steel Association, heat tint
colours of 304 in air); grey scale above. The colours themselves are ours, set by eye."""

CARBON_TINT: Final = tuple((t - 80 if t < 700 else t - 250, c) for t, c in STAINLESS_TINT)
"""Carbon steel tints lower: straw 220 to 260, blue 300 to 460 by time at heat (tempering charts)."""

BARE: Final = {"stainless": (0.62, 0.61, 0.6), "carbon": (0.5, 0.49, 0.48)}
TINTS: Final = {"stainless": STAINLESS_TINT, "carbon": CARBON_TINT}


def peak_temperature(distance_mm: Array, tinted_mm: float) -> Array:
    """Peak temperature in Celsius at a distance from the fusion line, such that it is 290 at `tinted_mm`.

    Adams' equation for plates (Welding Journal 37, 1958): 1 / (T - T0) = 1 / (Tm - T0) + k y.
    """
    k = (1 / (290 - ROOM) - 1 / (MELTING - ROOM)) / tinted_mm
    return np.asarray(ROOM + 1 / (1 / (MELTING - ROOM) + k * distance_mm), np.float32)


def tint(temperature: Array, metal: str) -> Array:
    """Colour [..., 3] against bare metal at this peak temperature."""
    degrees = np.arange(0, 1500, 4)
    points = [t for t, _ in TINTS[metal]]
    table = np.stack([np.interp(degrees, points, [c[k] for _, c in TINTS[metal]]) for k in range(3)], 1)
    return np.asarray(table.astype(np.float32)[(np.clip(temperature, 0, 1499) / 4).astype(np.int16)])


def draw_colour(rng: Generator, scene: Scene, weld_metal: Array) -> Array:
    """Reflectance [height, width, 3] of the surface; `weld_metal` [height, width] is 1 where metal was molten."""
    shape = (scene.across.shape[0], scene.across.shape[1])
    wander = np.exp(0.16 * surface(rng, shape, (25, 50)) + 0.04 * surface(rng, shape, (4, 7)))
    temperature = peak_temperature(scene.beyond_mm * wander, log_uniform(rng, 1.5, 12))
    air = rng.uniform(0.3, 1.0)
    sides = []
    for metal in scene.metals:
        bare = np.asarray(BARE[metal], np.float32) * rng.uniform(0.75, 1.15)
        sides.append(bare * (1 + air * (tint(temperature, metal) - 1)))
        if metal == "carbon":
            sides[-1] = _rust(rng, sides[-1], temperature)
    plates = np.where((scene.across < 0)[..., None], *sides)
    blotch = (
        1
        + rng.uniform(0.02, 0.08) * surface(rng, shape, (30, 40))
        + rng.uniform(0.02, 0.09) * surface(rng, shape, (2, 3))
    )
    share = weld_metal[..., None]
    return np.asarray((plates * (1 - share) + _molten(rng, scene, shape) * share) * blotch[..., None], np.float32)


def _molten(rng: Generator, scene: Scene, shape: tuple[int, int]) -> Array:
    """The bead's own colour: bright under good shielding, else straw, blue and grey in patches."""
    oxide = rng.uniform(0.1, 0.9) + rng.uniform(0.05, 0.3) * surface(rng, shape, (scene.half_px / 3, scene.half_px / 2))
    colour = tint(270 + 480 * np.clip(oxide, 0, 1), "stainless")
    return np.asarray(
        np.asarray(BARE["stainless"], np.float32) * (1 + rng.uniform(0.2, 0.9) * (colour - 1)), np.float32
    )


def _rust(rng: Generator, plate: Array, temperature: Array) -> Array:
    """Rust in blotches, and a brown border where the paint or scale was burnt."""
    shape = (temperature.shape[0], temperature.shape[1])
    cover = np.clip(
        0.7 * (surface(rng, shape, (25, 30)) + 0.6 * surface(rng, shape, (3, 4)) - rng.uniform(0.2, 2.5)), 0, 1
    )
    border = np.exp(-(((temperature - rng.uniform(180, 300)) / 60) ** 2)) * rng.uniform(0, 0.7)
    share = np.clip(0.8 * cover + border, 0, 0.9)[..., None].astype(np.float32)
    brown = np.asarray([0.3, 0.17, 0.09], np.float32) * rng.uniform(0.6, 1.3)
    return np.asarray(plate * (1 - share) + brown * share, np.float32)
