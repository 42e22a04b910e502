"""What unlabelled films of a plant bring: from simulation to GDXray W0003, measured on the annotated films W0001.

The films under test are crops of W0003 films; `experiments/adapt.yaml` leaves the whole ones out. The control sees as
many labelled tiles, the same ones, and no unlabelled film. What is done is kept: a killed run is repeated with the same
command.

Example:
    python -m benchmarks.adaptation --data data/simulated data/physical --seeds 0 1 2
    python -m benchmarks.adaptation --data data/simulated data/physical --rows control adapted transductive
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.load import DATA_ROOT, load_dataset
from dynawave.datasets.split import films, select_films
from dynawave.evaluation.cache import FilmCache
from dynawave.evaluation.calls import LEAST_SCORE, inspector_detector
from dynawave.evaluation.complete import Completed, compare, complete, figures
from dynawave.evaluation.evaluate import evaluate
from dynawave.evaluation.report.tables import differences_table
from dynawave.evaluation.table import Table, figure
from dynawave.images.files import write_bytes, write_json
from dynawave.inspection import Inspector
from dynawave.reproduce.results import Values, differences, spread

BEFORE: Final = "before"
PROGRAM: Final = (sys.executable, "-m", "dynawave")
MEASURES: Final = {
    "ap50": "AP50",
    "ap30": "AP30",
    "hits.1": "hits at 1",
    "hits.5": "hits at 5",
    "hits.20": "hits at 20",
    "pixel_ap": "pixel AP",
    "auroc": "AUROC",
}
"""Places in the record of an evaluation, and headings."""
BY_FILM: Final = ("ap30", "hits.5", "pixel_ap")


@dataclass(frozen=True)
class Row:
    """A way to train on: its name in tables, its configuration, and whether it sees the unlabelled films."""

    title: str
    config: str
    adapts: bool


ROWS: Final = {
    "control": Row("control: more simulated tiles", "experiments/adapt.yaml", adapts=False),
    "adapted": Row("adapted to other films", "experiments/adapt.yaml", adapts=True),
    "transductive": Row("adapted to these and others", "experiments/adapt-all.yaml", adapts=True),
}


@dataclass(frozen=True)
class Measured:
    """Weights on the whole set and, film by film, their figures."""

    whole: Completed
    by_film: dict[str, dict[str, float]]


def perform(given: argparse.Namespace, name: str, seed: int) -> Path:
    """Train and export what is missing of a row and seed; the ONNX file."""
    row = ROWS[name]
    folder: Path = given.out / name / f"seed-{seed}"
    model = folder / "model.onnx"
    if model.exists():
        return model
    data = [argument for path in given.data for argument in ("--data", path)]
    unlabelled = ["--unlabelled", given.films / "W0003"] if row.adapts else []
    budget = ["--images-seen", given.images] if given.images else []
    start = ["--init", given.init, "--seed", seed, "--out", folder]
    call("train", row.config, *data, *unlabelled, *budget, *start)
    call("export", folder / "weights.safetensors", "--out", model)
    return model


def call(*arguments: object) -> None:
    """A command of ours, in a process of its own."""
    command = [*PROGRAM, *map(str, arguments)]
    print("+", *command[1:], flush=True)
    subprocess.run(command, check=True)


def measure(model: Path, dataset: CocoDataset, title: str, folder: Path) -> Measured:
    """Inspect every film, or read what was found on it before."""
    inspector = Inspector(str(model), score_threshold=LEAST_SCORE)
    classes = tuple(flaw.name for flaw in inspector.classes)
    cache = FilmCache(folder / "films", f"{inspector.model.sha256} {inspector.settings}")

    def on(part: CocoDataset) -> Completed:
        return complete(evaluate(inspector_detector(inspector), part, title, classes=classes, cache=cache))

    whole = on(dataset)
    write_json(folder / "metrics.json", whole.evaluation.model_dump())
    return Measured(whole, {film: figures(on(select_films(dataset, {film})).evaluation) for film in films(dataset)})


def report(results: dict[str, dict[int, Measured]]) -> str:
    """The tables, and how to repeat them."""
    tables = [_whole(results), *(_by_film(results, place) for place in BY_FILM)]
    first = {name: next(iter(seeds.values())).whole for name, seeds in results.items()}
    tables += [
        differences_table(ROWS["control"].title, ROWS[name].title, compare(first["control"], first[name]))
        for name in results
        if "control" in first and name not in (BEFORE, "control")
    ]
    return "\n".join(
        (
            "# Adapting to unlabelled films\n",
            "`film`, trained on simulated films alone, trained further on them with and without unlabelled films of",
            "GDXray W0003, and measured on the 7 annotated films W0001: crops of films of W0003, which are left out",
            "except where it says otherwise. Mean and standard deviation over the seeds; the last tables: the first",
            "seed. To repeat:\n",
            f"    python -m benchmarks.adaptation {' '.join(sys.argv[1:])}\n",
            *(table.markdown() for table in tables),
        )
    )


def _title(name: str) -> str:
    return ROWS[name].title if name in ROWS else "`film`, before"


def _whole(results: dict[str, dict[int, Measured]]) -> Table:
    """Measures over all films, and what they are more than the control's with the same seed."""
    found = {
        name: {
            place: {seed: figures(measured.whole.evaluation).get(place) for seed, measured in seeds.items()}
            for place in MEASURES
        }
        for name, seeds in results.items()
    }
    rows = [
        (_title(name), *(spread(values, len(values)) for values in measures.values()))
        for name, measures in found.items()
    ]
    rows += [
        (
            f"{_title(name)}, less the control",
            *(_signed(differences(v, found["control"][p])) for p, v in values.items()),
        )
        for name, values in found.items()
        if "control" in found and name not in (BEFORE, "control")
    ]
    return Table("Results", ("", *MEASURES.values()), tuple(rows))


def _signed(values: Values) -> str:
    text = spread(values, len(values))
    return text if text.startswith("-") else f"+{text}"


def _by_film(results: dict[str, dict[int, Measured]], place: str) -> Table:
    """A measure of each film; the mean over the seeds."""
    names = next(iter(next(iter(results.values())).values())).by_film
    rows = []
    for film in names:
        values = [[m.by_film[film].get(place) for m in seeds.values()] for seeds in results.values()]
        means = [sum(v for v in each if v is not None) / len(each) if None not in each else None for each in values]
        rows.append((film, *map(figure, means)))
    return Table(f"{MEASURES[place]}, film by film", ("film", *map(_title, results)), tuple(rows))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = DATA_ROOT / "gdxray-welds"
    options.add_argument("--data", nargs=2, type=Path, required=True, help="simulated films, statistical and physical")
    options.add_argument("--films", type=Path, default=here, help="GDXray root (DYNAWAVE_DATA/gdxray-welds)")
    options.add_argument("--init", type=Path, default=Path("src/dynawave/weights/film.safetensors"))
    options.add_argument("--rows", nargs="+", choices=ROWS, default=["control", "adapted"])
    options.add_argument("--seeds", nargs="+", type=int, default=[0])
    options.add_argument("--images", type=int, help="labelled tiles of a run, in place of the configuration's")
    options.add_argument("--out", type=Path, default=Path("runs/adapt"))
    options.add_argument("--table", type=Path, default=Path("docs/results/adaptation.md"))
    return options


def main() -> None:
    """Train, measure, write."""
    given = parser().parse_args()
    dataset = load_dataset(given.films)
    before = given.out / BEFORE / "model.onnx"
    if not before.exists():
        call("export", given.init, "--out", before)
    results = {BEFORE: {0: measure(before, dataset, _title(BEFORE), before.parent)}}
    for name in given.rows:
        models = {seed: perform(given, name, seed) for seed in given.seeds}
        results[name] = {seed: measure(model, dataset, _title(name), model.parent) for seed, model in models.items()}
        write_bytes(given.table, report(results).encode())
    print(given.table.read_text())


if __name__ == "__main__":
    main()
