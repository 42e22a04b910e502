"""Do explanations point at flaws? Each map's share of mass on annotated flaws, beside their share of area.

About 2 s of one core a tile.

Example:
    dynawave simulate --count 40 --seed 1007 --out data/held-out
    python -m benchmarks.pointing --set "simulated, seed 1007" data/held-out --set "GDXray" data/gdxray-welds
"""

import argparse
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from dynawave import read_image
from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.datasets.load import load_dataset
from dynawave.datasets.raster import instance_map
from dynawave.evaluation.table import Table
from dynawave.explain.evidence import flaw_evidence
from dynawave.explain.explainer import TILE
from dynawave.explain.load import InContext, load
from dynawave.explain.pointing import mass_inside, named_maps, raised
from dynawave.explain.trace import Map, Trace, trace
from dynawave.images.tiles import plan_tiles
from dynawave.inspection import Inspector
from dynawave.inspection.stitch import crop, padded
from dynawave.network.model import DynaWaveNet
from dynawave.network.wavelet import SUBBANDS

CONTRAST: Final = "contrast"
RESAMPLES: Final = 1000
MEANINGS: Final = {
    CONTRAST: "the film's own contrast, squared (channel 2 of the input): what no network is needed for",
    "field": "intensity field S(p) (12)",
    "grad_cam": "Grad-CAM of the flaw scores of all cells that call a flaw, or of the likeliest",
    "gate": "geometric gate g(p) (19), mean over the channels",
    "sampling": "density of the learned sampling places (18), all dilations",
    "LL": "energy of the weighted sub-band (23, 24); LH, HL and HH likewise",
}


class Share(NamedTuple):
    """Of one tile: the flaws' share of its area, and that of a map's mass."""

    area: float
    inside: float


class Measured(NamedTuple):
    """Of a set: shares by map's name and film's name, and attention weights (23) by stride, [tiles, 4, channels]."""

    shares: dict[str, dict[str, list[Share]]]
    alphas: dict[int, NDArray[np.float32]]


def main() -> None:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", nargs=2, action="append", required=True, metavar=("NAME", "DIR"), dest="sets")
    parser.add_argument("--weights", default="film", help="shipped name or ONNX file (%(default)s)")
    parser.add_argument("--images", type=int, default=20, help="the first so many of each set (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("docs/results/explain.md"))
    given = parser.parse_args()
    cv2.setNumThreads(1)
    inspector, network = load(given.weights)
    results = {}
    for name, folder in given.sets:
        dataset = load_dataset(Path(folder))
        results[name] = measure(dataset, given.images, inspector, network)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(report(results, f"`{inspector.model.name}` {inspector.model.version}"), encoding="utf-8")


def measure(dataset: CocoDataset, images: int, inspector: Inspector, network: DynaWaveNet) -> Measured:
    """Measure every map on every tile that shows a flaw."""
    shares: dict[str, dict[str, list[Share]]] = defaultdict(lambda: defaultdict(list))
    alphas: dict[int, list[Map]] = defaultdict(list)
    for image in track(dataset.images[:images], dataset.root.name):
        for traced, maps, flaws in tiles(dataset, image, inspector, network):
            for name, heat in maps.items():
                shares[name][image.group].append(Share(float(flaws.mean()), mass_inside(heat, flaws) or 0.0))
            for level in traced.bands:
                alphas[level.stride].append(level.alphas)
    return Measured(shares, {stride: np.stack(weights) for stride, weights in alphas.items()})


def tiles(
    dataset: CocoDataset, image: CocoImage, inspector: Inspector, network: DynaWaveNet
) -> Iterator[tuple[Trace, dict[str, Map], NDArray[np.bool_]]]:
    """Of each tile with flaws its trace, its maps and the flaws' pixels, both without what lies beyond the film."""
    weld = read_image(dataset.path(image))
    film, told = inspector.normalised(weld), InContext(network, weld.context)
    flaws = instance_map(dataset, image)[0] > 0
    threshold = inspector.settings.score_threshold
    for tile in plan_tiles(*padded(*flaws.shape, TILE), TILE, 0):
        mask = flaws[tile.window]
        if mask.any():
            batch = torch.from_numpy(crop(film, tile))
            traced = trace(told, batch)
            scores = traced.outputs["scores"].sum(0)
            grad_cam = flaw_evidence(told, batch, scores >= min(threshold, float(scores.max())))
            maps = {CONTRAST: batch[0, 2].numpy() ** 2} | named_maps(traced, grad_cam)
            height, width = mask.shape
            on_film = {name: raised(heat, (TILE, TILE))[:height, :width] for name, heat in maps.items()}
            yield traced, on_film, mask


def lift(films: dict[str, list[Share]]) -> tuple[float, float, float, float]:
    """Mean share inside; it over the mean share of area, with the 95 % interval over resampled films."""
    totals = np.array([np.sum(tiles, 0) for tiles in films.values()])
    count = sum(map(len, films.values()))
    area, inside = totals.sum(0)
    picks = np.random.default_rng(0).integers(len(totals), size=(RESAMPLES, len(totals)))
    areas, insides = totals[picks].sum(1).T
    low, high = np.percentile(insides / areas, [2.5, 97.5])
    return inside / count, inside / area, low, high


def report(results: dict[str, Measured], model: str) -> str:
    """The page."""
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    lines = [
        "# Do explanations point at flaws?",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, revision {revision}, by `python -m benchmarks.pointing`. Network:",
        f"{model}. Energy-based pointing game (Wang et al. 2020): the share of a map's mass on the pixels of annotated",
        f"flaws, on every tile of {TILE} px that shows a flaw. *Lift* is that over the flaws' share of area: 1 for a",
        "map that knows nothing, in brackets the 95 % interval over films. A number behind a name is the stride of the",
        "level. What spreads beyond a flaw's edge by a few pixels counts as outside, which weighs on small flaws and",
        "coarse levels.",
        "",
        mass_table(results).markdown(),
    ]
    lines += [f"- **{name}**: {meaning}." for name, meaning in MEANINGS.items()]
    lines += ["", attention_table(results).markdown()]
    return "\n".join(lines) + "\n"


def mass_table(results: dict[str, Measured]) -> Table:
    """A row a map; two columns a set."""
    headings = [""]
    for name, found in results.items():
        field = found.shares["field"]
        tiles = sum(map(len, field.values()))
        area = np.mean([share.area for film in field.values() for share in film])
        headings += [f"{name} ({len(field)} films, {tiles} tiles; flaws {area:.2%} of area): inside", "lift"]
    rows = []
    for name in next(iter(results.values())).shares:
        row = [name]
        for found in results.values():
            inside, times, low, high = lift(found.shares[name])
            row += [f"{inside:.2%}", f"{times:.2f} ({low:.2f}-{high:.2f})"]
        rows.append(tuple(row))
    return Table("Mass on flaws", tuple(headings), tuple(rows))


def attention_table(results: dict[str, Measured]) -> Table:
    """A row a sub-band; a column a set and level."""
    columns = [(name, stride, weights) for name, found in results.items() for stride, weights in found.alphas.items()]
    rows = []
    for band, title in enumerate(SUBBANDS):
        spreads = [np.percentile(weights[:, band], [10, 90]) for _, _, weights in columns]
        means = [weights[:, band].mean() for _, _, weights in columns]
        rows.append(
            (title, *(f"{m:.3f} ({low:.3f}-{high:.3f})" for m, (low, high) in zip(means, spreads, strict=True)))
        )
    headings = ("", *(f"{name}, stride {stride}" for name, stride, _ in columns))
    return Table("Attention weight alpha (23): mean, and the middle 80 % of channels and tiles", headings, tuple(rows))


if __name__ == "__main__":
    main()
