"""The flaws that are looked for: shapes of the simulator, of stated size, blurred like a film."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.observer.hotelling import SIDE
from dynawave.simulate.fields import blur
from dynawave.simulate.flaws import shapes

Values = NDArray[np.floating[Any]]

UNSHARPNESS: Final = 1.4
"""Pixels, standard deviation; about the middle of what the simulator draws."""
ANGLES: Final = 12
"""Orientations that the observer tries for a flaw that has one."""
EXAMPLES: Final = 24
"""Flaws whose mean is the expected signal at an orientation."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Flaws of one kind and size.

    Attributes:
        name: with its size.
        length: longest extent in pixels.
        width: extent across in pixels.
        crack: a jagged line, else a pore.
    """

    name: str
    length: float
    width: float
    crack: bool = False

    def draw(self, rng: Generator, angle: float) -> Values:
        """The grey signal [SIDE, SIDE] of one flaw at `angle` radians, its deepest point -1."""
        if self.crack:
            sharp = shapes.crack(rng, self.length, self.width, angle)
        else:
            sharp = shapes.pore(rng, self.length, self.width, angle)
        signal = np.zeros((SIDE, SIDE), np.float32)
        top, left = ((SIDE - side) // 2 for side in sharp.shape)
        signal[top : top + sharp.shape[0], left : left + sharp.shape[1]] = sharp
        signal = blur(signal, UNSHARPNESS)
        return -signal / signal.max()

    def expected(self, rng: Generator) -> Values:
        """Mean signals [orientations, SIDE, SIDE]: what the observer knows of the kind."""
        angles = np.arange(ANGLES) * np.pi / ANGLES if self.crack else np.zeros(1)
        return np.array([np.mean([self.draw(rng, angle) for _ in range(EXAMPLES)], 0) for angle in angles])


KINDS: Final = (
    Kind("pore, 8 px", 8, 8),
    Kind("pore, 20 px", 20, 20),
    Kind("crack, 40 x 2 px", 40, 2, crack=True),
)
