"""The pictures of an explanation, each a panel that draws itself; `sheet.py` puts them together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from dynawave.explain.evidence import SIDES
from dynawave.explain.explainer import TILE, Explanation
from dynawave.explain.trace import Bands, Gate, Map, Sampling
from dynawave.images.normalise import to_grey
from dynawave.network.wavelet import SUBBANDS

BOX: Final = "#19d3f3"
HEAT: Final = "inferno"
SIDE_COLOURS: Final = {"left": "#ff5a36", "top": "#ffd21f", "right": "#3ddc84", "bottom": "#4aa8ff"}
BAND_COLOURS: Final = {"LL": "#777777", "LH": "#1f6fb2", "HL": "#c2571a", "HH": "#3a8a4d"}
BAND_MEANING: Final = {
    "LL": "broad brightness",
    "LH": "level lines and edges",
    "HL": "upright lines and edges",
    "HH": "spots, corners and grain",
}
SMALL: Final = 8
"""Size of small text in points."""
FIXED, LEARNED = "#0b5cad", "#ff5a36"
NEAR: Final = 4
"""Cells about the box that the sampling pictures show besides, times the greatest dilation."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture: file name, title, a line of explanation, what draws it, and whether it is a graph with scales."""

    name: str
    title: str
    note: str
    draw: Callable[[Axes], None]
    graph: bool = False


def film(e: Explanation) -> Panel:
    """The film with box and mask."""
    if e.indication is None:
        return Panel("film", "Film", "no indication; the place where a flaw was likeliest", lambda axes: _film(axes, e))
    flaw = e.indication.flaw.name.replace("_", " ")
    note = f"{flaw}, score {e.indication.score:.2f}; box, and outline of its pixels"
    return Panel("film", f"Film: indication {e.number}", note, lambda axes: _film(axes, e, outline=True))


def field(e: Explanation) -> Panel:
    """The intensity field S(p) (12)."""
    heat = e.on_film(e.trace.outputs["field"][0])
    note = "how likely each pixel belongs to a flaw"
    return Panel("field", "Flaw intensity S(p)", note, lambda axes: _heat(axes, e, heat))


def evidence(e: Explanation, kind: str) -> Panel:
    """Grad-CAM of the `flaw` or `class` score."""
    heat = e.on_film(e.evidence[kind])
    heat = heat / max(float(heat.max()), 1e-12)
    title, note = {
        "flaw": ("Evidence for a flaw (Grad-CAM)", "has what raises this indication's score"),
        "class": ("Evidence for the class (Grad-CAM)", "has what tells this class from the others"),
    }[kind]
    return Panel(f"evidence-{kind}", title, note, lambda axes: _heat(axes, e, heat))


def sides(e: Explanation) -> Panel:
    """Pixels that move each side of the box."""
    note = "what moves a side most, in that side's colour"
    return Panel("sides", "What the sides of the box rest on", note, lambda axes: _sides(axes, e))


def gate(e: Explanation, level: Gate) -> Panel:
    """The geometric gate g(p) (19)."""
    heat = e.on_film(level.values)
    note = "how far the geometry features are let through (mean)"
    title = f"Geometric gate g(p), stride {level.stride}"
    return Panel(f"gate-{level.stride}", title, note, lambda axes: _plain(axes, e, heat, "viridis"))


def sampling(e: Explanation, branch: Sampling) -> Panel:
    """Learned sampling places (18) of the cell in the middle of the box."""
    title = f"Learned sampling, stride {branch.stride}, dilation {branch.dilation}"
    note = "ring: fixed grid; dot: learned place, its size the weight"
    name = f"sampling-{branch.stride}-{branch.dilation}"
    return Panel(name, title, note, lambda axes: _sampling(axes, e, branch))


def band(e: Explanation, level: Bands, index: int) -> Panel:
    """Energy of a weighted sub-band (23, 24), against the middle of the tile."""
    energy = e.on_film(level.energy[index])
    decibel = 10 * np.log10(np.maximum(energy, 1e-12) / max(float(np.median(energy)), 1e-12))
    name = SUBBANDS[index]
    title = f"Sub-band {name}, stride {level.stride}"
    return Panel(
        f"subband-{name}-{level.stride}",
        title,
        BAND_MEANING[name],
        lambda axes: _plain(axes, e, decibel, "magma", "dB"),
    )


def alphas(e: Explanation) -> Panel:
    """Attention weights alpha_s (23) of each level."""
    note = "bar: mean over the channels, line: the middle 80 % of them"
    return Panel("attention", "Wavelet attention: weight of each sub-band", note, lambda axes: _alphas(axes, e), True)


def lifts(e: Explanation, values: dict[str, float | None]) -> Panel:
    """How much each sub-band's energy stands out at the indication."""
    note = "mean energy on the indication over that of the tile; 1 = as everywhere"
    return Panel("stand-out", "Where the indication stands out", note, lambda axes: _lifts(axes, e, values), True)


def _film(axes: Axes, e: Explanation, outline: bool = False) -> None:
    _grey(axes, e)
    _box(axes, e)
    if outline:
        rows, columns = (np.arange(side) + 0.5 for side in e.mask.shape)
        axes.contour(columns, rows, e.mask, [0.5], colors="#ffd21f", linewidths=0.9)


def _heat(axes: Axes, e: Explanation, heat: Map) -> None:
    """Heat of 0-1 over the film, clear where there is none."""
    _grey(axes, e)
    _show(axes, heat, cmap=HEAT, vmin=0, vmax=1, alpha=np.clip(1.5 * heat, 0, 0.9))
    _bar(axes, HEAT, 0, 1)
    _box(axes, e)


def _plain(axes: Axes, e: Explanation, heat: Map, colours: str, unit: str = "") -> None:
    """A map in colours of its own, between its 1st and 99.8th percentile."""
    low, high = np.percentile(heat, [1, 99.8])
    _show(axes, heat, cmap=colours, vmin=low, vmax=high)
    _bar(axes, colours, float(low), float(high), unit)
    _box(axes, e)


def _sides(axes: Axes, e: Explanation) -> None:
    _grey(axes, e)
    rows, columns = (np.arange(side) + 0.5 for side in e.mask.shape)
    for side in SIDES:
        heat = e.on_film(e.sides[side])
        levels = float(heat.max()) * np.array([0.5, 0.75, 1.0])
        if levels[-1] > 0:
            colour = SIDE_COLOURS[side]
            axes.contourf(columns, rows, heat, levels, colors=[(*to_rgb(colour), 0.25), (*to_rgb(colour), 0.5)])
            axes.contour(columns, rows, heat, levels[:1], colors=colour, linewidths=1)
    left, top, right, bottom = e.box
    ends = {
        "left": ((left, left), (top, bottom)),
        "top": ((left, right), (top, top)),
        "right": ((right, right), (top, bottom)),
        "bottom": ((left, right), (bottom, bottom)),
    }
    for side, (xs, ys) in ends.items():
        axes.plot(xs, ys, color=SIDE_COLOURS[side], linewidth=1.6)
    _near(axes, e, 48)


def _sampling(axes: Axes, e: Explanation, branch: Sampling) -> None:
    _grey(axes, e)
    _box(axes, e)
    left, top, right, bottom = e.box
    _, height, width = branch.weights.shape
    row = min(max(int((top + bottom) / 2 / branch.stride), 0), height - 1)
    column = min(max(int((left + right) / 2 / branch.stride), 0), width - 1)
    places = (branch.points[:, row, column] + 0.5) * branch.stride
    fixed = places - branch.offsets[:, row, column] * branch.stride
    (x0, y0), (x1, y1) = fixed.T, places.T
    axes.plot([x0, x1], [y0, y1], color=FIXED, linewidth=0.9)
    axes.scatter(x0, y0, s=40, facecolors="white", edgecolors=FIXED, linewidths=1.2, zorder=2)
    axes.scatter(x1, y1, s=40 * branch.weights[:, row, column] ** 2 + 4, color=LEARNED, zorder=3)
    _near(axes, e, NEAR * branch.stride)


def _alphas(axes: Axes, e: Explanation) -> None:
    for group, level in enumerate(e.trace.bands):
        for k, name in enumerate(SUBBANDS):
            low, high = np.percentile(level.alphas[k], [10, 90])
            label = name if group == 0 else None
            axes.bar(group + 0.2 * k - 0.3, level.alphas[k].mean(), 0.18, color=BAND_COLOURS[name], label=label)
            axes.vlines(group + 0.2 * k - 0.3, low, high, color="black", linewidth=1)
    _levels(axes, e)
    axes.set_ylim(0, 1)
    axes.set_ylabel("alpha", fontsize=SMALL)
    axes.legend(frameon=False, ncols=4, loc="upper left", fontsize=SMALL)
    axes.axhline(0.5, color="black", linewidth=0.5, linestyle=":")


def _lifts(axes: Axes, e: Explanation, values: dict[str, float | None]) -> None:
    for group, level in enumerate(e.trace.bands):
        for k, name in enumerate(SUBBANDS):
            if value := values[f"{name}_{level.stride}"]:
                axes.bar(group + 0.2 * k - 0.3, value - 1, 0.18, 1, color=BAND_COLOURS[name])
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_yscale("log")
    axes.set_ylabel("times the tile's mean", fontsize=SMALL)
    for axis_format in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        axis_format("{x:.3g}")
    _levels(axes, e)


def _levels(axes: Axes, e: Explanation) -> None:
    axes.set_xticks(range(len(e.trace.bands)), [f"stride {level.stride}" for level in e.trace.bands])
    axes.tick_params(which="both", labelsize=SMALL)
    axes.spines[["top", "right"]].set_visible(False)


def _grey(axes: Axes, e: Explanation) -> None:
    """The film on the tile, between its own 1st and 99th percentile."""
    grey = to_grey(e.image.pixels[e.tile.window])
    low, high = np.percentile(grey, [1, 99])
    _show(axes, grey, cmap="gray", vmin=low, vmax=max(high, low + 1e-6))


def _show(axes: Axes, values: Map, **style: Any) -> None:
    """Pixel (0, 0) from 0 to 1, as boxes and points count."""
    height, width = values.shape
    axes.imshow(values, extent=(0, width, height, 0), **style)


def _box(axes: Axes, e: Explanation) -> None:
    left, top, right, bottom = e.box
    axes.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=BOX, linewidth=1.1))
    axes.set(xticks=[], yticks=[])


def _near(axes: Axes, e: Explanation, margin: float) -> None:
    """Show a square about the box alone, at the contrast of what it shows."""
    left, top, right, bottom = e.box
    half = min(max(right - left, bottom - top) / 2 + margin, TILE / 2)
    x, y = (left + right) / 2, (top + bottom) / 2
    grey = axes.images[0]
    first, last = np.maximum([y - half, x - half], 0).astype(int), np.ceil([y + half, x + half]).astype(int)
    shown = np.asarray(grey.get_array())[first[0] : last[0], first[1] : last[1]]
    grey.set_clim(*np.percentile(shown, [0.5, 99.5]))
    axes.set(xlim=(x - half, x + half), ylim=(y + half, y - half), xticks=[], yticks=[])


def _bar(axes: Axes, colours: str, low: float, high: float, unit: str = "") -> None:
    """A narrow colour bar inside the lower edge."""
    bar = axes.inset_axes((0.62, 0.03, 0.35, 0.03))
    bar.imshow(np.linspace(0, 1, 64)[None], cmap=colours, aspect="auto")
    bar.set(xticks=[], yticks=[])
    style: dict[str, Any] = {"color": "white", "fontsize": SMALL - 1, "transform": bar.transAxes}
    style["bbox"] = {"facecolor": "black", "alpha": 0.5, "pad": 1, "linewidth": 0}
    bar.text(0, 1.4, f"{low:.2g}", ha="left", **style)
    bar.text(1, 1.4, f"{high:.2g} {unit}".strip(), ha="right", **style)
