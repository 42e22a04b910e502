"""What the network should answer for a tile: boxes on cells of stride 4 and the intensity field at stride 2."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from dynawave.network.heads import FIELD_STRIDE, STRIDE

CENTRE_CELLS: Final = 1.5
"""A cell this close (in cells) to a box's centre answers for it."""

SMALLEST_PX: Final = 6
"""A flaw with fewer pixels left in the tile is no object, only part of the field."""


UNKNOWN: Final = -1
"""Class index of a flaw of which nobody knows the kind."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Targets of one tile of H x W pixels.

    Attributes:
        field: float32 [1, H/2, W/2], the share of each cell that is flaw (12).
        weight: float32 [H/4, W/4], how much a cell counts as an answer for a flaw; 0 where there is none.
        box: float32 [4, H/4, W/4], distances in pixels to the left, top, right and bottom side.
        label: int64 [H/4, W/4], class index where `weight` > 0, or `UNKNOWN`.
        pixels: uint8 [H/2, W/2], class index + 1 in the middle of each cell of the field; 0 where the metal is sound or
            the kind of flaw unknown.
        present: float32 [C], classes in the tile; -1 for those it may hold, as it has a flaw of unknown kind.
    """

    field: NDArray[np.float32]
    weight: NDArray[np.float32]
    box: NDArray[np.float32]
    label: NDArray[np.int64]
    present: NDArray[np.float32]
    pixels: NDArray[np.uint8]


def merge_touching(instances: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """One object for each 8-connected region of flaws, all of class 0: how one-class annotations are counted."""
    count, merged = cv2.connectedComponents((instances > 0).astype(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    return merged.astype(np.int32), np.zeros(count - 1, np.int64)


def make_targets(instances: NDArray[np.int32], labels: NDArray[np.int64], classes: int) -> Targets:
    """Targets from an instance map [H, W] (0 sound, k the k-th flaw) and the class index of each flaw."""
    height, width = instances.shape
    flaw = (instances > 0).astype(np.float32)
    smaller = (width // FIELD_STRIDE, height // FIELD_STRIDE)
    field = np.asarray(cv2.resize(flaw, smaller, interpolation=cv2.INTER_AREA), np.float32)
    present = np.zeros(classes, np.float32)
    rows, columns = height // STRIDE, width // STRIDE
    weight = np.zeros((rows, columns), np.float32)
    box = np.ones((4, rows, columns), np.float32)
    label = np.zeros((rows, columns), np.int64)
    cells = instances[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    for number, extent in sorted(extents(instances).items(), key=lambda item: -_box_area(item[1])):
        # small flaws are written last: where cells are shared, the smaller one keeps them
        kind = int(labels[number - 1])
        _assign(cells == number, extent, weight, box, label, kind)
        if kind == UNKNOWN:
            present[present == 0] = -1
        else:
            present[kind] = 1
    middles = instances[FIELD_STRIDE // 2 :: FIELD_STRIDE, FIELD_STRIDE // 2 :: FIELD_STRIDE]
    pixels = np.concatenate([[0], labels + 1])[middles].astype(np.uint8)
    return Targets(field[None], weight, box, label, present, pixels)


Extent = tuple[int, int, int, int]


def extents(instances: NDArray[np.int32]) -> dict[int, Extent]:
    """Box (left, top, right, bottom), ends excluded, of each flaw that is large enough."""
    areas = np.bincount(instances.ravel())
    return {
        number: (window[1].start, window[0].start, window[1].stop, window[0].stop)
        for number, window in enumerate(find_objects(instances), 1)
        if window is not None and areas[number] >= SMALLEST_PX
    }


def _box_area(extent: Extent) -> int:
    return (extent[2] - extent[0]) * (extent[3] - extent[1])


def _assign(
    on_flaw: NDArray[np.bool_],
    extent: Extent,
    weight: NDArray[np.float32],
    box: NDArray[np.float32],
    label: NDArray[np.int64],
    flaw_class: int,
) -> None:
    """Let the cells about the box's centre, and those on the flaw itself, answer for it.

    Long flaws have many cells; together they weigh like a few, so that one crack does not outweigh ten pores.
    """
    left, top, right, bottom = extent
    rows, columns = weight.shape
    ys = (np.arange(rows) + 0.5) * STRIDE
    xs = (np.arange(columns) + 0.5) * STRIDE
    reach = CENTRE_CELLS * STRIDE
    centre_x, centre_y = (left + right) / 2, (top + bottom) / 2
    near = (np.abs(ys - centre_y) < reach)[:, None] & (np.abs(xs - centre_x) < reach)[None]
    inside = ((ys > top) & (ys < bottom))[:, None] & ((xs > left) & (xs < right))[None]
    chosen = (near & inside) | on_flaw
    if not chosen.any():  # a flaw smaller than a cell: the cell that its centre lies in
        chosen[min(int(centre_y / STRIDE), rows - 1), min(int(centre_x / STRIDE), columns - 1)] = True
    y, x = np.nonzero(chosen)
    weight[y, x] = min(1.0, 9 / len(y)) ** 0.5
    box[:, y, x] = np.maximum(np.stack([xs[x] - left, ys[y] - top, right - xs[x], bottom - ys[y]]), 0.5)
    label[y, x] = flaw_class
