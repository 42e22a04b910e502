"""Film-wise 3-fold cross-validation on the 7 GDXray weld films: DynaWave and its peers, same films, tiles and scorer.

Every film is tested by models that saw neither it nor the whole film that it was cut from; the calls of the three folds
together are measured once over all films. Trained models see the same number of tiles. Every model, seed and fold is
done by commands of their own, and skipped when it is done already: a killed run is repeated with the same command.

Example:
    python -m benchmarks.crossval --models blob film unet yolo11n --seeds 0 1 2 --images 24000
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.peers.tiles import write_tiles
from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.gdxray import FOLDS
from dynawave.datasets.load import load_dataset
from dynawave.datasets.split import films, select_films
from dynawave.evaluation.calls import Calls, Detector, file_detector
from dynawave.evaluation.evaluate import Evaluation, evaluate, title
from dynawave.evaluation.table import Table, results_table, sizes_table
from dynawave.images.files import write_bytes, write_json
from dynawave.records import WeldImage

Command = list[str]


@dataclass(frozen=True)
class Job:
    """One model, seed and fold: the films, and the folders of the run and of the tiles that the fold's peers share."""

    given: argparse.Namespace
    seed: int
    test: tuple[str, ...]
    train: tuple[str, ...]
    folder: Path
    tiles: Path

    def predict(self, module: str, *model: str) -> Command:
        """Predict on the films under test and measure."""
        threads = ["--threads", str(self.given.threads)]
        out = ["--films", *self.test, "--out", str(self.folder)]
        return [sys.executable, "-m", f"benchmarks.peers.{module}", *model, str(self.given.data), *threads, *out]

    def peer(self, module: str) -> list[Command]:
        """Train a peer on the tiles of the fold, then predict."""
        given, tiles = self.given, self.tiles
        write_tiles(given.data, list(self.train), given.tiles, given.tile, self.seed, tiles)
        begin = [sys.executable, "-m", f"benchmarks.peers.{module}", "train", str(tiles), "--out", str(self.folder)]
        budget = ["--images", str(given.images), "--seed", str(self.seed), "--threads", str(given.threads)]
        return [begin + budget, self.predict(module, "predict", str(self.folder / "model.onnx"))]

    def dynawave(self) -> list[Command]:
        """Train DynaWave on the films of the fold, after the other data that its configuration names, then predict."""
        given, weights = self.given, self.folder / "weights.safetensors"
        program = str(Path(sys.executable).with_name("dynawave"))
        data = [argument for path in (*given.more_data, given.data) for argument in ("--data", str(path))]
        exclude = [argument for film in self.test for argument in ("--exclude", film)]
        init = ["--init", str(given.init)] if given.init else []
        budget = ["--images-seen", str(given.images), "--seed", str(self.seed), "--out", str(self.folder)]
        model = str(self.folder / "model.onnx")
        return [
            [program, "train", str(given.config), *data, *exclude, *init, *budget],
            [program, "export", str(weights), "--out", model],
            self.predict("ours", model),
        ]


@dataclass(frozen=True)
class Model:
    """A model: its name in tables, how a job is done, which runs there are, and whether it learns from the films."""

    title: str
    commands: Callable[[Job], list[Command]]
    runs: Callable[[argparse.Namespace], list[int]] = lambda given: given.seeds
    learns: bool = True


MODELS: Final = {
    "blob": Model("blob filter", lambda job: [job.predict("blob")], lambda given: [0], learns=False),
    "unet": Model("U-Net", lambda job: job.peer("unet")),
    "yolo11n": Model("YOLO11n", lambda job: job.peer("yolo")),
    "film": Model(
        "DynaWave, `film`, no real film seen",
        lambda job: [job.predict("ours", job.given.film[job.seed])],
        lambda given: list(range(len(given.film))),
        learns=False,
    ),
    "dynawave": Model("DynaWave", Job.dynawave),
}


def run(given: argparse.Namespace, name: str, seed: int) -> Evaluation:
    """Do what is missing of a model and seed, then measure the calls of its folds together."""
    model, dataset = MODELS[name], load_dataset(given.data)
    folder = given.out / (f"{name}-{given.images}-seed{seed}" if model.learns else f"{name}-{seed}")
    for fold, test in enumerate(FOLDS):
        train = tuple(sorted(set(films(dataset)) - set(test)))
        tiles = given.out / "tiles" / f"{given.tiles}x{given.tile}-seed{seed}-fold{fold}"
        job = Job(given, seed, test, train, folder / f"fold{fold}", tiles)
        if (job.folder / "metrics.json").is_file():
            continue
        for command in model.commands(job):
            print("+", " ".join(command), flush=True)
            subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": str(given.threads)})
    measured = evaluate(_joined(dataset, folder), dataset, model.title).evaluation
    write_json(folder / "metrics.json", measured.model_dump())
    return measured


def _joined(dataset: CocoDataset, folder: Path) -> Detector:
    """The calls of each film from the fold that tested it."""
    detectors: dict[str, Detector] = {}
    for fold, test in enumerate(FOLDS):
        part = folder / f"fold{fold}"
        maps = part / "probability" if (part / "probability").is_dir() else None
        detector = file_detector(dataset, part / "detections.json", maps)
        tested = select_films(dataset, set(test))
        detectors |= {tested.path(image).stem: detector for image in tested.images}

    def detect(image: WeldImage) -> Calls:
        assert image.path is not None
        return detectors[image.path.stem](image)

    return detect


def report(given: argparse.Namespace, results: dict[str, list[Evaluation]]) -> str:
    """The tables, and how to repeat them."""
    learning = [name for name in results if MODELS[name].learns]
    budget = f"{given.images} tiles seen, of {given.tiles} tiles of {given.tile} px" if learning else "nothing trained"
    tables = [_spread(results), sizes_table([records[0] for records in results.values()])]
    return "\n".join(
        (
            "# Cross-validation by film\n",
            f"GDXray welds, 7 films, 3 folds by film; {budget}; seeds {', '.join(map(str, given.seeds))}; mean and",
            "standard deviation over the seeds where there are several; the second table: the first. To repeat:\n",
            f"    python -m benchmarks.crossval {' '.join(sys.argv[1:])}\n",
            *(table.markdown() for table in tables),
        )
    )


def _spread(results: dict[str, list[Evaluation]]) -> Table:
    """The table of results with the seeds of a model in one row."""
    rows = []
    for records in results.values():
        name, *columns = zip(*results_table(records).rows, strict=True)
        rows.append((name[0], *(_mean(column) for column in columns)))
    first = next(iter(results.values()))
    return Table(title(first[0]), results_table(first).headings, tuple(rows))


def _mean(figures: tuple[str, ...]) -> str:
    """Mean and standard deviation of figures; a single one as it is."""
    if len(figures) == 1 or "-" in figures:
        return figures[0]
    values = [float(figure) for figure in figures]
    return f"{statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(os.environ.get("DYNAWAVE_DATA", "../shared/data")) / "gdxray-welds"
    parser.add_argument(
        "--models", nargs="+", choices=MODELS, default=list(MODELS), metavar="MODEL", help=str([*MODELS])
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--images", type=int, default=24_000, help="tiles that a trained model sees (%(default)s)")
    parser.add_argument("--tiles", type=int, default=2400, help="different tiles of the peers (%(default)s)")
    parser.add_argument("--tile", type=int, default=256, help="their side in pixels (%(default)s)")
    parser.add_argument("--config", type=Path, default=Path("experiments/film-research.yaml"), help="DynaWave's")
    parser.add_argument("--film", nargs="+", default=["film"], help="simulation-only weights, one for each seed")
    parser.add_argument("--init", type=Path, help="weights that DynaWave starts from")
    parser.add_argument("--more-data", nargs="*", type=Path, default=[], help="DynaWave's other data, before the films")
    parser.add_argument("--data", type=Path, default=here, help="GDXray root (DYNAWAVE_DATA/gdxray-welds)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("runs/crossval"))
    parser.add_argument("--table", type=Path, default=Path("docs/results/crossval.md"))
    given = parser.parse_args()
    results = {name: [run(given, name, seed) for seed in MODELS[name].runs(given)] for name in given.models}
    write_bytes(given.table, report(given, results).encode())
    print(given.table.read_text())


if __name__ == "__main__":
    main()
