"""The curves of an evaluation as SVG pictures: FROC, reliability, probability of detection, sizes."""

import io
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dynawave.evaluation.complete import Completed
from dynawave.evaluation.pod import Pod
from dynawave.evaluation.reliability import Reliability
from dynawave.evaluation.sizing import Sizing, pairs, sized
from dynawave.evaluation.table import figure

COLOURS: Final = ("#1f5fa8", "#c2571a", "#12806a", "#8e44ad", "#555555")
QUIET: Final = "#8c959f"
SIZE: Final = (6.4, 4.4)
"""Of a picture in inches."""
RATES: Final = np.geomspace(0.05, 100, 60)
"""False calls a film at which the FROC curve is drawn."""
STYLE: Final[dict[Any, Any]] = {
    "svg.hashsalt": "dynawave",  # the same figures give the same file
    "svg.fonttype": "none",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e8ec",
    "legend.frameon": False,
}


def draw_figures(results: Sequence[Completed]) -> dict[str, str]:
    """Every picture that the results give cause for, SVG text by name."""
    first = results[0].evaluation
    drawn = {"froc": _picture(lambda axes: _froc(axes, results))}
    if any(result.evaluation.reliability for result in results):
        drawn["reliability"] = _picture(lambda axes: _reliability(axes, results))
    for place, pod in enumerate(first.pod):
        if any(result.evaluation.pod[place].curve for result in results):
            name = f"pod-{pod.method.replace('/', '-')}"
            drawn[name] = _picture(lambda axes, place=place: _pod(axes, results, place))  # type: ignore[misc]
    for what, sizing in first.sizing.items():
        drawn[f"sizing-{what}"] = _picture(
            lambda axes, what=what, sizing=sizing: _sizing(axes, results[0], what, sizing)  # type: ignore[misc]
        )
    return drawn


def picture(draw: Callable[[Sequence[Axes]], None], size: tuple[float, float] = SIZE, panels: int = 1) -> str:
    """SVG text of panels side by side; `draw` is given their axes."""
    with rc_context(STYLE):
        sheet = Figure(size, layout="constrained")
        draw(sheet.subplots(1, panels, squeeze=False)[0])
        file = io.StringIO()
        sheet.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


def _picture(draw: Callable[[Axes], None]) -> str:
    return picture(lambda axes: draw(axes[0]))


def _froc(axes: Axes, results: Sequence[Completed]) -> None:
    for colour, result in zip(COLOURS, results, strict=False):
        shares = [result.outcome.matches.froc(rate) for rate in RATES]
        axes.plot(RATES, shares, color=colour, label=result.evaluation.name)
        operating = result.evaluation.operating
        if operating and operating.recall is not None:
            axes.plot(max(operating.false_calls, RATES[0]), operating.recall, "o", color=colour)
    axes.set(
        xscale="log", ylim=(0, 1.02), xlabel="false calls a film", ylabel="share of the flaws hit",
        title="FROC; dots: at the detector's threshold, any class",
    )  # fmt: skip
    axes.legend(loc="lower right")


def _reliability(axes: Axes, results: Sequence[Completed]) -> None:
    axes.plot([0, 1], [0, 1], color=QUIET, linestyle="--")
    for colour, result in zip(COLOURS, results, strict=False):
        found: Reliability | None = result.evaluation.reliability
        if found:
            scores, true = [each.score for each in found.ranges], [each.true for each in found.ranges]
            label = f"{result.evaluation.name}, error {found.error:.3f}"
            axes.plot(scores, true, "o-", color=colour, label=label)
            for each in found.ranges:
                axes.annotate(
                    str(each.calls), (each.score, each.true), (4, -11), textcoords="offset points", color=QUIET
                )
    axes.set(
        xlim=(0, 1), ylim=(0, 1.02), xlabel="score of a call", ylabel="share of the calls that hit a flaw",
        title="Reliability of scores; numbers: calls",
    )  # fmt: skip
    axes.legend(loc="upper left")


def _pod(axes: Axes, results: Sequence[Completed], place: int) -> None:
    for colour, result in zip(COLOURS, results, strict=False):
        pod: Pod = result.evaluation.pod[place]
        if not pod.curve:
            continue
        axes.plot([size for _, size in pod.curve], [p for p, _ in pod.curve], color=colour, label=_sizes(result, pod))
        axes.plot([size for _, size in pod.bound], [p for p, _ in pod.bound], color=colour, linestyle="--")
    first, shown = results[0], results[0].evaluation.pod[place]
    threshold = _threshold(first)
    flaws = [flaw for flaw in first.flaws if flaw.length_px]
    sizes = [(flaw.length_mm or 0.0) if shown.unit == "mm" else flaw.length_px for flaw in flaws]
    axes.plot(
        sizes,
        [flaw.score >= threshold for flaw in flaws],
        "|",
        color=COLOURS[0],
        alpha=0.4,
        markersize=10,
        rasterized=True,
    )
    axes.axhline(0.9, color=QUIET, linewidth=0.8)
    axes.set(
        xscale="log", xlim=(min(sizes) / 2, 2 * max(sizes)), ylim=(-0.03, 1.03),
        xlabel=f"length of the flaw, {shown.unit}", ylabel="probability of detection",
        title=f"Probability of detection from {_source(shown)}; dashed: 95 % bound",
    )  # fmt: skip
    axes.legend(loc="lower right")


def _threshold(result: Completed) -> float:
    operating = result.evaluation.operating
    return max(operating.threshold, 1e-12) if operating else 0.0


def _source(pod: Pod) -> str:
    return "hits and misses" if pod.method == "hit/miss" else "scores (a-hat versus a)"


def _sizes(result: Completed, pod: Pod) -> str:
    return f"{result.evaluation.name}: a90 {figure(pod.a90, 2)}, a90/95 {figure(pod.a90_95, 2)} {pod.unit}"


def _sizing(axes: Axes, result: Completed, what: str, sizing: Sizing) -> None:
    """Bland and Altman's picture: the difference over the true size."""
    true, called = pairs(sized(result.flaws, _threshold(result)), what).T
    axes.plot(true, called - true, ".", color=COLOURS[0], alpha=0.6, rasterized=True)
    axes.axhline(sizing.bias_mm, color=COLOURS[1], label=f"bias {sizing.bias_mm:+.2f} mm")
    for limit in (sizing.lower_mm, sizing.upper_mm):
        axes.axhline(limit, color=COLOURS[1], linestyle="--")
    axes.set(
        xscale="log", xlabel=f"true {what}, mm", ylabel=f"called less true {what}, mm",
        title=f"{what.capitalize()} of {sizing.flaws} flaws by {result.evaluation.name}; dashed: limits of agreement",
    )  # fmt: skip
    axes.legend(loc="upper left")
