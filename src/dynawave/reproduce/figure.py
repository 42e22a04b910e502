"""The picture of a table: its headlines, row under row, so that a difference can be held against the spread."""

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes

from dynawave.evaluation.report.figures import COLOURS, QUIET, picture
from dynawave.reproduce.plan import Plan
from dynawave.reproduce.results import Result, deviation, headlines, mean

ROW_IN: Final = 0.28
"""Height of a row in inches."""

PANEL_IN: Final = 2.4
LETTER_IN: Final = 0.075
"""Width of a panel, and of a letter of a row's title, in inches."""


def draw(plan: Plan, results: Sequence[Result]) -> str | None:
    """SVG text; None with fewer than two rows that have been run, as nothing is to be compared then."""
    run = [result for result in results if result.records]
    measures = headlines(plan, run)
    if len(run) < 2 or not measures:
        return None

    def panels(axes: Sequence[Axes]) -> None:
        for each, (place, heading) in zip(axes, measures.items(), strict=True):
            _panel(each, run, place, heading)
        axes[0].set_yticks(range(len(run)), titles)

    titles = [result.row.title.replace("`", "") for result in run]  # Markdown's, which a picture shows as they are
    width = LETTER_IN * max(map(len, titles)) + PANEL_IN * len(measures)
    return picture(panels, (width, 1.0 + ROW_IN * len(run)), len(measures))


def _panel(axes: Axes, results: Sequence[Result], place: str, heading: str) -> None:
    """Dots: seeds; bar: a standard deviation to either side of the mean; line: the mean of the first row."""
    for row, result in enumerate(results):
        values = result.values(place)
        average, scatter = mean(values), deviation(values)
        if average is None:
            continue
        known = [value for value in values.values() if value is not None]
        axes.plot(known, [row] * len(known), ".", color=QUIET, markersize=4)
        axes.errorbar(average, row, xerr=scatter, fmt="o", color=COLOURS[0], markersize=4, capsize=2)
        if row == 0:
            axes.axvline(average, color=COLOURS[1], linewidth=0.8)
    axes.set(title=heading, ylim=(len(results) - 0.5, -0.5))
    axes.set_yticks(range(len(results)), [""] * len(results))
    axes.locator_params(axis="x", nbins=4)  # more run into each other where they have four digits
