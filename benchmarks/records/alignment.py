"""Do the records lie where we put them? Agreement against the place assumed for the zero mark, for the same films.

Nothing is chosen by it: the zero mark stays where the films say it is. Whatever marks flaws on the films - outlines
drawn by others, or a network's calls - must agree best with the records at no shift, in the direction assumed, at the
scale assumed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.records.cells import Marks, Values, cell_scores, cells_of, recorded_cells, union
from benchmarks.records.inspections import Call
from benchmarks.records.measures import place_auc
from benchmarks.records.seams import Seam, seam_of
from benchmarks.records.truth import Flaw
from dynawave.datasets.gdxray import read_gdxray
from dynawave.images.normalise import Grey, to_grey
from dynawave.images.read import read_image

SHIFTS: Final = (-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)
"""Cells by which the marks are moved along the seam, round its ends."""
SCALES: Final = (0.8, 0.9, 1.0, 1.1, 1.2)
COARSE: Final = 8


@dataclass(frozen=True, slots=True)
class Placed:
    """Marks on one film: their extents in cells [calls, 2] and scores [calls]; and which cells are recorded."""

    recorded: Marks
    extents: Values
    scores: Values


Move = Callable[[Values, int], Values]


def placed(seam: Seam, flaws: Sequence[Flaw], calls: Sequence[Call]) -> Placed:
    """The calls on a film's seam."""
    on_seam = [call for call in calls if seam.holds(call.box)]
    extents = np.array([seam.extent(call.box) for call in on_seam], np.float64).reshape(-1, 2)
    beyond = np.maximum(
        extents.mean(1, keepdims=True) - (seam.cells - 1e-6), 0
    )  # on the scrap after the last whole cell
    recorded = union(recorded_cells(flaws, seam.cells), seam.cells)
    return Placed(recorded, extents - beyond, np.array([call.score for call in on_seam], np.float64))


def agreement(films: Sequence[Placed], move: Move) -> float:
    """`place_auc` of the marks, their extents moved by a function of extents and number of cells."""
    recorded = [film.recorded for film in films]
    scores = []
    for film in films:
        count = len(film.recorded)
        extents = move(film.extents, count)
        around = extents - count * np.floor(extents.mean(1, keepdims=True) / count)
        scores.append(cell_scores(cells_of(around, count), film.scores))
    return place_auc(recorded, scores)


def by_shift(films: Sequence[Placed]) -> dict[float, float]:
    """Agreement at each of `SHIFTS`."""
    return {shift: agreement(films, lambda extents, _, by=shift: extents + by) for shift in SHIFTS}  # type: ignore[misc]


def by_scale(films: Sequence[Placed]) -> dict[float, float]:
    """Agreement with cells longer or shorter by each of `SCALES`."""
    return {scale: agreement(films, lambda extents, _, by=scale: extents * by) for scale in SCALES}  # type: ignore[misc]


def reversed_direction(films: Sequence[Placed]) -> float:
    """Agreement if the records counted from the other end."""
    return agreement(films, lambda extents, count: count - extents[:, ::-1])


def outlined(root: Path, records: dict[str, list[Flaw]]) -> list[Placed]:
    """The flaws outlined by GDXray's authors in W0001, where the whole film is there, the larger the better a mark."""
    dataset, found = read_gdxray(root), []
    for image in dataset.images:
        film = root / "W0003" / f"{image.group}.png"
        if image.group not in records or not film.is_file():
            continue
        left, top = crop_offset(to_grey(read_image(film).pixels), to_grey(read_image(dataset.path(image)).pixels))
        calls = []
        for annotation in dataset.annotations_of(image):
            x, y, width, height = annotation.bbox
            calls.append(Call((x + left, y + top, width, height), annotation.area, None))
        found.append(placed(seam_of(image.group), records[image.group], calls))
    return found


def crop_offset(whole: Grey, crop: Grey) -> tuple[int, int]:
    """Column and row of a film at which a crop of it begins, to `COARSE` pixels."""
    factor = 1 / COARSE
    film, part = (cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) for grey in (whole, crop))
    rows, columns = (min(sides) for sides in zip(film.shape, part.shape, strict=True))
    match = cv2.matchTemplate(film, part[:rows, :columns], cv2.TM_CCOEFF_NORMED)
    row, column = np.unravel_index(match.argmax(), match.shape)
    return int(column) * COARSE, int(row) * COARSE
