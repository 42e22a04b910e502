"""What each flaw of the surface is made of: metal missing or in the way, and where.

Shapes are those of the radiograph's flaws; here they are carved into the height map or put upon it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve, log_uniform
from dynawave.simulate.flaws import shapes
from dynawave.simulate.records import Array
from dynawave.simulate.visual.scene import Scene

EDGE: Final = 0.15
"""Share of its greatest height or depth at which a flaw ends: there its mask is drawn and its size taken."""


@dataclass(frozen=True, slots=True)
class Blemish:
    """One flaw to be made in the surface.

    Attributes:
        iso6520: its number.
        relief: change of height in mm, [rows, columns].
        x: column of the patch's middle.
        y: row of it.
        dark: reflectance at its core against its surroundings: dirt and oxide collect in holes.
        molten: whether it is weld metal and so has its colour.
    """

    iso6520: int
    relief: Array
    x: float
    y: float
    dark: float = 1.0
    molten: bool = False

    @property
    def outline(self) -> Array:
        """Where the height is changed, boolean [rows, columns]."""
        depth = np.abs(self.relief)
        return np.asarray(depth > EDGE * depth.max())


Recipe = Callable[[Generator, Scene], Iterator[Blemish]]


def _hole(rng: Generator, scene: Scene, size_mm: float, iso6520: int, x: float, y: float, deep: float) -> Blemish:
    """A round hole with a steep rim, `deep` times as deep as wide."""
    size = max(size_mm / scene.pixel_mm, 3.0)
    stretch = 1 + abs(rng.normal(0, 0.2))
    patch = shapes.pore(rng, size * stretch, size / stretch, rng.uniform(0, np.pi), rng.uniform(0.03, 0.25))
    return Blemish(iso6520, -deep * size * scene.pixel_mm * patch, x, y, rng.uniform(0.08, 0.45))


def pores(rng: Generator, scene: Scene) -> Iterator[Blemish]:
    """Surface pores: one, or several about one place."""
    x, across = rng.uniform(0, scene.across.shape[1]), rng.uniform(-0.7, 0.7)
    size, spread = log_uniform(rng, 0.35, 2.2), log_uniform(rng, 0.5, 3) * scene.half_px
    for _ in range(rng.choice([1, 2, 4, 8], p=[0.5, 0.2, 0.2, 0.1])):
        each = size * float(np.exp(rng.normal(0, 0.3)))
        yield _hole(rng, scene, each, 2017, x, scene.seam.at(x, across), rng.uniform(0.3, 0.9))
        x += rng.normal(0, spread)
        across = float(np.clip(across + rng.normal(0, 0.3), -0.9, 0.9))


def crater_flaw(rng: Generator, scene: Scene) -> Iterator[Blemish]:
    """A pipe or a star of cracks in the crater, where the last metal shrank."""
    if not scene.crater:
        return
    x, y = scene.crater
    if rng.random() < 0.5:
        yield _hole(rng, scene, log_uniform(rng, 0.5, 2), 2024, x + rng.normal(0, 3), y, rng.uniform(0.6, 1.2))
        return
    arms, start = [], rng.uniform(0, np.pi)
    for k in range(int(rng.integers(1, 4))):
        length = rng.uniform(0.3, 0.9) * scene.half_px
        arm = shapes.crack(rng, length, log_uniform(rng, 1.5, 3.5), start + k * np.pi / 3 + rng.normal(0, 0.2))
        arms.append((arm, x + rng.normal(0, 2), y + rng.normal(0, 2)))
    patch, x, y = shapes.paste(arms)
    yield Blemish(104, -log_uniform(rng, 0.1, 0.5) * patch, x, y, rng.uniform(0.1, 0.35))


def _crack(rng: Generator, scene: Scene, iso6520: int, length: float, angle: float, across: float) -> Blemish:
    x = rng.uniform(0.05, 0.95) * scene.across.shape[1]
    width = max(log_uniform(rng, 0.08, 0.35) / scene.pixel_mm, 1.3)
    patch = shapes.crack(rng, length, width, angle, rng.uniform(0.15, 0.5))
    return Blemish(iso6520, -log_uniform(rng, 0.1, 0.6) * patch, x, scene.seam.at(x, across), rng.uniform(0.08, 0.4))


def longitudinal_crack(rng: Generator, scene: Scene) -> Iterator[Blemish]:
    """A crack along the bead, in its middle or at a toe."""
    across = rng.normal(0, 0.15) if rng.random() < 0.6 else rng.choice([-1, 1]) * rng.uniform(0.9, 1.1)
    length = log_uniform(rng, 0.15, 0.8) * scene.across.shape[1]
    yield _crack(rng, scene, 1011, length, rng.normal(0, 0.04), across)


def transverse_crack(rng: Generator, scene: Scene) -> Iterator[Blemish]:
    """A crack across the bead."""
    length = rng.uniform(0.6, 2.2) * scene.half_px
    yield _crack(rng, scene, 1021, length, np.pi / 2 + rng.normal(0, 0.2), rng.normal(0, 0.2))


def _along(
    rng: Generator, scene: Scene, side: int, width_mm: float, outward: float, roof: float
) -> tuple[Array, float, float]:
    """A band along an edge of the bead (or, side 0, its centre), `outward` widths beyond; with its middle (x, y)."""
    total = scene.across.shape[1]
    length = int(log_uniform(rng, 0.12, 0.9) * total)
    start = int(rng.integers(-length // 3, total - 2 * length // 3))
    columns = np.arange(max(start, 0), min(start + length, total))
    line = {-1: scene.seam.upper, 0: scene.seam.centre, 1: scene.seam.lower}[side]
    width = np.clip(1 + 0.35 * curve(rng, len(columns), 25), 0.3, 2) * shapes.taper(len(columns), 0.1)
    width = np.maximum(width_mm / scene.pixel_mm * width, 1.5).astype(np.float32)
    path = line[columns] + side * outward * width + 0.4 * curve(rng, len(columns), 15)
    deep = np.clip(0.8 + 0.25 * curve(rng, len(columns), 20), 0.3, 1.2) * shapes.taper(len(columns), 0.1)
    patch = shapes.ribbon(np.asarray(path, np.float32), width, np.asarray(deep, np.float32), roof=roof)
    # as `ribbon` lays its rows about the middle of the path
    return patch, columns[0] + patch.shape[1] // 2, float(path.max() + path.min()) / 2


def undercut(rng: Generator, scene: Scene) -> Iterator[Blemish]:
    """Undercut: a groove in the plate along the toe."""
    patch, x, y = _along(rng, scene, int(rng.choice([-1, 1])), log_uniform(rng, 0.3, 1.1), 0.25, 0.7)
    yield Blemish(5011, -log_uniform(rng, 0.12, 0.7) * patch, x, y, rng.uniform(0.6, 1.0))


def overlap(rng: Generator, scene: Scene) -> Iterator[Blemish]:
    """Overlap: weld metal that ran over the plate without melting it."""
    patch, x, y = _along(rng, scene, int(rng.choice([-1, 1])), log_uniform(rng, 0.8, 2.2), 0.4, 0.4)
    yield Blemish(506, log_uniform(rng, 0.4, 1.2) * patch, x, y, molten=True)


def unfilled(rng: Generator, scene: Scene) -> Iterator[Blemish]:
    """Incompletely filled groove: the bead lies below the plates along its middle."""
    width = rng.uniform(0.5, 1.3) * scene.half_px * scene.pixel_mm
    patch, x, y = _along(rng, scene, 0, width, 0.0, 0.6)
    yield Blemish(511, -(scene.cap_mm + log_uniform(rng, 0.3, 1.2)) * patch, x, y, rng.uniform(0.5, 0.9))


def burn_through(rng: Generator, scene: Scene) -> Iterator[Blemish]:
    """Burn-through: a ragged hole through the wall."""
    x = rng.uniform(0.05, 0.95) * scene.across.shape[1]
    size = rng.uniform(0.4, 1.3) * scene.half_px
    patch = shapes.pore(rng, size * rng.uniform(1, 1.7), size, rng.normal(0, 0.3), rng.uniform(0.15, 0.5))
    yield Blemish(
        510, np.asarray(-4 * patch, np.float32), x, scene.seam.at(x, rng.normal(0, 0.15)), rng.uniform(0.02, 0.1)
    )


def spatter(rng: Generator, scene: Scene) -> Iterator[Blemish]:
    """Spatter: drops of metal stuck to the plates, the more the nearer to the bead."""
    for _ in range(int(log_uniform(rng, 2, 25))):
        x, side = rng.uniform(0, scene.across.shape[1]), rng.choice([-1, 1])
        y = scene.seam.at(x, side) + side * (2 + rng.exponential(1.2 * scene.half_px))
        size = max(log_uniform(rng, 0.3, 1.8) / scene.pixel_mm, 3.5)
        patch = shapes.pore(rng, size * rng.uniform(1, 1.3), size, rng.uniform(0, np.pi), 0.08)
        height = rng.uniform(0.3, 0.6) * size * scene.pixel_mm
        yield Blemish(602, np.asarray(height * patch, np.float32), x, y, molten=bool(rng.random() < 0.7))


KINDS: Final[tuple[tuple[Recipe, float], ...]] = (
    (pores, 0.24),
    (crater_flaw, 0.13),
    (longitudinal_crack, 0.1),
    (transverse_crack, 0.08),
    (undercut, 0.14),
    (overlap, 0.08),
    (unfilled, 0.06),
    (burn_through, 0.05),
    (spatter, 0.12),
)


def draw_blemishes(rng: Generator, scene: Scene, count: int) -> Iterator[Blemish]:
    """Draw the flaws of `count` kinds, as the welder had this trouble or that."""
    for pick in rng.choice(len(KINDS), count, p=[share for _, share in KINDS]):
        yield from KINDS[pick][0](rng, scene)
