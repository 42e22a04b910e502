"""Speed of inspection beside its peers: one tile of 512 x 512 px, and one film of 5000 x 1200 px from file to calls.

All run in onnxruntime with the same number of threads, taking turns, so that whatever else the machine does meets all
alike; what travels to another machine are the ratios.

Example:
    runs=results/gdxray-welds
    python -m benchmarks.speed --yolo $runs/yolo11n/seed-0/fold-0/model.onnx --unet $runs/unet/seed-0/fold-0/model.onnx
"""

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.peers import semantic, yolo
from benchmarks.peers.card import open_model
from dynawave import Inspector, read_image
from dynawave.evaluation.table import Table
from dynawave.images.files import write_png
from dynawave.weights import find

TILE: Final = 512
HEIGHT: Final = 1200
WIDTH: Final = 5000

Runs = dict[str, Callable[[], object]]


def tile_runs(models: dict[str, Path], threads: int) -> Runs:
    """One tile through each network, without reading, normalising and decoding."""
    tile = np.random.default_rng(0).standard_normal((1, 3, TILE, TILE)).astype(np.float32)

    def one(model: Path) -> Callable[[], object]:
        network = open_model(model, threads)
        feed = {network.get_inputs()[0].name: tile}
        return lambda: network.run(None, feed)

    return {name: one(model) for name, model in models.items()}


def film_runs(models: dict[str, Path], ours: str, film: Path, threads: int) -> Runs:
    """A film from its file to calls: read, normalise, run in tiles, join, and for DynaWave masks and sizes too."""
    inspector = Inspector(ours, threads, class_map=False)
    runs: Runs = {"DynaWave": lambda: inspector.inspect(read_image(film))}
    if "YOLO11n" in models:
        by_yolo = yolo.detector(models["YOLO11n"], threads)
        runs["YOLO11n"] = lambda: by_yolo(read_image(film))
    if "U-Net" in models:
        by_unet = semantic.detector(models["U-Net"], threads)
        runs["U-Net"] = lambda: by_unet(read_image(film))
    return runs


def measure(runs: Runs, count: int) -> dict[str, float]:
    """Median seconds of each after one run to warm up, taking turns."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(count + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(each) for name, each in seconds.items()}


def write_film(path: Path) -> None:
    """A made-up 16-bit film: a bright bead with blurs and grain; its content hardly matters for the time."""
    rng = np.random.default_rng(0)
    rows = np.linspace(-1, 1, HEIGHT)[:, None]
    grey = 20_000 + 15_000 * np.exp(-8 * rows**2) + rng.normal(0, 400, (HEIGHT, WIDTH))
    write_png(path, np.rint(grey).astype(np.uint16))


def table(title: str, seconds: dict[str, float]) -> Table:
    """Milliseconds, and DynaWave's time in units of each peer's."""
    ours = seconds["DynaWave"]
    rows = tuple((name, f"{1000 * each:.1f}", f"{ours / each:.2f}") for name, each in seconds.items())
    return Table(title, ("", "median ms", "DynaWave takes x times"), rows)


def processor() -> str:
    """The processor's name, as well as the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="film", help="DynaWave: shipped name or ONNX file (%(default)s)")
    parser.add_argument("--yolo", type=Path, help="model.onnx of the row yolo11n of a table in grey")
    parser.add_argument("--unet", type=Path, help="model.onnx of the row unet")
    parser.add_argument("--runs", type=int, default=20, help="of each, taking turns (%(default)s)")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    peers = {name: path for name, path in (("YOLO11n", given.yolo), ("U-Net", given.unet)) if path}
    tiles = measure(tile_runs({"DynaWave": find(given.weights), **peers}, given.threads), given.runs)
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.png"
        write_film(film)
        whole = measure(film_runs(peers, given.weights, film, given.threads), given.runs)
    print(f"{processor()}, {given.threads} threads, onnxruntime float32, median of {given.runs} runs\n")
    print(table(f"One tile of {TILE} x {TILE} px, network alone", tiles).markdown())
    print(table(f"One film of {WIDTH} x {HEIGHT} px, from file to calls", whole).markdown())


if __name__ == "__main__":
    main()
