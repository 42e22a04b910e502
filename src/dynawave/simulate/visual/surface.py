"""The surface that is lit: height, colour and shine, and patches cut to it."""

from dataclasses import dataclass

import numpy as np

from dynawave.simulate.picture import Mask
from dynawave.simulate.records import Array
from dynawave.simulate.visual.blemishes import EDGE, Blemish

Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Surface:
    """A surface, changed in place.

    Attributes:
        height: mm, [height, width].
        colour: reflectance, [height, width, 3].
        shine: share of mirror-like reflection, 0 to 1, [height, width].
    """

    height: Array
    colour: Array
    shine: Array


def window(patch: Array, x: float, y: float, shape: tuple[int, ...]) -> tuple[Window, Array] | None:
    """Where a patch with its middle at (x, y) lies on a picture of `shape`, and its part there; None when beside it."""
    top, left = round(y) - patch.shape[0] // 2, round(x) - patch.shape[1] // 2
    y0, x0, y1, x1 = (
        max(top, 0),
        max(left, 0),
        min(top + patch.shape[0], shape[0]),
        min(left + patch.shape[1], shape[1]),
    )
    if y1 <= y0 or x1 <= x0:
        return None
    return (slice(y0, y1), slice(x0, x1)), patch[y0 - top : y1 - top, x0 - left : x1 - left]


def carve(height: Array, molten: Array, shade: Array, blemish: Blemish) -> Mask | None:
    """Make a flaw in the height map (mm), the share of weld metal and the shade of the colour, all [height, width].

    Returns:
        Its mask, boolean [height, width]; None when nothing of it lies on the picture.
    """
    cut = window(np.asarray(blemish.relief), blemish.x, blemish.y, height.shape)
    if cut is None:
        return None
    where, part = cut
    depth = np.abs(part) / np.abs(blemish.relief).max()
    height[where] += part
    if blemish.molten:
        molten[where] = np.maximum(molten[where], np.minimum(depth / 0.15, 1))
    shade[where] *= 1 - (1 - blemish.dark) * np.minimum(2 * depth, 1)
    mask: Mask = np.zeros(height.shape, np.bool_)
    mask[where] = depth > EDGE
    return mask if mask.any() else None
