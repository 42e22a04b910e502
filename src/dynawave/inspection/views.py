"""How a picture is put before the network: enlarged, and mirrored; and how what is found comes back to the picture."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.inspection.decode import Detection
from dynawave.inspection.maps import Map
from dynawave.inspection.masks import Mask, trim
from dynawave.inspection.runtime import Maps
from dynawave.records import WeldImage

Run = Callable[[Map], Maps]

Number = TypeVar("Number", np.float32, np.uint8)

MIRRORS: Final[tuple[tuple[int, ...], ...]] = ((), (3,), (2,), (2, 3))
"""Axes of [N, C, H, W] that the four views are mirrored along."""

_SIDES: Final = {3: (2, 1, 0, 3), 2: (0, 3, 2, 1)}
"""What left, top, right and bottom are called when an axis is mirrored."""

_TURNED: Final = (1, 0, 3, 2)
"""What they are called when rows and columns change places."""

_OF_SIDES: Final = ("boxes", "spread")
"""Maps of left, top, right and bottom."""


def mirrored(run: Run, turned: bool = False) -> Run:
    """The mean of what a network says of a tile [1, 3, H, W] and of its three mirror images.

    With `turned`, of the four with rows and columns changed, too: all eight ways to lay a picture down.
    """

    def run_all(tile: Map) -> Maps:
        said = _of_mirrors(run, tile)
        if not turned:
            return said
        other = _of_mirrors(run, np.swapaxes(tile, 2, 3))
        return {name: np.float32(0.5) * (values + _turned(name, other[name])) for name, values in said.items()}

    return run_all


def _of_mirrors(run: Run, tile: Map) -> Maps:
    views = run(np.concatenate([np.flip(tile, axes) for axes in MIRRORS]))
    return {name: _mean(name, values) for name, values in views.items()}


def _mean(name: str, views: Map) -> Map:
    if views.ndim < 4:
        return np.asarray(views.mean(0, keepdims=True), np.float32)
    back = []
    for view, axes in zip(views[:, None], MIRRORS, strict=True):
        flipped = np.flip(view, axes)
        for axis in axes if name in _OF_SIDES else ():
            flipped = flipped[:, _SIDES[axis]]
        back.append(flipped)
    return np.asarray(np.mean(back, 0), np.float32)


def _turned(name: str, values: Map) -> Map:
    if values.ndim < 4:
        return values
    turned = np.swapaxes(values, 2, 3)
    return turned[:, _TURNED] if name in _OF_SIDES else turned


def enlarge(image: WeldImage, scale: float) -> WeldImage:
    """The picture at `scale` times its size."""
    if scale == 1:
        return image
    pixels = image.pixels if image.pixels.dtype in (np.uint8, np.uint16) else image.pixels.astype(np.float32)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    way = cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA
    return replace(image, pixels=cv2.resize(pixels, size, interpolation=way))


def resized(values: NDArray[Number], image: WeldImage, interpolation: int) -> NDArray[Number]:
    """A map of the enlarged picture at the picture's own size; the map itself where it has it already."""
    if values.shape == (image.height, image.width):
        return values
    raised = cv2.resize(values, (image.width, image.height), interpolation=interpolation)
    return np.asarray(raised, values.dtype)


def bring_back(flaw: Detection, image: WeldImage, scale: float) -> Detection:
    """A flaw of the enlarged picture in pixels of the picture itself."""
    if scale == 1:
        return flaw
    limit = np.array([image.width, image.height] * 2, np.float32)
    box = np.clip(flaw.box / scale, 0, limit)
    return replace(flaw, box=box, spread=flaw.spread / scale, mask=_mask_back(flaw.mask, image, scale))


def _mask_back(mask: Mask, image: WeldImage, scale: float) -> Mask:
    """Pixels at least half covered, or else the one that is covered most."""
    rows, columns = mask.pixels.shape
    x, y = mask.offset
    left, top = min(int(x / scale), image.width - 1), min(int(y / scale), image.height - 1)
    width = min(int(np.ceil((x + columns) / scale)), image.width) - left
    height = min(int(np.ceil((y + rows) / scale)), image.height) - top
    # pixel i of the picture has its centre at (i + 0.5) * scale - 0.5 of the enlarged one
    shift = [(start + 0.5) * scale - 0.5 - offset for start, offset in ((left, x), (top, y))]
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    soft = cv2.blur(mask.pixels.astype(np.float32), (max(1, int(scale)),) * 2, borderType=cv2.BORDER_CONSTANT)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    covered = np.asarray(cv2.warpAffine(soft, matrix, (max(width, 1), max(height, 1)), flags=flags), np.float32)
    return trim(covered >= min(0.5, float(covered.max())), (left, top))
