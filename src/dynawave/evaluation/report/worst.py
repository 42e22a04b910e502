"""The worst cases on one sheet: the largest flaws that were missed, and the surest calls that are false."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from dynawave.evaluation.complete import Completed
from dynawave.evaluation.findings import Box, Flaw
from dynawave.images.normalise import grey_range, to_grey

COLUMNS: Final = 6
ROWS: Final = 2
"""Of missed flaws, and of false calls."""
LEAST_SIDE: Final = 96
"""Pixels of a picture's side; more for longer flaws."""
PANEL: Final = 2.0
"""Inches of a picture's side."""
CAPTION: Final = 0.45
"""Inches over it."""
ROW: Final = PANEL + CAPTION
TITLE: Final = 0.4
"""Inches over all."""


@dataclass(frozen=True, slots=True)
class Case:
    """A place on a film: the image's place in the set, the box, and what to write over it."""

    image: int
    box: Box
    title: str
    missed: bool


def worst_cases(result: Completed) -> list[Case]:
    """Missed flaws by falling length, then false calls by falling score, at the operating threshold."""
    operating = result.evaluation.operating
    threshold = operating.threshold if operating else 0.0
    missed = sorted((f for f in result.flaws if f.score < max(threshold, 1e-12)), key=lambda flaw: -flaw.length_px)
    false = sorted((c for c in result.claims if not c.true and c.score >= threshold), key=lambda call: -call.score)
    most = ROWS * COLUMNS
    return [
        *(Case(f.image, f.box, f"{f.kind}, {_length(f)}, {f.score:.2f}", True) for f in missed[:most]),
        *(Case(c.image, c.box, f"{c.kind}, {c.score:.2f}", False) for c in false[:most]),
    ]


def draw_worst(result: Completed) -> bytes | None:
    """The sheet as PNG; None where nothing was missed or falsely called."""
    cases = worst_cases(result)
    if not cases:
        return None
    missed, false = ([case for case in cases if case.missed == kind] for kind in (True, False))
    above, below = (-(-len(group) // COLUMNS) for group in (missed, false))
    height = (above + below) * ROW + TITLE
    figure = Figure((COLUMNS * PANEL, height), dpi=100)
    title = f"{result.evaluation.name}: flaws missed (above, red), calls that are false (below, blue)"
    figure.text(0.01, 1 - 0.7 * TITLE / height, title, fontsize=11)
    grid = figure.subplots(above + below, COLUMNS, squeeze=False)
    figure.subplots_adjust(0.01, 0.01, 0.99, 1 - (TITLE + CAPTION) / height, 0.06, CAPTION / PANEL)
    for axes in grid.flat:
        axes.axis("off")
    panels = [*zip(missed, grid[:above].flat, strict=False), *zip(false, grid[above:].flat, strict=False)]
    for place, shown in groupby(sorted(panels, key=_image), key=_image):  # each film is read once, and one is held
        grey, name = _grey(result, place)
        for case, axes in shown:
            _draw(axes, grey, case, name)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _image(panel: tuple[Case, Axes]) -> int:
    return panel[0].image


def _grey(result: Completed, place: int) -> tuple[NDArray[np.float32], str]:
    dataset = result.outcome.dataset
    image = dataset.images[place]
    return to_grey(dataset.picture(image).pixels), image.file_name


def _draw(axes: Axes, grey: NDArray[np.float32], case: Case, name: str) -> None:
    x, y, width, height = case.box
    side = round(max(LEAST_SIDE, 1.5 * width, 1.5 * height))
    left = int(max(min(x + (width - side) / 2, grey.shape[1] - side), 0))
    top = int(max(min(y + (height - side) / 2, grey.shape[0] - side), 0))
    crop = grey[top : top + side, left : left + side]
    low, high = grey_range(crop)
    axes.imshow(crop, cmap="gray", vmin=low, vmax=high)
    colour = "#ff3b30" if case.missed else "#0a84ff"
    axes.add_patch(Rectangle((x - left, y - top), width, height, fill=False, edgecolor=colour, linewidth=1))
    axes.set_title(f"{_short(name)}\n{case.title}", fontsize=7)


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"…{name[-27:]}"


def _length(flaw: Flaw) -> str:
    return f"{flaw.length_px:.0f} px" if flaw.length_mm is None else f"{flaw.length_mm:.1f} mm"


def sheets(results: Sequence[Completed]) -> dict[str, bytes]:
    """The sheet of each result that has one, PNG by the result's name."""
    drawn = {result.evaluation.name: draw_worst(result) for result in results}
    return {name: data for name, data in drawn.items() if data}
