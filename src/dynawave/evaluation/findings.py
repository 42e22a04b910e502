"""Every flaw with the call that found it, and every call with whether it is true: what later measures are made of.

A call hits a flaw by place alone (`dynawave.evaluation.detection`), whatever class it names: an inspector is led to the
place, and looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.evaluation.calls import Call
from dynawave.evaluation.detection import as_boxes, box_iou, hit_by_place
from dynawave.evaluation.film import Film, flaws_of

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Flaw:
    """A flaw of the set and what was found of it.

    Attributes:
        image: place of its image in the set.
        box: (x, y, width, height) in pixels.
        kind: its class.
        length_px: longest extent of its mask in pixels.
        length_mm: its length as annotated, else that of its mask; None without a pixel size.
        width_mm: as length.
        cnr: contrast-to-noise ratio.
        score: of the surest call that hits it; 0 without one.
        called: class that this call names; empty without one.
        found_length_mm: length by the surest call that stands for this flaw alone, or None.
        found_width_mm: as length.
    """

    image: int
    box: Box
    kind: str
    length_px: float
    length_mm: float | None
    width_mm: float | None
    cnr: float
    score: float
    called: str
    found_length_mm: float | None
    found_width_mm: float | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A call: place of its image in the set, box, score, class, and whether it hits any flaw."""

    image: int
    box: Box
    score: float
    kind: str
    true: bool


def list_flaws(dataset: CocoDataset, films: Sequence[Film]) -> list[Flaw]:
    """The flaws of all films, in the order of `dynawave.evaluation.detection.Matches.flaws`."""
    return [
        flaw
        for place, (image, film) in enumerate(zip(dataset.images, films, strict=True))
        for flaw in _flaws(dataset, image, film, place)
    ]


def list_claims(dataset: CocoDataset, films: Sequence[Film]) -> list[Claim]:
    """The calls of all films."""
    claims = []
    for place, (image, film) in enumerate(zip(dataset.images, films, strict=True)):
        flaws = as_boxes([flaw.bbox for flaw in flaws_of(dataset, image)])
        hits = hit_by_place(as_boxes([call.box for call in film.calls]), flaws)
        pairs = zip(film.calls, hits, strict=True)
        claims += [Claim(place, call.box, call.score, call.name, bool(hit.any())) for call, hit in pairs]
    return claims


def _flaws(dataset: CocoDataset, image: CocoImage, film: Film, place: int) -> list[Flaw]:
    annotations, pixel = flaws_of(dataset, image), image.pixel_size_mm
    flaws, calls = as_boxes([a.bbox for a in annotations]), as_boxes([call.box for call in film.calls])
    hits = hit_by_place(calls, flaws)
    # a call over several flaws is the size of none but, at best, the one that it fits best
    alone = hits & (np.arange(len(flaws)) == _best_fit(calls, flaws)[:, None])
    found = []
    for k, (flaw, (length, width)) in enumerate(zip(annotations, film.sizes, strict=True)):
        hit, own = _surest(film.calls, hits[:, k]), _surest(film.calls, alone[:, k])
        sized = own.size_px if own and pixel else None
        found.append(
            Flaw(
                image=place,
                box=flaw.bbox,
                kind=dataset.categories[dataset.class_index[flaw.category_id]].name,
                length_px=length,
                length_mm=flaw.length_mm or (length * pixel if pixel else None),
                width_mm=flaw.width_mm or (width * pixel if pixel else None),
                cnr=film.contrasts[k],
                score=hit.score if hit else 0.0,
                called=hit.name if hit else "",
                found_length_mm=sized[0] * pixel if sized and pixel else None,
                found_width_mm=sized[1] * pixel if sized and pixel else None,
            )
        )
    return found


def _best_fit(calls: NDArray[np.float64], flaws: NDArray[np.float64]) -> NDArray[np.intp]:
    """The flaw that each call overlaps most, [calls]."""
    if not len(flaws):
        return np.full(len(calls), -1)
    return np.asarray(box_iou(calls, flaws).argmax(1))


def _surest(calls: Sequence[Call], which: NDArray[np.bool_]) -> Call | None:
    chosen = [calls[k] for k in np.flatnonzero(which).tolist()]
    return max(chosen, key=lambda call: call.score, default=None)
