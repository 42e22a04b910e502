"""The runs of a table, each in processes of its own: what is done is skipped, what was stopped goes on.

A run folder `OUT/ROW/seed-S`, or `OUT/ROW/seed-S/fold-K`, is that of `dynawave train`, and gets `model.onnx` and the
files of `dynawave evaluate`, of which `metrics.json` is written last: with it a run is done. Ctrl-C and SIGTERM end the
process of a run, too; after SIGKILL it lives on, and has to be ended before its run is begun again. The program of a
peer leaves the same files.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from dynawave.datasets.coco import FILE_NAME
from dynawave.datasets.load import DATA_ROOT
from dynawave.errors import ConfigError, DynaWaveError
from dynawave.images.files import write_bytes, write_json
from dynawave.inspection.runtime import ModelCard
from dynawave.reproduce.cost import record_cost
from dynawave.reproduce.peers import PeerConfig, load_peer_config
from dynawave.reproduce.plan import Plan, PublishedData, Row, SimulatedData
from dynawave.simulate.dataset import simulate_dataset
from dynawave.training.config import TrainingConfig, load_config

METRICS_FILE: Final = "metrics.json"
WEIGHTS_FILE: Final = "weights.safetensors"
CONFIG_FILE: Final = "config.yaml"
ROW_FILE: Final = "row.yaml"
TIMES_FILE: Final = "times.json"
LOG_FILE: Final = "log.txt"
MODEL_FILE: Final = "model.onnx"
DATA_FILE: Final = "data.json"
WHOLE: Final = "whole"
PROGRAM: Final = (sys.executable, "-m", "dynawave")
PATIENCE_S: Final = 30.0
"""How long a stopped process may take to end by itself."""


@dataclass(frozen=True, slots=True)
class Run:
    """One row with one seed and, where there are folds, one of them.

    Attributes:
        row: what it trains.
        seed: of the training.
        folder: of the run.
        train: what it trains on.
        test: what it is measured on.
        fold: number of the fold, or None.
        unlabelled: films to adapt to, or None.
        init: weights of another run that it begins with, or None.
    """

    row: Row
    seed: int
    folder: Path
    train: Path
    test: Path
    fold: int | None = None
    unlabelled: Path | None = None
    init: Path | None = None

    @property
    def name(self) -> str:
        """As the user knows it."""
        return f"{self.row.name}, seed {self.seed}" + ("" if self.fold is None else f", fold {self.fold}")

    @property
    def config(self) -> TrainingConfig:
        """What it trains."""
        return self.row.config.overridden(None, self.seed, ())

    @property
    def recipe(self) -> TrainingConfig | PeerConfig:
        """All that it depends on besides its data."""
        peer = self.row.peer
        return PeerConfig(**peer.model_dump(), tiles=self.config) if peer else self.config

    @property
    def done(self) -> bool:
        """Whether it is finished.

        Raises:
            ConfigError: it was begun with another configuration, and would stand in the table for this one.
        """
        return not self.only_card_differs and (self.folder / METRICS_FILE).exists()

    @property
    def only_card_differs(self) -> bool:
        """Whether its weights are there and only the card has changed since: there is nothing to train.

        Raises:
            ConfigError: more than the card has changed, or its weights are not there.
        """
        file = self.folder / CONFIG_FILE
        read: Callable[[Path], TrainingConfig | PeerConfig] = load_peer_config if self.row.peer else load_config
        begun = read(file) if file.exists() else None
        if begun is None or begun == self.recipe:
            return False
        recarded = begun.model_copy(update={"card": self.config.card}) if isinstance(begun, TrainingConfig) else begun
        if recarded != self.recipe or not (self.folder / WEIGHTS_FILE).exists():
            raise ConfigError(
                f"{self.folder}: was begun with another configuration; move it away, or choose another --out."
            )
        return True

    def state(self) -> str:
        """What a list of runs says of it."""
        try:
            return "done" if self.done else "begun" if self.folder.exists() else "not run yet"
        except ConfigError:
            return "of another configuration"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that was worked on, and why it did not come to its end, in a sentence, or None where it did."""

    run: Run
    failure: str | None


class _StepFailed(DynaWaveError):
    """A process of a run ended with an error."""


def plan_runs(
    plan: Plan, out: Path, only: Sequence[str] = (), seeds: Sequence[int] = (), root: Path = DATA_ROOT
) -> list[Run]:
    """The runs of a table, or of some of its rows and seeds; all folds of a row and all rows of a seed before the next.

    Args:
        plan: the table.
        out: its folder.
        only: names of rows; none: all.
        seeds: of those of the table; none: all.
        root: folder that holds the published sets.

    Raises:
        ConfigError: the table has no such row or seed.
    """
    names = [row.name for row in plan.rows]
    for name in only:
        if name not in names:
            raise ConfigError(f"{plan.name}: has no row {name}; its rows are {', '.join(names)}.")
    for seed in seeds:
        if seed not in plan.table.seeds:
            raise ConfigError(
                f"{plan.name}: has no seed {seed}; its seeds are {', '.join(map(str, plan.table.seeds))}."
            )
    return [
        Run(
            row,
            seed,
            _folder(out, row, seed, "" if fold is None else f"fold-{fold}"),
            *_data(plan, out, root, fold),
            fold,
            root / plan.table.unlabelled if plan.table.unlabelled else None,
            _init(out, row, seed, "" if fold is None else f"fold-{fold}"),
        )
        for seed in (seeds or plan.table.seeds)
        for row in plan.rows
        if not only or row.name in only
        for fold in (range(len(plan.table.folds)) if plan.table.folds else (None,))
    ]


def whole_run(plan: Plan, out: Path, seed: int, root: Path = DATA_ROOT) -> Run:
    """The row whose model is kept, trained on all that its folds measure, which leaves nothing to measure it on.

    It lies beside the folds of its seed, and is no run of the table.
    """
    train = plan.table.train
    assert isinstance(train, PublishedData)  # as folds are parts of
    row, everything = plan.kept, train.path(root, ",".join(fold.test for fold in plan.table.folds))
    return Run(row, seed, _folder(out, row, seed, WHOLE), everything, everything, init=_init(out, row, seed, WHOLE))


def _folder(out: Path, row: Row, seed: int, part: str) -> Path:
    return out / row.name / f"seed-{seed}" / part


def _init(out: Path, row: Row, seed: int, part: str) -> Path | None:
    return _folder(out, row.after, seed, part) / WEIGHTS_FILE if row.after else None


def _data(plan: Plan, out: Path, root: Path, fold: int | None) -> tuple[Path, Path]:
    """What a run trains on and what it is measured on: made in the folder of the table, or published under `root`."""
    parts = plan.table.folds[fold] if fold is not None else None
    train, test = plan.table.train, plan.table.test
    return (
        train.path(root, parts.train if parts else None)
        if isinstance(train, PublishedData)
        else out / "data" / "train",
        test.path(root, parts.test if parts else None) if isinstance(test, PublishedData) else out / "data" / "test",
    )


def make_data(
    plan: Plan, out: Path, on_film: Callable[[str], None] = lambda part: None, root: Path = DATA_ROOT
) -> None:
    """Simulate the data of a table, or what is missing of them, into `OUT/data`, and look for published ones.

    Raises:
        ConfigError: the folder's runs were begun with other data, or a published set is not under `root`.
        DatasetError: it cannot be written.
    """
    parts: dict[str, SimulatedData | PublishedData] = {"train": plan.table.train, "test": plan.table.test}
    record: dict[str, Any] = {name: part.model_dump(mode="json") for name, part in parts.items()}
    if plan.table.unlabelled:
        record["unlabelled"] = plan.table.unlabelled
        _present(root / plan.table.unlabelled)
    file = out / "data" / DATA_FILE
    if file.exists() and json.loads(file.read_text()) != record:
        raise ConfigError(f"{file}: other data began these runs; choose another --out.")
    write_json(file, record)
    cores = os.cpu_count() or 1
    for name, part in parts.items():
        if isinstance(part, PublishedData):
            _present(root / part.set)
            continue

        def film_done(_: int, name: str = name) -> None:
            on_film(name)

        if not (out / "data" / name / FILE_NAME).exists():  # whole data stay, whatever becomes of the simulator
            simulate_dataset(out / "data" / name, part.count, part.seed, part.spec, cores, film_done)


def _present(data: Path) -> None:
    if not data.exists():
        raise ConfigError(f"{data}: is not there; say with --data where the published sets are.")


def perform(runs: Iterable[Run], on_run: Callable[[Run], None] = lambda run: None) -> Iterator[Outcome]:
    """Do the runs one after the other, less those that are done; one that fails does not stop the others.

    Args:
        runs: from `plan_runs`.
        on_run: called before each run that is not done.
    """
    for run in runs:
        try:
            if run.done:
                _count(run)  # of one that was done before it was asked for
                continue
            on_run(run)
            _perform(run)
            _count(run)
            yield Outcome(run, None)
        except (DynaWaveError, OSError) as error:
            yield Outcome(run, str(error))


def _perform(run: Run) -> None:
    """Train, export and evaluate in processes of their own, so that each starts fresh and its memory is given back."""
    make_model(run)
    if run.row.peer:
        _step(run, run.row.peer.program, "evaluate", "--data", run.test, "--out", run.folder)
        return
    model = run.folder / MODEL_FILE
    _step(run, PROGRAM, "evaluate", "--weights", model, "--data", run.test, "--no-baseline", "--out", run.folder)


def make_model(run: Run) -> Path:
    """Train and export what the run is about, as far as it is not there; gives the ONNX file.

    Raises:
        ConfigError: its folder was begun with another configuration.
        DynaWaveError: one of the commands ended with an error, which is said.
        OSError: the folder cannot be written.
    """
    weights, model, config = run.folder / WEIGHTS_FILE, run.folder / MODEL_FILE, run.folder / ROW_FILE
    document = yaml.safe_dump(_document(run.recipe), sort_keys=False).encode()
    if run.only_card_differs:
        for made in (run.folder / METRICS_FILE, model):
            made.unlink(missing_ok=True)
        write_bytes(run.folder / CONFIG_FILE, document)  # last: what is stopped before is found to differ again
    if run.done or model.exists():
        return model
    write_bytes(config, document)
    if run.row.peer:  # its `train` leaves the model; the seed is in the configuration
        _step(run, run.row.peer.program, "train", config, "--data", run.train, "--out", run.folder)
        return model
    if not weights.exists():
        _step(run, PROGRAM, "train", config, *_training_options(run))
    _step(run, PROGRAM, "export", weights, "--config", config, "--out", model)
    return model


def _training_options(run: Run) -> list[object]:
    options: list[object] = ["--data", run.train]
    if run.unlabelled:
        options += ["--unlabelled", run.unlabelled]
    if run.init:
        if not run.init.exists():
            raise ConfigError(f"{run.init}: is not there; {run.row.name} begins with it.")
        options += ["--init", run.init]
    return [*options, "--seed", run.seed, "--out", run.folder]


def _document(recipe: TrainingConfig | PeerConfig) -> dict[str, Any]:
    return recipe.document() if isinstance(recipe, PeerConfig) else recipe.model_dump(mode="json")


def _count(run: Run) -> None:
    """What the model costs on a tile as large as inspection cuts; without the model, as in a clone, nobody can say."""
    record_cost(run.folder / MODEL_FILE, run.config.card.get("tile", ModelCard.model_fields["tile"].default))


def _step(run: Run, program: Sequence[str], command: str, *arguments: object) -> None:
    """One command of a program, timed, its output added to the run's log."""
    run.folder.mkdir(parents=True, exist_ok=True)
    file = run.folder / TIMES_FILE
    sessions: list[dict[str, Any]] = [*read_times(run.folder), {"command": command, "date": _today(), "seconds": None}]
    write_json(file, sessions)  # a process that is killed with this one leaves no time behind
    start = time.monotonic()
    try:
        with (run.folder / LOG_FILE).open("ab") as log:
            status = _call([*program, command, *map(str, arguments)], log)
    finally:
        sessions[-1]["seconds"] = round(time.monotonic() - start, 1)
        write_json(file, sessions)
    if status:
        ended = f"ended by {signal.Signals(-status).name}" if status < 0 else _last_line(run.folder / LOG_FILE)
        raise _StepFailed(f"{command}: {ended} (see {run.folder / LOG_FILE})")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _call(command: Sequence[str], log: Any) -> int:
    """Exit status of a process; when we are interrupted it is ended first, and has time to end well."""
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise


def read_times(folder: Path) -> list[dict[str, Any]]:
    """Each command of a run, its date and its seconds, or None where it was killed together with us."""
    file = folder / TIMES_FILE
    return list(json.loads(file.read_text())) if file.exists() else []


def _last_line(log: Path) -> str:
    """What a process said last."""
    lines = log.read_text(errors="replace").replace("\r", "\n").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
