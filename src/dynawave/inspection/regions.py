"""The connected regions of the class map as detections: where pixels are what a model was taught, they say the most."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.inspection.decode import Detection
from dynawave.inspection.maps import CELL_STRIDE, DenseMaps, Map
from dynawave.inspection.masks import SMALLEST, Mask, label_parts, regions_of, trim
from dynawave.inspection.settings import DecodeSettings

CORE_SHARE: Final = 0.1
"""Share of a region from which a part that is surely of one flaw is the core of one."""


def called_regions(
    class_map: NDArray[np.uint8], field: Map, maps: DenseMaps, scale: float, settings: DecodeSettings
) -> list[Detection]:
    """Detections by falling score: the regions of each class, flaws side by side apart, with their tight boxes.

    A region is scored by the mean of the field on it. That ranks better than the field's maximum, than the best cell's
    score, and than products of these.

    Args:
        class_map: of the picture, 0 sound, k + 1 class k [height, width].
        field: flaw intensity 0-1 of the picture, [height, width].
        maps: of the picture as it is shown to the network.
        scale: how much larger that is.
        settings: `score_threshold`, `join_threshold` and `max_indications` are heeded.
    """
    found = []
    for number in np.unique(class_map[class_map > 0]).tolist():
        for region in regions_of(class_map == number):
            for mask in _apart(region, field, settings.join_threshold):
                score = float(mask.values(field).mean())
                if score >= settings.score_threshold:
                    found.append(_detection(number - 1, score, mask, maps, scale))
    return sorted(found, key=lambda flaw: -flaw.score)[: settings.max_indications]


def _apart(region: Mask, field: Map, threshold: float) -> Iterator[Mask]:
    """A region, or the flaws that doubtful pixels join to it: every pixel is of the core that is nearest to it.

    A core is a connected part over the threshold. Small ones are none: a flaw's own field is uneven, too.
    """
    labels, stats = label_parts(region.pixels & (field[region.window] >= threshold))
    least = max(SMALLEST, CORE_SHARE * np.count_nonzero(region.pixels))
    cores = [number for number in range(1, len(stats)) if stats[number, 4] >= least]
    if len(cores) < 2:
        yield region
        return
    core = np.isin(labels, cores)
    away, by_pixel = (~core).astype(np.uint8), cv2.DIST_LABEL_PIXEL
    nearest = np.asarray(cv2.distanceTransformWithLabels(away, cv2.DIST_L2, 5, labelType=by_pixel)[1])
    owner = np.zeros(nearest.max() + 1, np.int32)
    owner[nearest[core]] = labels[core]
    for number in cores:
        yield trim(region.pixels & (owner[nearest] == number), region.offset)


def _detection(kind: int, score: float, mask: Mask, maps: DenseMaps, scale: float) -> Detection:
    """A region with what the cells under it say of its class and of its sides."""
    rows, columns = np.nonzero(mask.pixels)
    x, y = mask.offset
    under = (_cells(rows + y, maps.iou.shape[0], scale), _cells(columns + x, maps.iou.shape[1], scale))
    kinds = maps.scores[:, *under].sum(1)
    spread = maps.spread[:, *under].mean(1) / scale
    return Detection(kind, float(kinds[kind] / max(kinds.sum(), 1e-9)), score, mask.box, spread, mask)


def _cells(pixels: NDArray[np.intp], count: int, scale: float) -> NDArray[np.intp]:
    """Along one axis, the cells of the maps, `count` in all, that pixels of the picture lie in."""
    return np.minimum((pixels + 0.5) * scale / CELL_STRIDE, count - 1).astype(np.intp)
