"""The measures as curves, one panel each; no pixel of a film is shown."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from benchmarks.realism.measures import (
    ACROSS,
    CONTRASTS,
    FLAWS,
    FREQUENCIES,
    GREYS,
    PROFILE,
    SPECTRUM,
    Measure,
    Values,
    pooled,
)

COLOURS: Final = ("#222222", "#c2571a", "#1f6fb2", "#3a8a4d", "#8a4fa3")
"""Real first, then the simulators."""
PANELS: Final = (SPECTRUM, PROFILE, *FLAWS, GREYS, *CONTRASTS)
GRIDS: Final[dict[Measure, Values]] = {
    **dict(
        zip(
            FLAWS,
            (np.geomspace(0.1, 60), np.geomspace(0.5, 150), np.geomspace(3, 1500), np.geomspace(3, 500)),
            strict=True,
        )
    ),
    GREYS: np.linspace(-0.1, 1.1),
    **dict.fromkeys(CONTRASTS, np.geomspace(1e-4, 0.2)),
}

Values3 = dict[str, dict[str, list[Values]]]


def draw(values: Values3, distances: dict[str, dict[str, float]], file: Path) -> None:
    """Draw every measure of every set.

    Args:
        values: measure's name to set's name to the values of its films; the real set first.
        distances: measure's name to simulated set's name to its distance.
        file: SVG to write.
    """
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "realism", "font.size": 9, "axes.spines.top": False})
    mpl.rcParams.update({"axes.spines.right": False, "axes.titlesize": 9.5, "axes.titlelocation": "left"})
    figure = Figure((8.5, 14), layout="constrained")
    for axes, measure in zip(figure.subplots(5, 2).flat, PANELS, strict=True):
        for colour, (name, films) in zip(COLOURS, values[measure.name].items(), strict=False):
            _panel(axes, measure, films, colour, name)
        told = ", ".join(f"{distance:.2g}" for distance in distances[measure.name].values())
        axes.set_title(f"{measure.name}\ndistance {told} {measure.unit}")
    figure.axes[0].legend(frameon=False)
    figure.savefig(file, metadata={"Date": None})


def _panel(axes: Axes, measure: Measure, films: Sequence[Values], colour: str, name: str) -> None:
    """Median film and the middle 80 % of films for a curve, else the share of values under each one."""
    if measure is SPECTRUM:
        _band(axes, np.sqrt(FREQUENCIES[:-1] * FREQUENCIES[1:]), [np.median(f, 0) for f in films], colour, name)
        axes.set(xscale="log", xlabel="cycles a pixel", ylabel="dB over 1 grey value² px²")
        axes.xaxis.set_minor_formatter(NullFormatter())
    elif measure is PROFILE:
        _band(axes, ACROSS, [np.ma.median(np.ma.masked_invalid(f), 0).filled(np.nan) for f in films], colour, name)
        axes.set(xlabel="place, bead from -1 to 1", ylabel="grey, plate 0, crown 1", ylim=(-0.6, 1.4))
    else:
        grid = GRIDS[measure]
        found, weights = pooled(films)
        order = np.argsort(found)
        share = np.interp(grid, found[order], np.cumsum(weights[order]) / weights.sum(), 0, 1)
        axes.plot(grid, share, color=colour, label=name)
        axes.set(xscale="linear" if measure is GREYS else "log", ylabel="share below", ylim=(0, 1))


def _band(axes: Axes, x: Values, films: Sequence[Values], colour: str, name: str) -> None:
    seen = np.isfinite(films).any(0)
    low, middle, high = np.nanpercentile(np.array(films)[:, seen], [10, 50, 90], 0)
    x = x[seen]
    axes.plot(x, middle, color=colour, label=name)
    axes.fill_between(x, low, high, color=colour, alpha=0.13, linewidth=0)
