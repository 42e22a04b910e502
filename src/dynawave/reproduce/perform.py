"""Doing the runs of a table, each in processes of its own: what is done is skipped, what was stopped goes on.

A run folder `OUT/ROW/seed-S`, or `OUT/ROW/seed-S/fold-K`, is that of `dynawave train`, and gets `model.onnx` and the
files of `dynawave evaluate`, of which `metrics.json` is written last: with it a run is done. Ctrl-C and SIGTERM end the
process of a run, too; after SIGKILL it lives on, and has to be ended before its run is begun again. The program of a
peer leaves the same files.
"""

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

from dynawave.errors import ConfigError, DynaWaveError
from dynawave.images.files import write_bytes, write_json
from dynawave.inspection.runtime import ModelCard
from dynawave.reproduce.cost import record_cost
from dynawave.reproduce.peers import PeerConfig
from dynawave.reproduce.runs import CONFIG_FILE, METRICS_FILE, MODEL_FILE, TIMES_FILE, WEIGHTS_FILE, Run, read_times
from dynawave.training.config import TrainingConfig

ROW_FILE: Final = "row.yaml"
LOG_FILE: Final = "log.txt"
PROGRAM: Final = (sys.executable, "-m", "dynawave")
PATIENCE_S: Final = 30.0
"""How long a stopped process may take to end by itself."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that was worked on, and why it did not come to its end, in a sentence, or None where it did."""

    run: Run
    failure: str | None


class _StepFailed(DynaWaveError):
    """A process of a run ended with an error."""


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


def _last_line(log: Path) -> str:
    """What a process said last."""
    lines = log.read_text(errors="replace").replace("\r", "\n").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
