"""From dense maps to detections: boxes of the cells, masks of the field, and long flaws as one.

Long flaws: a crack of 2000 px reaches further than the network can see, so its cells call many boxes, each as long as
they can see. Its field, though, is one connected part; that part becomes the indication and takes these boxes in.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dynawave.inspection.boxes import cell_scores, common_areas, find_boxes
from dynawave.inspection.maps import CELL_STRIDE, DenseMaps, Map
from dynawave.inspection.masks import Labels, Mask, box_mask, label, trim, without
from dynawave.inspection.settings import DecodeSettings

EDGE_PX: Final = 2
"""Pixels over which the field falls off at a flaw's edge: a cell of the field."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A flaw in pixels of the film.

    Attributes:
        class_index: place of its class among the model's classes.
        class_score: how sure this class is, given that there is a flaw, 0-1.
        score: how sure the flaw is, 0-1.
        box: left, top, right, bottom, float32 [4].
        spread: standard deviation of these, float32 [4].
        mask: its pixels, at least one.
        cnr: contrast over the film's grain, once measured.
    """

    class_index: int
    class_score: float
    score: float
    box: NDArray[np.float32]
    spread: NDArray[np.float32]
    mask: Mask
    cnr: float | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """A flaw about a connected part of the field over the join threshold: the part's number, and the flaw's pixels."""

    number: int
    mask: Mask


def decode(maps: DenseMaps, probability: Map, settings: DecodeSettings) -> list[Detection]:
    """Detections by falling score.

    Args:
        maps: of the whole film.
        probability: `maps.probability()`.
        settings: every constant.
    """
    scores = cell_scores(maps, settings)
    boxes = find_boxes(maps, scores, settings)
    labels, _ = label(probability, settings.mask_threshold)
    found = []
    for i, (score, kind) in enumerate(zip(boxes.scores.tolist(), boxes.kinds.tolist(), strict=True)):
        mask = box_mask(boxes.sides[i], probability, labels, settings.mask_margin)
        tempered = _tempered(score, mask, probability, settings)
        if tempered >= settings.score_threshold:
            # the score of a box of one class is for that class: nothing is left to ask
            named, sure = _kind(maps, mask) if kind < 0 else (kind, 1.0)
            found.append(Detection(named, sure, tempered, boxes.sides[i], boxes.spread[i], mask))
    joined, stats = label(probability, max(settings.join_threshold, settings.mask_threshold))
    for part in _long_parts(stats, probability, settings):
        found = _settle(part, found, _from_part(part, maps, scores, probability, settings), joined, settings)
    return sorted(found, key=lambda flaw: -flaw.score)[: settings.max_indications]


def _tempered(score: float, mask: Mask, probability: Map, settings: DecodeSettings) -> float:
    """A score tempered by the mean of the field on the mask: boxes and pixels have to agree."""
    return float(score * mask.values(probability).mean() ** settings.field_power)


def _long_parts(stats: NDArray[np.int32], probability: Map, settings: DecodeSettings) -> list[_Part]:
    """Long flaws: what lies over the mask threshold about a long part, no further out than its edge may blur."""
    parts = []
    for number in np.flatnonzero(stats[:, 2:4].max(1) > settings.long_px).tolist():
        if number == 0:  # what is under the threshold
            continue
        x, y, width, height = stats[number, :4].tolist()
        left, top = max(x - EDGE_PX, 0), max(y - EDGE_PX, 0)
        window = probability[top : y + height + EDGE_PX, left : x + width + EDGE_PX]
        parts.append(_Part(number, trim(window >= settings.mask_threshold, (left, top))))
    return parts


def _from_part(part: _Part, maps: DenseMaps, scores: Map, probability: Map, settings: DecodeSettings) -> Detection:
    """A part as a detection: the best score of its cells, tempered like any other."""
    rows, columns = _cells(part.mask)
    score = _tempered(float(scores[rows, columns].max()), part.mask, probability, settings)
    spread = maps.spread[:, rows, columns].mean(1)
    return Detection(*_kind(maps, part.mask), score, part.mask.box, spread, part.mask)


def _cells(mask: Mask) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the cells that a mask's pixels lie in, one for each pixel."""
    pixels, (x, y) = mask
    rows, columns = np.nonzero(pixels)
    return (rows + y) // CELL_STRIDE, (columns + x) // CELL_STRIDE


def _kind(maps: DenseMaps, mask: Mask) -> tuple[int, float]:
    """The class of a flaw, and how sure it is: what its region says as a whole (6), not a single cell."""
    rows, columns = _cells(mask)
    kinds = maps.scores[:, rows, columns].sum(1)
    index = int(kinds.argmax())
    return index, float(kinds[index] / max(kinds.sum(), 1e-9))


def _settle(
    part: _Part, found: list[Detection], whole: Detection, labels: Labels, settings: DecodeSettings
) -> list[Detection]:
    """What is found once a long part is one flaw: the surest box that covers it, else `whole`.

    All else on it goes, but for sure boxes of small flaws: pores of a cluster, whose field is one connected part, too.
    Their pixels are theirs, so that no area counts twice.
    """
    sides = np.array([flaw.box for flaw in found], np.float32).reshape(-1, 4)
    box = part.mask.box
    common = common_areas(box, sides)
    on_part = {
        i
        for i in np.flatnonzero(common > 0).tolist()
        if np.mean(found[i].mask.values(labels) == part.number) >= settings.fragment_on_part
    }
    own = {i for i in on_part if _of_its_own(found[i], settings)}
    on_part -= own
    enough = settings.whole_share * (box[2:] - box[:2]).prod()
    covering = [found[i] for i in on_part if common[i] >= enough]
    if not covering and whole.score < settings.score_threshold:
        return found
    others = [flaw for i, flaw in enumerate(found) if i not in on_part]
    one = max(covering, key=lambda flaw: flaw.score, default=whole)
    left = without(one.mask, [found[i].mask for i in own])
    return [*others, replace(one, mask=left)] if left else others


def _of_its_own(flaw: Detection, settings: DecodeSettings) -> bool:
    return flaw.score >= settings.own_score and float((flaw.box[2:] - flaw.box[:2]).max()) <= settings.own_px
