"""Films cut into pieces of one size about their seam, real and simulated alike, so that both meet the same measures."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoDataset, CocoImage, load_coco
from dynawave.datasets.gdxray import read_gdxray
from dynawave.datasets.raster import instance_map
from dynawave.images.normalise import Grey, to_grey
from dynawave.images.read import read_image

LENGTH: Final = 1400
BREADTH: Final = 640
"""Pixels of a piece along and across the seam; those of a film of `dynawave simulate`."""
NARROWEST: Final = 60
"""Least breadth of a bead in pixels."""
CLEAR: Final = 0.5
"""Least share of the grey profile's variance that the bead explains."""
COARSE: Final = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a film with its seam along the rows.

    Attributes:
        film: the whole film that it was cut from.
        grey: whole numbers 0-255 as float32 [height, width].
        band: first row of the bead and the row after its last.
        flaws: outlined pixels, boolean [height, width]; None where nobody has outlined any.
    """

    film: str
    grey: Grey
    band: tuple[int, int]
    flaws: NDArray[np.bool_] | None


def real_pieces(root: Path) -> list[Piece]:
    """Pieces of each film under a GDXray root: as it was cut and outlined in W0001, else as it is in W0003."""
    outlined = read_gdxray(root)
    seen = {image.group for image in outlined.images}
    bare = read_gdxray(root / "W0003")
    others = bare.subset(tuple(image for image in bare.images if image.group not in seen))
    return [*_pieces(outlined, outlined.images, True), *_pieces(others, others.images, False)]


def simulated_pieces(folder: Path, count: int, one_metal: bool = False) -> list[Piece]:
    """Pieces of the first `count` films of a set of `dynawave simulate`; if asked, of welds of one base metal alone."""
    dataset = load_coco(folder)
    images = tuple(image for image in dataset.images[:count] if not (one_metal and is_dissimilar(image)))
    return list(_pieces(dataset, images, True))


def is_dissimilar(image: CocoImage) -> bool:
    """Whether two base metals are joined on it."""
    return image.context is not None and len(set(image.context.base_metals)) > 1


def _pieces(dataset: CocoDataset, images: tuple[CocoImage, ...], outlined: bool) -> Iterator[Piece]:
    """The pieces of the images that show a bead along their rows; others (T joints, upright seams) are left out."""
    for image in images:
        grey = eight_bits(read_image(dataset.path(image)).pixels)
        flaws = instance_map(dataset, image)[0] > 0 if outlined else None
        for left in range(0, max(image.width - LENGTH, 0) + 1, LENGTH):
            part = grey[:, left : left + LENGTH]
            if (band := find_bead(part)) is None:
                continue
            top = int(np.clip(sum(band) // 2 - BREADTH // 2, 0, max(len(part) - BREADTH, 0)))
            rows, columns = slice(top, top + BREADTH), slice(left, left + LENGTH)
            cut = np.ascontiguousarray(grey[rows, columns])
            inside = max(band[0] - top, 0), min(band[1] - top, len(cut))
            yield Piece(image.group, cut, inside, None if flaws is None else flaws[rows, columns])


def eight_bits(pixels: NDArray[np.integer]) -> Grey:
    """Grey values rounded to 8 bits, the depth of the real films, so that rounding tells nothing."""
    grey = to_grey(pixels)
    return np.rint(grey / 257) if pixels.dtype == np.uint16 else grey


def find_bead(grey: Grey) -> tuple[int, int] | None:
    """First row of the bead and the row after its last, or None where no bright band lies along the rows.

    The bead is the band that explains most of the variance of the grey profile across, at most `BREADTH` broad and
    with darker plate on either side.
    """
    small = cv2.resize(grey, None, fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA)
    down, across = (_brightest_band(np.median(small, axis)) for axis in (1, 0))
    plate_beside = down.start > 0 and down.stop < len(small)
    if not plate_beside or down.share < CLEAR or down.variance < across.variance:
        return None
    return down.start * COARSE, down.stop * COARSE


@dataclass(frozen=True, slots=True)
class _Band:
    start: int
    stop: int
    variance: float
    share: float


def _brightest_band(profile: NDArray[np.floating]) -> _Band:
    """The bright band [start, stop) whose two-level profile lies nearest to this one."""
    count = len(profile)
    sums = np.concatenate([[0], np.cumsum(profile - profile.mean())])
    start, stop = np.triu_indices(count + 1, NARROWEST // COARSE)
    fits = (stop - start <= BREADTH // COARSE) & (stop - start < count)
    start, stop = start[fits], stop[fits]
    within, length = sums[stop] - sums[start], stop - start
    # the profile has no mean, so what is within is missing outside
    variance = np.where(within > 0, within**2 / length + within**2 / (count - length), 0) / count
    best = int(variance.argmax())
    share = variance[best] / max(float(profile.var()), 1e-9)
    return _Band(int(start[best]), int(stop[best]), float(variance[best]), float(share))
