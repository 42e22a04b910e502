"""The pixels of a flaw inside its box."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.inspection.maps import Map

Value = TypeVar("Value", bound=np.generic)

Labels = NDArray[np.int32]
"""[height, width]: 0 where the field is under the mask threshold, else the number of the connected part."""

SMALLEST: Final = 4
"""Regions of a class map of fewer pixels are none."""


class Mask(NamedTuple):
    """A boolean crop without empty rows and columns around it, and the (x, y) of its first pixel in the image."""

    pixels: NDArray[np.bool_]
    offset: tuple[int, int]

    @property
    def box(self) -> NDArray[np.float32]:
        """The tight box of the pixels: left, top, right, bottom, float32 [4]."""
        (rows, columns), (x, y) = self.pixels.shape, self.offset
        return np.array([x, y, x + columns, y + rows], np.float32)

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the image that the crop is of."""
        (rows, columns), (x, y) = self.pixels.shape, self.offset
        return slice(y, y + rows), slice(x, x + columns)

    def values(self, image: NDArray[Value]) -> NDArray[Value]:
        """What an image [height, width] holds on the flaw's pixels, [pixels]."""
        return image[self.window][self.pixels]


def label(probability: Map, threshold: float) -> tuple[Labels, NDArray[np.int32]]:
    """Number the parts of the field over the threshold, and give (x, y, width, height, area) of each, by number."""
    return label_parts(probability >= threshold)


def label_parts(pixels: NDArray[np.bool_]) -> tuple[Labels, NDArray[np.int32]]:
    """Number the connected parts of some pixels [height, width], and give (x, y, width, height, area) of each."""
    over = pixels.view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(over, connectivity=8, ltype=cv2.CV_32S)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def regions_of(pixels: NDArray[np.bool_], least: int = SMALLEST) -> Iterator[Mask]:
    """The connected parts of some pixels [height, width], such as a class map's of one class, of `least` and more."""
    labels, stats = label_parts(pixels)
    for number, (x, y, width, height, area) in enumerate(stats.tolist()):
        if number and area >= least:
            yield Mask(labels[y : y + height, x : x + width] == number, (x, y))


def box_mask(box: NDArray[np.float32], probability: Map, labels: Labels, margin: float) -> Mask:
    """The mask of a box (left, top, right, bottom).

    It is what lies over the mask threshold in the box, widened by `margin` of its longer side, of those parts that
    touch the inner half of the box. Where nothing does, it is the part about the box's highest field value that keeps
    half of that value: a faint flaw has a mask too.
    """
    left, top, right, bottom = box.tolist()
    inner = _window(labels, box, -0.25 * (right - left), -0.25 * (bottom - top))
    numbers = np.unique(labels[inner])
    numbers = numbers[numbers > 0]
    if numbers.size:
        reach = margin * max(right - left, bottom - top)
        rows, columns = _window(labels, box, reach, reach)
        pixels = np.isin(labels[rows, columns], numbers)
    else:
        rows, columns = _window(labels, box, 0, 0)
        pixels = _peak(probability[rows, columns])
    return trim(pixels, (columns.start, rows.start))


def trim(pixels: NDArray[np.bool_], offset: tuple[int, int]) -> Mask:
    """The mask without empty rows and columns around it."""
    rows = np.flatnonzero(pixels.any(1))
    columns = np.flatnonzero(pixels.any(0))
    crop = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Mask(crop.copy(), (offset[0] + int(columns[0]), offset[1] + int(rows[0])))


def without(mask: Mask, others: Iterable[Mask]) -> Mask | None:
    """The mask less the pixels of others; None where nothing is left."""
    pixels = mask.pixels.copy()
    (height, width), (x, y) = pixels.shape, mask.offset
    for other in others:
        rows, columns = np.nonzero(other.pixels)
        rows, columns = rows + other.offset[1] - y, columns + other.offset[0] - x
        on_it = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        pixels[rows[on_it], columns[on_it]] = False
    return trim(pixels, mask.offset) if pixels.any() else None


def _window(labels: Labels, box: NDArray[np.float32], wider: float, taller: float) -> tuple[slice, slice]:
    """Rows and columns of the image that the box touches, at least one each."""
    height, width = labels.shape
    left, top, right, bottom = box.tolist()
    return _span(top - taller, bottom + taller, height), _span(left - wider, right + wider, width)


def _span(low: float, high: float, side: int) -> slice:
    start = min(max(int(np.floor(low)), 0), side - 1)
    return slice(start, min(max(int(np.ceil(high)), start + 1), side))


def _peak(probability: Map) -> NDArray[np.bool_]:
    over = probability >= 0.5 * probability.max()
    _, parts = cv2.connectedComponents(over.astype(np.uint8), connectivity=8)
    return np.asarray(parts == parts.ravel()[probability.argmax()], np.bool_)


def without_rare(class_map: NDArray[np.uint8], fewest: int) -> NDArray[np.uint8]:
    """A class map [H, W] without the classes that have fewer than so many pixels; these become 0, sound metal."""
    rare = np.bincount(class_map.ravel(), minlength=256) < fewest
    return np.where(rare[class_map], np.uint8(0), class_map)


def without_absent(class_map: NDArray[np.uint8], scores: NDArray[np.float32], least: float) -> NDArray[np.uint8]:
    """A class map [H, W] without the classes that are less surely on the image; these become 0, sound metal.

    Args:
        class_map: 0 sound, k + 1 class k.
        scores: image score of each class, [classes].
        least: image score from which a class is on the image.
    """
    kept = np.concatenate([[True], scores >= least])
    return np.where(kept[class_map], class_map, np.uint8(0))
