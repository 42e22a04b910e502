"""What lies on a weld and is no flaw: scratches, chalk, stains, grinding marks and dirt. None of it is labelled."""

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve, log_uniform, surface
from dynawave.simulate.flaws import shapes
from dynawave.simulate.records import Array
from dynawave.simulate.visual.relief import streaks
from dynawave.simulate.visual.surface import Surface, window

CHALK = ((0.9, 0.9, 0.86), (0.9, 0.8, 0.2), (0.8, 0.2, 0.15), (0.2, 0.35, 0.75))


def add_marks(rng: Generator, metal: Surface, pixel_mm: float) -> None:
    """Put marks on the surface, in place: each kind on some pictures only."""
    if rng.random() < 0.35:
        _grind(rng, metal)
    if rng.random() < 0.4:
        _stain(rng, metal)
    for _ in range(rng.poisson(1.5)):
        _scratch(rng, metal, pixel_mm)
    if rng.random() < 0.2:
        _chalk(rng, metal, pixel_mm)
    for _ in range(rng.poisson(3)):
        _dirt(rng, metal, pixel_mm)


def _anywhere(rng: Generator, metal: Surface) -> tuple[float, float]:
    rows, columns = metal.height.shape
    return rng.uniform(0, columns), rng.uniform(0, rows)


def _stroke(rng: Generator, length: float, width: float, bend: float, rough: float) -> Array:
    """A drawn line, 0 to 1."""
    count = max(int(length), 8)
    path = bend * length * np.linspace(-1, 1, count) ** 2 + rough * curve(rng, count, 6)
    thick = width * np.clip(1 + 0.2 * curve(rng, count, 20), 0.5, 1.5)
    strength = np.clip(0.8 + 0.2 * curve(rng, count, 15), 0.3, 1) * shapes.taper(count, 0.1)
    return shapes.ribbon(
        np.asarray(path, np.float32),
        np.asarray(thick, np.float32),
        np.asarray(strength, np.float32),
        rng.uniform(0, np.pi),
        roof=0.2,
    )


def _scratch(rng: Generator, metal: Surface, pixel_mm: float) -> None:
    """A bright shallow scratch, no deeper than 0.03 mm."""
    patch = _stroke(rng, log_uniform(rng, 30, 350), log_uniform(rng, 1, 3), rng.normal(0, 0.03), 0.2)
    if cut := window(patch, *_anywhere(rng, metal), metal.height.shape):
        where, part = cut
        metal.height[where] -= rng.uniform(0.005, 0.03) * part
        metal.colour[where] *= (1 + rng.uniform(-0.1, 0.4) * part)[..., None]


def _chalk(rng: Generator, metal: Surface, pixel_mm: float) -> None:
    """Strokes of chalk or paint stick: matt, broken by the roughness beneath."""
    colour = np.asarray(CHALK[rng.integers(len(CHALK))], np.float32)
    x, y = _anywhere(rng, metal)
    for _ in range(rng.integers(1, 5)):
        patch = _stroke(rng, log_uniform(rng, 5, 22) / pixel_mm, log_uniform(rng, 0.7, 2.5) / pixel_mm, 0.05, 0.5)
        x, y = x + rng.normal(0, 40), y + rng.normal(0, 40)
        if cut := window(patch, x, y, metal.height.shape):
            where, part = cut
            cover = np.clip(part * (0.7 + 0.5 * surface(rng, part.shape, (2, 2))), 0, 0.95)
            metal.colour[where] += cover[..., None] * (colour - metal.colour[where])
            metal.shine[where] *= 1 - cover


def _stain(rng: Generator, metal: Surface) -> None:
    """Water, oil or flux: a cloud of another shade with a drawn border."""
    shape = metal.height.shape
    scale = log_uniform(rng, 40, 140)
    cloud = surface(rng, shape, (scale, scale)) + 0.25 * surface(rng, shape, (9, 9)) - rng.uniform(0.6, 1.6)
    cover = np.clip(4 * cloud, 0, 1) * rng.uniform(0.1, 0.5)
    shade = np.asarray(rng.uniform(0.3, 0.7) * np.array([1.0, rng.uniform(0.75, 1), rng.uniform(0.5, 1)]), np.float32)
    metal.colour[:] *= 1 - cover[..., None] * (1 - shade)
    metal.shine[:] *= 1 - cover


def _grind(rng: Generator, metal: Surface) -> None:
    """A ground place: bright, with parallel marks, beside or over the bead."""
    rows, columns = metal.height.shape
    x, y = _anywhere(rng, metal)
    size, angle = rng.uniform(0.15, 0.4) * columns, rng.uniform(0, np.pi)
    grid_y, grid_x = np.ogrid[:rows, :columns]
    edge = np.hypot((grid_x - x) / rng.uniform(0.7, 1.6), grid_y - y) / size + 0.12 * surface(
        rng, (rows, columns), (25, 25)
    )
    cover = np.clip(6 * (1 - edge), 0, 1).astype(np.float32)
    lines = streaks(rng, (rows, columns), 120, 1.5, angle)
    metal.height[:] += cover * 0.006 * lines
    grey = cv2.cvtColor(metal.colour, cv2.COLOR_RGB2GRAY)[..., None]
    bright = (0.35 * grey + 0.4) * (1 + 0.1 * lines[..., None])
    metal.colour[:] += (0.7 * cover)[..., None] * (bright - metal.colour)
    metal.shine[:] += 0.3 * cover * (1 - metal.shine)


def _dirt(rng: Generator, metal: Surface, pixel_mm: float) -> None:
    """A dark flat speck, like a pore but without depth."""
    size = max(log_uniform(rng, 0.15, 1.2) / pixel_mm, 2.5)
    patch = shapes.pore(rng, size * rng.uniform(1, 2), size, rng.uniform(0, np.pi), 0.4)
    if cut := window(patch, *_anywhere(rng, metal), metal.height.shape):
        where, part = cut
        metal.colour[where] *= (1 - rng.uniform(0.2, 0.6) * np.clip(part, 0, 1))[..., None]
