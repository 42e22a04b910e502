"""The network's output for a whole film."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

FIELD_STRIDE: Final = 2
CELL_STRIDE: Final = 4

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DenseMaps:
    """Maps over a film of `height` x `width` pixels; a cell at stride s is centred at (i + 0.5) * s.

    Attributes:
        field: flaw intensity 0-1 at stride 2, [ceil(height / 2), ceil(width / 2)].
        scores: class scores 0-1 at stride 4, [classes, ceil(height / 4), ceil(width / 4)].
        boxes: distances in pixels to the left, top, right and bottom side, [4, ...].
        spread: their standard deviations in pixels, [4, ...].
        iou: predicted IoU 0-1, [...].
        kinds: at stride 2 the index + 1 of the likeliest class of a flaw, uint8, or None of a model of one class.
        height: of the film.
        width: of the film.
        image_scores: how sure each class is somewhere on the film, 0-1 [classes], or None of a model that does not say.
    """

    field: Map
    scores: Map
    boxes: Map
    spread: Map
    iou: Map
    kinds: NDArray[np.uint8] | None
    height: int
    width: int
    image_scores: Map | None = None

    def probability(self) -> Map:
        """The field at the film's own size, [height, width]."""
        raised = cv2.resize(self.field, None, fx=FIELD_STRIDE, fy=FIELD_STRIDE, interpolation=cv2.INTER_LINEAR)
        return np.asarray(raised[: self.height, : self.width], np.float32)

    def likeliest(self) -> NDArray[np.uint8] | None:
        """`kinds` at the film's own size, [height, width]."""
        if self.kinds is None:
            return None
        raised = self.kinds.repeat(FIELD_STRIDE, 0).repeat(FIELD_STRIDE, 1)
        return raised[: self.height, : self.width]
