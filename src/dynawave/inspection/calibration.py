"""Scores that mean what they say: a score of 0.7 is right 7 times of 10, on films like those it was calibrated on."""

from typing import Annotated, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

EDGE: Final = 1e-6
"""Scores are kept this far from 0 and 1, where a logit has no end."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Calibration:
    """Scores whose logit is that of the network's times `slope` plus `offset`; as it is, scores stay what they are.

    Attributes:
        slope: over 0; the inverse of a temperature.
        offset: what is added to the logit.
    """

    slope: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0

    def apply(self, scores: ArrayLike) -> NDArray[np.float64]:
        """Calibrated scores; their order stays."""
        if self == Calibration():
            return np.asarray(scores, np.float64)
        return np.asarray(1 / (1 + np.exp(-(self.slope * logit(scores) + self.offset))))

    def inverse(self, scores: ArrayLike) -> NDArray[np.float64]:
        """The network's scores that calibrated ones came from."""
        return Calibration(1 / self.slope, -self.offset / self.slope).apply(scores)

    def after(self, first: "Calibration") -> "Calibration":
        """This calibration of scores that another has calibrated already, as one."""
        return Calibration(self.slope * first.slope, self.slope * first.offset + self.offset)


def logit(scores: ArrayLike) -> NDArray[np.float64]:
    """Logarithm of the odds of scores 0-1."""
    kept = np.clip(np.asarray(scores, np.float64), EDGE, 1 - EDGE)
    return np.asarray(np.log(kept / (1 - kept)))
