"""An explanation on paper: one sheet of panels, and each panel as a picture of its own."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dynawave.explain import panels
from dynawave.explain.explainer import Explanation
from dynawave.explain.panels import SMALL, Panel
from dynawave.images.files import written_aside
from dynawave.network.wavelet import SUBBANDS

COLUMNS: Final = 4
SIDE: Final = 3.7
"""Of a panel in inches."""
CAPTION: Final = 0.5
"""Height of what stands over a panel in inches."""
ROW: Final = SIDE + CAPTION
TITLE: Final = 0.5
"""Height of the sheet's title in inches."""
DPI: Final = 110


def sheet_rows(e: Explanation, lifts: dict[str, float | None]) -> list[list[Panel]]:
    """The panels of the sheet, row by row: what was found, how geometry was read, sub-bands, weights.

    A row whose part of the network is switched off is left out; gates, sampling and sub-bands are those of the finest
    level that has them.
    """
    found = [panels.film(e), panels.field(e), *(panels.evidence(e, kind) for kind in e.evidence), panels.sides(e)]
    finest = next((list(branches) for _, branches in groupby(e.trace.samplings, key=lambda s: s.stride)), [])
    geometry = [*(panels.gate(e, gate) for gate in e.trace.gates[:1]), *(panels.sampling(e, b) for b in finest)]
    bands = [panels.band(e, level, k) for level in e.trace.bands[:1] for k in range(len(SUBBANDS))]
    weights = [panels.alphas(e), panels.lifts(e, lifts)] if e.trace.bands else []
    return [row for row in (found, geometry, bands, weights) if row]


def further_panels(e: Explanation) -> list[Panel]:
    """The other levels, which are pictures of their own only."""
    strides = sorted({s.stride for s in e.trace.samplings})
    return [
        *(panels.gate(e, gate) for gate in e.trace.gates[1:]),
        *(panels.sampling(e, branch) for branch in e.trace.samplings if branch.stride in strides[1:]),
        *(panels.band(e, level, k) for level in e.trace.bands[1:] for k in range(len(SUBBANDS))),
    ]


def write_sheet(title: str, rows: Sequence[Sequence[Panel]], path: Path) -> None:
    """Draw rows of panels under a title; the panels of a row share its breadth."""
    height = len(rows) * ROW + TITLE
    figure = Figure((COLUMNS * SIDE, height), dpi=DPI)
    head, body = figure.subfigures(2, 1, height_ratios=(TITLE, height - TITLE), squeeze=False)[:, 0]
    head.text(0.01, 0.35, title, fontsize=13, fontweight="bold")
    for strip, row in zip(body.subfigures(len(rows), 1, squeeze=False)[:, 0], rows, strict=True):
        # graphs have scales beside and under them; pictures need no room for any
        left, bottom, gap = (0.05, 0.08, 0.15) if row[0].graph else (0.01, 0.02, 0.04)
        strip.subplots_adjust(left, bottom, 0.99, 1 - CAPTION / ROW, gap)
        for panel, axes in zip(row, strip.subplots(1, len(row), squeeze=False)[0], strict=True):
            _draw(panel, axes)
    _save(figure, path)


def write_panel(panel: Panel, path: Path) -> None:
    """Draw one panel."""
    figure = Figure((1.4 * SIDE, 1.4 * SIDE + CAPTION), dpi=DPI)
    left, bottom = (0.1, 0.06) if panel.graph else (0.02, 0.02)
    _draw(panel, figure.add_axes((left, bottom, 0.98 - left, 0.9 - bottom)))
    _save(figure, path)


def _draw(panel: Panel, axes: Axes) -> None:
    panel.draw(axes)
    axes.set_title(panel.title, pad=16, loc="left", fontsize=SMALL + 1, fontweight="bold")
    axes.text(0, 1.02, panel.note, transform=axes.transAxes, fontsize=SMALL, color="#444444")


def _save(figure: Figure, path: Path) -> None:
    with written_aside(path) as aside:
        figure.savefig(aside, format=path.suffix[1:])
