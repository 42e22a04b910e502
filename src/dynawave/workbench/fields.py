"""The model's flaw probability of a film, kept with an inspection as what the model saw."""

import io
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.workbench.store.blobs import Blobs

SHRINK: Final = 2
"""The network's own grid has a cell every two pixels."""
WIDEST: Final = 2048

Field = NDArray[np.uint8]


def store_field(blobs: Blobs, probability: NDArray[np.float32]) -> str:
    """Keep the field at 8 bits and the network's own grid; its SHA-256."""
    height, width = probability.shape
    size = max(1, width // SHRINK), max(1, height // SHRINK)
    small = cv2.resize(probability, size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".png", np.rint(small * 255).clip(0, 255).astype(np.uint8))
    return blobs.put(io.BytesIO(data.tobytes())).sha256


def overlay(blobs: Blobs, sha256: str, box: tuple[float, float, float, float] | None = None) -> bytes:
    """The field as a PNG whose opacity is the probability: warm is likely.

    Args:
        blobs: where it is kept.
        sha256: which.
        box: (x, y, width, height) in pixels of the film, or None for all of it.
    """
    data = np.frombuffer(blobs.path(sha256).read_bytes(), np.uint8)
    field = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    if box is not None:
        x, y, width, height = (side / SHRINK for side in box)
        rows, columns = field.shape
        top, left = min(max(int(y), 0), rows - 1), min(max(int(x), 0), columns - 1)
        field = field[top : max(int(y + height) + 1, top + 1), left : max(int(x + width) + 1, left + 1)]
    if (longest := max(field.shape)) > WIDEST:
        size = (max(1, field.shape[1] * WIDEST // longest), max(1, field.shape[0] * WIDEST // longest))
        field = np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_AREA), np.uint8)
    colours = cv2.applyColorMap(np.ascontiguousarray(field), cv2.COLORMAP_INFERNO)
    _, png = cv2.imencode(".png", np.dstack([colours, field]))
    return png.tobytes()
