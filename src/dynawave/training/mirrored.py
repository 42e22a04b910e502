"""Flaws on tiles that reach beyond their film, where `augment.warp` mirrors it: what is seen twice is two objects."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def copies(to_film: NDArray[np.float64], size: int, film: tuple[int, int]) -> NDArray[np.int64]:
    """Which of the mirrored copies of a film each pixel of a square tile shows, as numbers without a meaning.

    Args:
        to_film: affine map [2, 3] from tile to film pixels.
        size: of the tile.
        film: its (height, width).

    Returns:
        int64 [size, size]; 0 everywhere if the tile lies within one of them.
    """
    corners = np.array([0, size - 1])
    if not _shown(to_film, corners, film).any():  # a copy is convex: a tile lies on it if its corners do
        return np.zeros((size, size), np.int64)
    return _shown(to_film, np.arange(size), film)


def _shown(to_film: NDArray[np.float64], at: NDArray[np.int64], film: tuple[int, int]) -> NDArray[np.int64]:
    """`copies` of the pixels in the rows `at` and the columns `at` of a tile."""
    y, x = np.meshgrid(at, at, indexing="ij")
    across, down = to_film @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    rows, columns = _copies(down, film[0]), _copies(across, film[1])
    return np.asarray(rows * (columns.max() + 1) + columns).reshape(x.shape)


def _copies(position: NDArray[np.float64], length: int) -> NDArray[np.int64]:
    """Of positions on a row of so many pixels, from 0 on; a row is mirrored in the middle of its last pixel."""
    pixel, period = np.rint(position), max(length - 1, 1)
    beyond = np.where(pixel < 0, np.floor(pixel / period), np.maximum(np.ceil(pixel / period) - 1, 0)).astype(np.int64)
    return np.asarray(beyond - beyond.min())


def each_on_its_own(
    instances: NDArray[np.int32], labels: NDArray[np.int64], copy: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """A number for each image of a flaw, so that no box spans a flaw and its mirror image with sound metal between.

    A flaw that touches its mirror image is one object with it: nothing shows where the film ended. Parts of a flaw on
    one copy of the film stay one object, connected or not.

    Args:
        instances: int32 [H, W], 0 sound, k the k-th flaw.
        labels: class index of each flaw.
        copy: int64 [H, W], see `copies`.

    Returns:
        The instance map and the class index of each instance.
    """
    if not copy.any() or not len(labels):
        return instances, labels
    numbered, known = np.zeros_like(instances), [np.zeros(0, np.int64)]
    count = 0
    for number, window in enumerate(find_objects(instances), 1):
        if window is None:
            continue
        mine = instances[window] == number
        found, part = _objects(mine, copy[window][mine])
        numbered[window][mine] = count + 1 + part
        known.append(np.full(found, labels[number - 1]))
        count += found
    return numbered, np.concatenate(known)


def _objects(mask: NDArray[np.bool_], copy: NDArray[np.int64]) -> tuple[int, NDArray[Any]]:
    """How many objects a mask is, and to which of them each of its pixels belongs; `copy` is that of these pixels."""
    if (copy == copy[0]).all():
        return 1, np.zeros(len(copy), np.int64)
    count, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    part = parts[mask]
    nodes = count + int(copy.max()) + 1
    links = coo_array((np.ones(len(part), np.int8), (part, count + copy)), shape=(nodes, nodes))
    group = connected_components(links, directed=False)[1]
    numbers, which = np.unique(group[part], return_inverse=True)
    return len(numbers), which
