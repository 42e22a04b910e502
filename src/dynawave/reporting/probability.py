"""The flaw probability as a 16-bit image."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

CERTAIN: Final = 65535


def probability_levels(probability: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Probabilities 0-1 [height, width] as uint16, where 65535 is a certain flaw."""
    return np.asarray(np.rint(probability.clip(0, 1) * CERTAIN), np.uint16)
