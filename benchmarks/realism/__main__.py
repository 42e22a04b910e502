"""Are the simulated films like real ones? Distances of their statistics, and how well a classifier tells them apart.

Takes the real films under DYNAWAVE_DATA (`gdxray-welds`, W0001 to W0003) and folders of `dynawave simulate`; writes a
table and a figure of curves. About 40 seconds of one core for 60 films.

Example:
    dynawave simulate --count 60 --seed 7 --out simulated
    python -m benchmarks.realism --simulated statistical=simulated --out docs/results/realism.md
"""

import argparse
import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch

from benchmarks.realism.figures import Values3, draw
from benchmarks.realism.measures import LEAST_AREA, MEASURES, PATCH, Measure, Values, by_film
from benchmarks.realism.pieces import BREADTH, LENGTH, Piece, is_dissimilar, real_pieces, simulated_pieces
from benchmarks.realism.trend import TOLD, remember, row_of, trend_table
from benchmarks.realism.twosample import FOLDS, KINDS, REPEATS, TILE, TILES, Verdict, control, tell_apart, tiles_of
from dynawave.datasets.coco import load_coco
from dynawave.datasets.load import DATA_ROOT
from dynawave.evaluation.table import Table

HALVINGS: Final = 40
HALVES: Final = "real, half from half"
FEATURES: Final = {
    "spectrum": "local power spectrum (20)",
    "grey": "grey statistics (14)",
    "network": "ImageNet features (472)",
    "all": "all of them",
}


def main() -> None:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulated", nargs="+", required=True, metavar="NAME=FOLDER", help="sets to compare")
    parser.add_argument("--films", type=int, default=60, help="films of each set (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("docs/results/realism.md"))
    parser.add_argument("--figure", type=Path, default=Path("docs/images/realism.svg"))
    parser.add_argument(
        "--trend", type=Path, default=Path("docs/results/realism.csv"), help="what was measured before, added to"
    )
    given = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    root = DATA_ROOT / "gdxray-welds"
    folders = dict(each.split("=", 1) for each in given.simulated)
    pieces = {"real": real_pieces(root)}
    for name, folder in folders.items():
        pieces[name] = simulated_pieces(Path(folder), given.films)
        if any(map(is_dissimilar, load_coco(Path(folder)).images[: given.films])):
            pieces[f"{name}, one metal"] = simulated_pieces(Path(folder), given.films, one_metal=True)
    sets = [name for name in pieces if name != "real"]

    values: Values3 = {m.name: {name: by_film(m, each) for name, each in pieces.items()} for m in MEASURES}
    distances = {m.name: {n: m.distance(values[m.name]["real"], values[m.name][n]) for n in sets} for m in MEASURES}
    floors = {m.name: halves_distance(m, values[m.name]["real"]) for m in MEASURES}
    verdicts = told_apart(pieces)
    when, revision = f"{datetime.now(UTC):%Y-%m-%d}", _revision()
    found = {n: {TOLD: float(verdicts["all"][n].auc.mean())} | {m: d[n] for m, d in distances.items()} for n in sets}
    rows = remember(given.trend, [row_of(when, revision, name, given.films, each) for name, each in found.items()])
    tables = [
        counts_table(pieces, values),
        distance_table(distances, floors),
        verdict_table(verdicts),
        trend_table(rows),
    ]
    for file in (given.out, given.figure):
        file.parent.mkdir(parents=True, exist_ok=True)
    draw(values, distances, given.figure)
    picture = os.path.relpath(given.figure, given.out.parent)
    given.out.write_text(report(tables, given.films, picture, f"{when}, revision {revision}"), encoding="utf-8")


def halves_distance(measure: Measure, films: Sequence[Values], seed: int = 0) -> tuple[float, float]:
    """Mean and standard deviation of the distance between random halves of a set: what so few films leave to chance."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(HALVINGS):
        half = set(rng.permutation(len(films))[: len(films) // 2].tolist())
        parts = [[film for k, film in enumerate(films) if (k in half) is side] for side in (True, False)]
        found.append(measure.distance(*parts))
    return float(np.mean(found)), float(np.std(found))


def counts_table(pieces: dict[str, list[Piece]], values: Values3) -> Table:
    """How many films, pieces and flaws are behind the figures."""
    flaws = values["flaws: contrast-to-noise ratio"]
    rows = tuple(
        (
            name,
            *(f"{n:,}" for n in (len({p.film for p in each}), len(each), len(flaws[name]), sum(map(len, flaws[name])))),
        )
        for name, each in pieces.items()
    )
    return Table("What was compared", ("", "films", "pieces", "films with outlined flaws", "flaws"), rows)


def distance_table(distances: dict[str, dict[str, float]], floors: dict[str, tuple[float, float]]) -> Table:
    """A row a measure; beside the simulators the distance between halves of the real films."""
    units = {measure.name: measure.unit for measure in MEASURES}
    rows = tuple(
        (name, units[name], *(f"{distance:.3f}" for distance in each.values()), "{:.3f} ± {:.3f}".format(*floors[name]))
        for name, each in distances.items()
    )
    sets = tuple(next(iter(distances.values())))
    return Table("Distance from the real films", ("", "unit", *sets, HALVES), rows)


def told_apart(pieces: dict[str, list[Piece]]) -> dict[str, dict[str, Verdict]]:
    """How well tiles are told from real ones: kind of features to set's name, and to that of the real halves."""
    tiles = {name: tiles_of(each, np.random.default_rng(k)) for k, (name, each) in enumerate(pieces.items())}
    real = tiles.pop("real")
    return {
        kind: {name: tell_apart(real, other, kind) for name, other in tiles.items()} | {HALVES: control(real, kind)}
        for kind in (*KINDS, "all")
    }


def verdict_table(verdicts: dict[str, dict[str, Verdict]]) -> Table:
    """A row a kind of features."""
    rows = tuple((FEATURES[kind], *map(_told, each.values())) for kind, each in verdicts.items())
    title = "Told apart: area under the ROC curve / balanced accuracy"
    return Table(title, ("features of a tile", *verdicts["all"]), rows)


def _told(verdict: Verdict) -> str:
    return f"{verdict.auc.mean():.2f} ± {verdict.auc.std():.2f} / {verdict.accuracy.mean():.2f}"


def _revision() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def report(tables: Sequence[Table], films: int, picture: str, when: str) -> str:
    """The page."""
    counts, distances, verdicts, trend = (table.markdown() for table in tables)
    return f"""# Are the simulated films like real ones?

Measured on {when}, by `python -m benchmarks.realism` (`--help` shows an example) on the first {films}
films of each simulated set and on the GDXray weld films: as cut and outlined in W0001, the others as in W0003. All are
rounded to 8 bits, never resized, and cut into the same pieces of up to {LENGTH} x {BREADTH} px about their seam; pieces
without a bright bead along the rows and darker plate on either side of it (T joints, upright seams, many dissimilar
welds) are left out. The real films are of one base metal; "one metal" are the simulated ones of which that is true too.

{counts}
{distances}
The last column is what chance leaves: the distance between random halves of the real films ({HALVINGS} halvings). The
halves have half as many films, so a perfect simulator would be nearer than that. Noise power: root mean square over the
bins of the difference between the median films, of the flattest {PATCH} px patches of the bead. All others: Wasserstein
distance, every film with the same weight; a decade is a factor of 10. Flaws are connected components of the outlines,
of {LEAST_AREA} px and more; those of real films come from seven films only.

![Every measure of real and simulated films]({picture})

Bands hold the middle 80 % of the films; the other curves say what share of the values lies below.

{verdicts}
0.5 is not to be told apart. Ridge logistic regression on {TILES} tiles of {TILE} px a film from the bead, trained and
judged on different films ({FOLDS} parts by film, {REPEATS} times; ± is the standard deviation over the parts). ImageNet
features: EfficientNet-Lite0, frozen, pooled at strides 8, 16 and 32, of tiles normalised as the network sees them.
The last column is the same test between random halves of the real films: what so few films leave to chance.

{trend}
Kept in a CSV beside this page, to which every run adds. Units as above; told apart by all features.
"""


if __name__ == "__main__":
    main()
