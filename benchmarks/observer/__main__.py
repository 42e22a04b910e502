"""Which flaws could be detected at all? The ideal linear observer beside the network, at the same false-call rate.

Puts pores and cracks of stated size and contrast into sound films of `dynawave simulate`; writes a table and a figure.
About 4 minutes of one core for 20 films.

Example:
    python -m benchmarks.observer --films 20 --out docs/results/observer.md
"""

import argparse
import os
import subprocess
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import cv2
import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter
from rich.progress import track

from benchmarks.observer.flaws import ANGLES, KINDS, UNSHARPNESS
from benchmarks.observer.hotelling import SIDE, Values, detection
from benchmarks.observer.trials import CELL, CELLS, CONTRASTS, INNER, Outcome, films, judge
from dynawave import Inspector
from dynawave.evaluation.table import Table

FALSE_CALLS: Final = 0.1
"""Share of the sound cells with a call."""
RESAMPLES: Final = 1000
LEAST_SCORE: Final = 0.01
NAMES: Final = {"limit": "place and form known", "observer": "ideal linear observer", "network": "network"}
COLOURS: Final = {"limit": "#888888", "observer": "#1f6fb2", "network": "#c2571a"}


def main() -> None:
    """Read the command line, try, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="film", help="shipped name or ONNX file (%(default)s)")
    parser.add_argument("--films", type=int, default=20, help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=404, help="series of the films (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("docs/results/observer.md"))
    parser.add_argument("--figure", type=Path, default=Path("docs/images/observer.svg"))
    given = parser.parse_args()
    cv2.setNumThreads(1)
    inspector = Inspector(given.weights, threads=1, score_threshold=LEAST_SCORE)
    drawn = track(films(given.seed, given.films), "films", given.films)
    outcome = stack([judge(film, rng, inspector) for film, rng in drawn])
    rates = detected(outcome)
    intervals = bootstrap(outcome, given.seed)
    for file in (given.out, given.figure):
        file.parent.mkdir(parents=True, exist_ok=True)
    draw(rates, intervals, given.figure)
    model = f"`{inspector.model.name}` {inspector.model.version}"
    picture = os.path.relpath(given.figure, given.out.parent)
    given.out.write_text(report(outcome, rates, intervals, model, picture), encoding="utf-8")


def stack(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcomes of all films, with the film as first axis of every field."""
    return Outcome(*(np.array([getattr(one, field.name) for one in outcomes]) for field in fields(Outcome)))


def detected(outcome: Outcome) -> dict[str, Values]:
    """Probability of detection [kinds, contrasts] of each, where `FALSE_CALLS` of the sound cells have a call."""
    known = np.quantile(outcome.observer_sound, 1 - FALSE_CALLS, axis=(0, 2), method="higher")
    learnt = np.quantile(outcome.network_sound, 1 - FALSE_CALLS, method="higher")
    return {
        "limit": detection(outcome.limit, FALSE_CALLS).mean((0, 3)),
        "observer": (outcome.observer > known[:, None, None]).mean((0, 3)),
        "network": (outcome.network > learnt).mean((0, 3)),
    }


def bootstrap(outcome: Outcome, seed: int) -> dict[str, Values]:
    """95 % intervals [2, kinds, contrasts] over resampled films, their thresholds with them."""
    rng, count = np.random.default_rng(seed), len(outcome.limit)
    draws = []
    for _ in range(RESAMPLES):
        chosen = rng.integers(0, count, count)
        draws.append(detected(Outcome(*(getattr(outcome, field.name)[chosen] for field in fields(Outcome)))))
    return {name: np.percentile([draw[name] for draw in draws], [2.5, 97.5], 0) for name in NAMES}


def half_contrast(rates: Values) -> float:
    """Contrast at which half of the flaws are detected, between the measured ones on a log axis; NaN outside."""
    if not rates.min() <= 0.5 <= rates.max():
        return float("nan")
    return float(np.exp(np.interp(0.5, np.maximum.accumulate(rates), np.log(CONTRASTS))))


def draw(rates: dict[str, Values], intervals: dict[str, Values], file: Path) -> None:
    """Probability of detection against contrast, a panel for each kind of flaw."""
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "observer", "font.size": 9, "axes.spines.top": False})
    mpl.rcParams.update({"axes.spines.right": False, "axes.titlelocation": "left"})
    figure = Figure((10, 3.4), layout="constrained")
    for k, (axes, kind) in enumerate(zip(figure.subplots(1, len(KINDS), sharey=True), KINDS, strict=True)):
        for name, label in NAMES.items():
            axes.plot(CONTRASTS, rates[name][k], "o-", color=COLOURS[name], label=label, markersize=3)
            axes.fill_between(CONTRASTS, *intervals[name][:, k], color=COLOURS[name], alpha=0.15, linewidth=0)
        axes.set(
            xscale="log", ylim=(0, 1.02), title=kind.name, xlabel="contrast over the film's grain", xticks=CONTRASTS
        )
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.xaxis.set_minor_formatter(NullFormatter())
    figure.axes[0].set_ylabel(f"detected at a call in {FALSE_CALLS:.0%} of the sound cells")
    figure.axes[-1].legend(frameon=False)
    figure.savefig(file, metadata={"Date": None})


def detection_table(outcome: Outcome, rates: dict[str, Values], intervals: dict[str, Values]) -> Table:
    """A row for each kind and contrast."""
    detectability = outcome.limit.mean((0, 3))
    rows = []
    for k, kind in enumerate(KINDS):
        for c, contrast in enumerate(CONTRASTS):
            cells = (_rate(rates[name][k, c], intervals[name][:, k, c]) for name in NAMES)
            rows.append((kind.name, f"{contrast:g}", f"{detectability[k, c]:.1f}", *cells))
    title = f"Detected, at a call in {FALSE_CALLS:.0%} of the sound cells (95 % interval over films)"
    return Table(title, ("", "contrast / grain", "d'", *NAMES.values()), tuple(rows))


def _rate(rate: float, interval: Values) -> str:
    return f"{rate:.2f} ({interval[0]:.2f}-{interval[1]:.2f})"


def _found(value: float) -> str:
    return "outside" if np.isnan(value) else f"{value:.2f}"


def efficiency_table(rates: dict[str, Values]) -> Table:
    """The contrast that each needs for half of the flaws, and the network's efficiency."""
    rows = []
    for k, kind in enumerate(KINDS):
        needed = {name: half_contrast(rates[name][k]) for name in NAMES}
        efficiency = (needed["observer"] / needed["network"]) ** 2
        rows.append((kind.name, *(_found(value) for value in (*needed.values(), efficiency))))
    title = "Contrast over the grain at which half of the flaws are detected"
    return Table(title, ("", *NAMES.values(), "efficiency of the network"), tuple(rows))


def report(outcome: Outcome, rates: dict[str, Values], intervals: dict[str, Values], model: str, picture: str) -> str:
    """The page."""
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    when = f"{datetime.now(UTC):%Y-%m-%d}, revision {revision.stdout.strip() or 'unknown'}"
    count = len(outcome.limit)
    return f"""# What could be detected at all?

Measured on {when}, by `python -m benchmarks.observer`: {count} sound films of the statistical simulator
({CELL * CELLS} x 512 px, 12 bits), {count * CELLS} cells of {CELL} px along the bead, each once sound and once with
one flaw of each kind at each contrast. Only the middle {INNER:.0%} of the bead's breadth is searched. Network: {model}.

![Probability of detection against contrast]({picture})

{efficiency_table(rates).markdown()}
{detection_table(outcome, rates, intervals).markdown()}
- **Contrast**: of the flaw's deepest point, over the film's grain as inspection measures it (`film_noise`: what is
  finer than 2 px). Shapes are those of the simulator, blurred by {UNSHARPNESS} px.
- **Ideal linear observer** (Hotelling): prewhitening matched filters for the kind's mean signal, at {ANGLES}
  orientations for a crack, over the whole cell; the greatest counts. It knows the film's noise power, measured on the
  film's other half in windows of {SIDE} px, and the kind and size of what it looks for; not its place, orientation and
  exact form.
- **Place and form known**: the same with nothing left to search for, from d' = sqrt(mean of |S|² / P) in Gaussian
  noise, at {FALSE_CALLS:.0%} false calls at this one place.
- **Network**: its calls, whose scores are weighed by contrast; it looks for every kind of flaw at once.
- Observer and network have the same rate of cells with a false call, and hit a flaw with a call on its box.
- **Efficiency**: square of the ratio of the contrasts that observer and network need for half of the flaws.
- The observer is the limit for *linear* tests in *stationary* noise. The bead's edges, ripples and scratches are no
  such noise: they raise its threshold, and a network that has learnt to know them can do better there.
"""


if __name__ == "__main__":
    main()
