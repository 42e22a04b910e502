"""COCO run-length encoding of masks, without pycocotools, so that the core stays light.

The compressed form is the one of the COCO API: column-major runs, differences to the run two before, written as
base-32 digits. Tested against pycocotools' decoder.
"""

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray


class Rle(TypedDict):
    """A mask as COCO writes it: size [height, width] and the runs as text."""

    size: list[int]
    counts: str


def encode_runs(runs: NDArray[np.int64]) -> str:
    """Write run lengths (zeros first) in COCO's compressed text."""
    values = runs.copy()
    values[3:] -= runs[1:-2]
    text = bytearray()
    for number in values.tolist():
        more = True
        while more:
            digit = number & 31
            number >>= 5
            more = number != (-1 if digit & 16 else 0)
            text.append((digit | 32 if more else digit) + 48)
    return text.decode("ascii")


def decode_runs(text: str) -> list[int]:
    """Read COCO's compressed text back into run lengths."""
    runs: list[int] = []
    number, shift = 0, 0
    for byte in text.encode("ascii"):
        digit = byte - 48
        number |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            if digit & 16:
                number -= 1 << shift
            runs.append(number + (runs[-2] if len(runs) > 2 else 0))
            number, shift = 0, 0
    return runs


def encode(mask: NDArray[np.bool_], offset: tuple[int, int] = (0, 0), size: tuple[int, int] | None = None) -> Rle:
    """Encode a boolean mask [h, w], which may be a crop at `offset` (x, y) of an image of `size` (height, width).

    Only the crop's own columns are visited, so that a small flaw on a large film costs little.
    """
    height, width = size or mask.shape
    x0, y0 = offset
    ys, xs = np.nonzero(mask)
    if not len(xs):
        return {"size": [height, width], "counts": encode_runs(np.array([height * width]))}
    flat = np.sort((xs.astype(np.int64) + x0) * height + ys + y0)
    breaks = np.flatnonzero(np.diff(flat) > 1)
    starts = flat[np.r_[0, breaks + 1]]
    stops = flat[np.r_[breaks, len(flat) - 1]] + 1
    edges = np.stack([starts, stops], 1).ravel()
    runs = np.diff(np.r_[0, edges, height * width])
    return {"size": [height, width], "counts": encode_runs(runs if runs[-1] else runs[:-1])}


def decode(rle: Rle) -> NDArray[np.bool_]:
    """Decode to a boolean mask [height, width]."""
    height, width = rle["size"]
    counts = rle["counts"]
    runs = decode_runs(counts) if isinstance(counts, str) else list(counts)
    if min(runs, default=0) < 0 or sum(runs) != height * width:
        raise ValueError(f"run lengths do not fill an image of {height} x {width} pixels")
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(width, height).T
