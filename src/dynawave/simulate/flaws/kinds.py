"""What each kind of flaw is made of: recipes that put shapes along, beside or across the seam.

Every recipe takes the film's random stream, its seam, a position (x in pixels) and a strength, and yields blemishes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve, log_uniform
from dynawave.simulate.flaws import shapes
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Seam
from dynawave.taxonomy import BY_NUMBER


@dataclass(frozen=True, slots=True)
class Blemish:
    """One flaw to be put on the film.

    Attributes:
        depth: shape, 0-1, unblurred.
        x: column of the patch's middle.
        y: row of it.
        iso6520: its number.
        strength: wanted contrast at the core over the noise; negative for heavy inclusions, which show bright.
    """

    depth: Array
    x: float
    y: float
    iso6520: int
    strength: float

    def __post_init__(self) -> None:
        """A number without a class is a mistake in a recipe."""
        if self.iso6520 not in BY_NUMBER:
            raise KeyError(self.iso6520)


Recipe = Callable[[Generator, Seam, float, float], Iterator[Blemish]]


def vary(rng: Generator, strength: float, spread: float = 0.35) -> float:
    """A strength near the film's, for flaws of one origin look alike but not the same."""
    return float(strength * np.exp(rng.normal(0, spread)))


def single_pore(rng: Generator, seam: Seam, x: float, strength: float, iso6520: int = 2011) -> Iterator[Blemish]:
    """A pore somewhere in the bead."""
    size = log_uniform(rng, 6, 80) if rng.random() < 0.45 else log_uniform(rng, 5, 24)
    yield from _pore_at(rng, x, seam.at(x, rng.uniform(-0.85, 0.85)), size, strength, iso6520)


def _pore_at(rng: Generator, x: float, y: float, size: float, strength: float, iso6520: int) -> Iterator[Blemish]:
    """A pore of this size, more or less round, now and then with a core."""
    aspect = 1 + abs(rng.normal(0, 0.35))
    patch = shapes.pore(rng, size * aspect**0.5, size / aspect**0.5, rng.uniform(0, np.pi), rng.uniform(0.03, 0.3))
    if size > 14 and rng.random() < 0.4:
        core = shapes.pore(rng, size * 0.5, size * rng.uniform(0.15, 0.4), rng.normal(0, 0.4))
        patch, x, y = shapes.paste([(0.6 * patch, x, y), (core, x + rng.normal(0, 0.1 * size), y)])
    yield Blemish(patch, x, y, iso6520, strength)


def speck(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """A faint speck, anywhere in the bead."""
    across = rng.uniform(-0.95, 0.95)
    yield from _pore_at(rng, x, seam.at(x, across), log_uniform(rng, 3, 11), vary(rng, strength), 2011)


def cluster(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """Clustered porosity: many pores of alike size within a field."""
    count, size = int(log_uniform(rng, 5, 90)), log_uniform(rng, 6, 18)
    spread, across = log_uniform(rng, 25, 300), rng.uniform(-0.4, 0.4)
    for _ in range(count):
        at = x + rng.normal(0, spread)
        y = seam.at(at, float(np.clip(across + rng.normal(0, 0.25), -0.9, 0.9)))
        yield from _pore_at(rng, at, y, min(vary(rng, size, 0.4), 40), vary(rng, strength), 2013)


def row(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """Linear porosity: pores in a row along the seam."""
    count, size = int(rng.integers(3, 16)), log_uniform(rng, 5, 24)
    gap, across = size * log_uniform(rng, 1.3, 6), rng.uniform(-0.6, 0.6)
    for k in range(count):
        at = x + (k - count / 2) * gap + rng.normal(0, 0.25 * gap)
        y = seam.at(at, across) + rng.normal(0, 0.15 * size)
        yield from _pore_at(rng, at, y, vary(rng, size, 0.25), vary(rng, strength), 2014)


def elongated(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """An elongated cavity, mostly along the seam."""
    length, width = log_uniform(rng, 16, 110), log_uniform(rng, 5, 22)
    angle = rng.normal(0, 0.3) if rng.random() < 0.7 else rng.uniform(0, np.pi)
    patch = shapes.pore(rng, max(length, 1.6 * width), width, angle, 0.1)
    yield Blemish(patch, x, seam.at(x, rng.uniform(-0.7, 0.7)), 2015, strength)


def _worm(rng: Generator, length: float, width: float, angle: float) -> Array:
    """A curved tube, wide at its root."""
    count = max(int(length), 6)
    t = np.linspace(0, 1, count, dtype=np.float32)
    path = rng.normal(0, 0.15) * length * t**2 + rng.uniform(0, 1) * curve(rng, count, 10)
    thick = width * (1 - rng.uniform(0, 0.7) * t)
    deep = np.clip(1 - rng.uniform(0, 0.6) * t, 0.2, 1)
    return shapes.ribbon(path.astype(np.float32), thick.astype(np.float32), deep.astype(np.float32), angle, 0.5)


def worms(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """Worm holes in herring-bone order: bars across the seam that rise from one line, like a comb."""
    count, across = int(log_uniform(rng, 3, 22)), rng.uniform(-0.3, 0.5)
    gap, height, width = log_uniform(rng, 18, 110), log_uniform(rng, 14, 70), log_uniform(rng, 3, 16)
    lean = -np.pi / 2 + rng.normal(0, 0.15)
    if rng.random() < 0.5:
        yield from _line(rng, seam, x, count * gap, across, 0.5 * strength, 402)
    for k in range(count):
        at = x + (k - count / 2) * gap + rng.normal(0, 0.3 * gap)
        long = vary(rng, height, 0.4)
        angle = lean + rng.normal(0, 0.12)
        y = seam.at(at, across) - long / 2
        yield Blemish(_worm(rng, long, vary(rng, width, 0.35), angle), at, y, 2016, vary(rng, strength))


def slag(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """Slag: ragged patches, or a ragged line along the seam in several pieces."""
    across = rng.uniform(-0.8, 0.8)
    if rng.random() < 0.45:
        length, width = log_uniform(rng, 12, 110), log_uniform(rng, 8, 55)
        patch = shapes.rag(rng, max(length, width), min(length, width), rng.normal(0, 0.5))
        yield Blemish(patch, x, seam.at(x, across), 301, strength)
        return
    for _ in range(rng.integers(1, 6)):
        length = log_uniform(rng, 20, 400)
        count = int(length)
        path = rng.uniform(0, 6) * curve(rng, count, 50) + rng.uniform(0.3, 2) * curve(rng, count, 8)
        thick = log_uniform(rng, 3, 24) * np.clip(1 + 0.5 * curve(rng, count, 14), 0.25, 2.5) * shapes.taper(count)
        deep = np.clip(0.7 + 0.3 * curve(rng, count, 10), 0.2, 1)
        patch = shapes.ribbon(path, thick.astype(np.float32), deep.astype(np.float32), rng.normal(0, 0.05), 0.3)
        yield Blemish(patch, x, seam.at(x, across) + rng.normal(0, 3), 301, vary(rng, strength))
        x += length * rng.uniform(0.7, 1.6)


def _line(
    rng: Generator, seam: Seam, x: float, length: float, across: float, strength: float, iso6520: int
) -> Iterator[Blemish]:
    """A line that follows the seam in dashes."""
    end, at = x + length / 2, x - length / 2
    width = log_uniform(rng, 2, 20 if across**2 < 0.02 else 10)  # open root faces stand farther apart
    fading = rng.random() < 0.5
    dash, gap = log_uniform(rng, 15, 600), rng.choice([0.05, 0.4, 1.0])
    rough = rng.uniform(0, 0.8)
    while at < end:
        count = int(np.clip(vary(rng, dash, 0.9), 8, max(end - at, 8)))
        columns = np.clip(np.arange(at, at + count), 0, len(seam.centre) - 1).astype(int)[:count]
        edge = seam.lower if across > 0 else seam.upper
        run = seam.centre + abs(across) * (edge - seam.centre)
        # the joint is straight: of the wavering edge only the trend is followed
        trend = np.polyval(np.polyfit(np.arange(len(run)), run, 1), columns)
        path = trend + rough * curve(rng, count, 12) + rng.normal(0, 0.6)
        thick = width * np.clip(1 + 0.3 * curve(rng, count, 20), 0.4, 2)
        deep = np.clip(0.75 + 0.2 * curve(rng, count, 40), 0.3, 1) * shapes.taper(count, 0.08)
        if fading:
            deep *= 0.15 + 0.85 * shapes.closing(rng, count)
        patch = shapes.ribbon(path.astype(np.float32), thick.astype(np.float32), deep.astype(np.float32))
        y = float(path.max() + path.min()) / 2
        yield Blemish(patch, at + count / 2, y, iso6520, vary(rng, strength, 0.25))
        at += count * (1 + gap * rng.exponential(0.7)) + 4 + rng.exponential(8)


def lack_of_penetration(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """A straight dark line at the joint, whole or in dashes, with pores on it now and then."""
    across, length = rng.normal(0, 0.04), log_uniform(rng, 120, 1.2 * len(seam.centre))
    yield from _line(rng, seam, x, length, across, strength, 402)
    for _ in range(rng.choice([0, 1, 3, 6], p=[0.5, 0.2, 0.2, 0.1])):
        at = x + rng.uniform(-0.5, 0.5) * length
        yield from _pore_at(rng, at, seam.at(at, across), log_uniform(rng, 5, 40), vary(rng, 2 * strength, 0.6), 2011)


def lack_of_fusion(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """A straight dark line at a flank."""
    across = rng.choice([-1, 1]) * rng.uniform(0.3, 0.8)
    iso6520 = 4011 if rng.random() < 0.7 else 401
    yield from _line(rng, seam, x, log_uniform(rng, 60, 1600), across, strength, iso6520)


def longitudinal_crack(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """A jagged crack along the seam, often thin, sometimes gaping with a dark thread in it."""
    across = rng.normal(0, 0.12) if rng.random() < 0.5 else rng.uniform(-0.6, 0.6)
    length = log_uniform(rng, 60, 1100)
    y, width = seam.at(x, across), log_uniform(rng, 1.2, 6)
    angle = float(np.arctan(np.polyfit(np.arange(len(seam.centre)), seam.centre, 1)[0])) + rng.normal(0, 0.02)
    patch = shapes.crack(rng, length, width, angle, log_uniform(rng, 0.03, 0.35), bool(rng.random() < 0.6))
    if rng.random() < 0.2:
        gape = shapes.crack(rng, length, width * rng.uniform(3, 7), angle, 0.06)
        patch, x, y = shapes.paste([(patch, x, y), (rng.uniform(0.2, 0.5) * gape, x, y)])
    yield Blemish(patch, x, y, 1011, strength)


def transverse_crack(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """Jagged cracks across the seam, often several near each other."""
    for _ in range(rng.choice([1, 2, 4, 7])):
        length = log_uniform(rng, 20, max(1.9 * seam.half_width(), 40))
        angle, width = np.pi / 2 + rng.normal(0, 0.2), log_uniform(rng, 1.2, 6)
        if rng.random() < 0.35:
            patch = shapes.braid(rng, length, width, angle)
        else:
            patch = shapes.crack(rng, length, width, angle, 0.35, bool(rng.random() < 0.5))
        yield Blemish(patch, x, seam.at(x, rng.uniform(-0.6, 0.6)), 1021, vary(rng, strength))
        x += rng.normal(0, 120)


def branching_crack(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """A crack with branches, or a star of them, as one flaw."""
    y, length, width = seam.at(x, rng.uniform(-0.5, 0.5)), log_uniform(rng, 40, 220), log_uniform(rng, 1.2, 4)
    heading, spread = rng.uniform(0, np.pi), rng.choice([0.5, 3.0])
    parts = []
    for k in range(rng.integers(2, 7)):
        angle, long = heading + (k > 0) * rng.normal(0, spread), length * (1.0 if k == 0 else rng.uniform(0.2, 0.7))
        along = rng.uniform(-0.5, 0.5) * length * (k > 0)
        middle = (
            x + along * np.cos(heading) + 0.5 * (k > 0) * long * np.cos(angle),
            y + along * np.sin(heading) + 0.5 * (k > 0) * long * np.sin(angle),
        )
        parts.append((shapes.crack(rng, long, width, angle), *middle))
    patch, x, y = shapes.paste(parts)
    yield Blemish(patch, x, y, 100, strength)


def undercut(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """A dark groove beside the cap, with a sharp core and a soft fringe."""
    side, length = rng.choice([-1, 1]), log_uniform(rng, 25, 400)
    count, width = int(length), log_uniform(rng, 5, 30)
    edge = seam.lower if side > 0 else seam.upper
    columns = np.clip(np.arange(x - length / 2, x - length / 2 + count), 0, len(edge) - 1).astype(int)[:count]
    path = edge[columns] - side * rng.normal(0.4, 0.6) * width + rng.uniform(0, 3) * curve(rng, count, 40)
    arch = np.sqrt(np.clip(1 - np.linspace(-1, 1, count) ** 2, 0.02, 1))
    thick = width * arch * np.clip(1 + 0.3 * curve(rng, count, 25), 0.3, 2)
    deep = np.clip(0.8 + 0.25 * curve(rng, count, 20), 0.2, 1) * arch
    patch = shapes.ribbon(path.astype(np.float32), thick.astype(np.float32), deep.astype(np.float32), 0.0, 0.7)
    yield Blemish(patch, x, float(path.max() + path.min()) / 2, 5011, max(strength, 4.0))


def tear(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """A wide, ragged opening along the seam, of middling contrast, with dark threads wandering in it."""
    across, length = rng.uniform(-0.5, 0.5), log_uniform(rng, 120, 1200)
    y, width, count = seam.at(x, across), log_uniform(rng, 10, 45), int(length)
    path = rng.uniform(0.1, 0.5) * width * curve(rng, count, log_uniform(rng, 60, 300)) + curve(rng, count, 9)
    thick = width * np.clip(1 + 0.45 * curve(rng, count, 45), 0.25, 2) * shapes.taper(count, 0.1)
    deep = np.clip(0.7 + 0.4 * curve(rng, count, 60), 0.2, 1)
    floor = shapes.ribbon(path.astype(np.float32), thick.astype(np.float32), deep.astype(np.float32), 0.0, 0.3)
    parts = [(rng.uniform(0.25, 0.7) * floor, x, y)]
    for _ in range(rng.integers(1, 6)):
        long = length * rng.uniform(0.15, 0.9)
        at = x + rng.uniform(-0.5, 0.5) * (length - long)
        thread = shapes.crack(rng, long, log_uniform(rng, 2, max(0.4 * width, 4)), rng.normal(0, 0.02), 0.12)
        parts.append((thread, at, y + rng.normal(0, 0.2) * width))
    patch, x, y = shapes.paste(parts)
    yield Blemish(patch, x, y, 1011, strength)


def crazing(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """A field of fine branching cracks."""
    reach = log_uniform(rng, 40, 250)
    for _ in range(rng.integers(4, 14)):
        angle = np.pi / 2 + rng.normal(0, 0.5)
        at = x + rng.normal(0, reach)
        patch = shapes.crack(rng, log_uniform(rng, 20, 160), log_uniform(rng, 1.5, 9), angle, 0.5)
        yield Blemish(patch, at, seam.at(at, rng.uniform(-0.9, 0.9)), 100, vary(rng, strength))


def heavy(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """Tungsten or another heavy metal in the bead: bright, small, sharp."""
    iso6520 = 3041 if rng.random() < 0.7 else 304
    for _ in range(rng.choice([1, 2, 4])):
        patch = shapes.pore(rng, log_uniform(rng, 4, 16), log_uniform(rng, 4, 12), rng.uniform(0, np.pi), 0.15)
        yield Blemish(patch, x, seam.at(x, rng.uniform(-0.8, 0.8)), iso6520, -vary(rng, max(strength, 5.0)))
        x += rng.normal(0, 80)


def hole(rng: Generator, seam: Seam, x: float, strength: float) -> Iterator[Blemish]:
    """A large cavity, as of a burn-through."""
    yield from _pore_at(rng, x, seam.at(x, rng.uniform(-0.3, 0.3)), log_uniform(rng, 25, 75), max(strength, 6.0), 2011)
