"""The command line that every peer's module has: `train`, which leaves `model.onnx`, and `evaluate`.

`dynawave reproduce` calls both, with the configuration that it made of the table; see `dynawave.reproduce.peers`.
"""

import argparse
import hashlib
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import yaml

from benchmarks.peers.card import read_card
from dynawave.datasets.load import load_dataset
from dynawave.errors import ConfigError, DynaWaveError
from dynawave.evaluation.cache import FilmCache
from dynawave.evaluation.calls import Detector
from dynawave.evaluation.complete import complete
from dynawave.evaluation.evaluate import evaluate
from dynawave.evaluation.report.folder import write_folder
from dynawave.images.files import write_bytes
from dynawave.reproduce.peers import load_peer_config
from dynawave.training.config import TrainingConfig
from dynawave.training.memory import keep_freed_memory
from dynawave.training.record import check_same_data, labelled, record_session
from dynawave.training.run import load_sources
from dynawave.training.tiles import Source

CONFIG: Final = "config.yaml"
MODEL: Final = "model.onnx"


@dataclass(frozen=True)
class Job:
    """A training: films, which tiles are drawn from them, options of the module, and the folder of the run."""

    sources: list[Source]
    tiles: TrainingConfig
    options: Mapping[str, Any]
    out: Path

    @property
    def model(self) -> Path:
        """What it leaves."""
        return self.out / MODEL


@dataclass(frozen=True)
class Program:
    """What a module brings.

    Attributes:
        defaults: its options.
        train: trains, goes on where it was killed, and leaves the model.
        detector: of such a model, with so many threads (None: as many as onnxruntime chooses).
        versions: of the programs that it calls.
    """

    defaults: Mapping[str, Any]
    train: Callable[[Job], None]
    detector: Callable[[Path, int | None], Detector]
    versions: Callable[[], Mapping[str, str]] = dict


def main(program: Program, about: str | None) -> None:
    """Read the command line and do what it says; what the user did wrong is said in a sentence."""
    given = _parser(about).parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what it calls is ended, too
    try:
        if given.command == "train":
            train(program, given.config, given.data, given.out)
        else:
            measure(program, given.data, given.out, given.threads)
    except DynaWaveError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("interrupted; run the same command again to go on.")


def train(program: Program, file: Path, data: list[Path], out: Path) -> None:
    """Train a peer on the tiles of a configuration, or go on.

    Raises:
        ConfigError: an option is unknown, or another configuration or other data began this run.
        DatasetError: the data do not fit.
    """
    config = load_peer_config(file)
    if unknown := config.options.keys() - program.defaults.keys():
        raise ConfigError(f"{file}: options: there is no {min(unknown)}; there are {', '.join(program.defaults)}.")
    if (out / CONFIG).exists() and load_peer_config(out / CONFIG) != config:
        raise ConfigError(f"{out / CONFIG}: another configuration began this run; choose another --out.")
    datasets = [load_dataset(path) for path in data]
    used = labelled(data, datasets)
    check_same_data(used, out)
    keep_freed_memory()
    cv2.setNumThreads(0)  # its thread pool does not survive the fork of the loader's workers
    sources, _ = load_sources(config.tiles, datasets)
    write_bytes(out / CONFIG, yaml.safe_dump(config.document(), sort_keys=False).encode())
    record_session(used, None, out, program.versions())
    program.train(Job(sources, config.tiles, {**program.defaults, **config.options}, out))


def measure(program: Program, data: Path, out: Path, threads: int | None = None) -> None:
    """Measure the model of a run as `dynawave evaluate` measures ours, and write the same folder."""
    model = out / MODEL
    card = read_card(model)
    key = hashlib.sha256(model.read_bytes())
    for source in sorted(Path(__file__).parent.glob("*.py")):  # what decodes the model's outputs
        key.update(source.read_bytes())
    outcome = evaluate(
        program.detector(model, threads),
        load_dataset(data),
        card.name,
        classes=[each.name for each in card.classes],
        cache=FilmCache(out / "films", key.hexdigest()),
    )
    write_folder([complete(outcome)], {}, out)


def _parser(about: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    training = commands.add_parser("train", help="train, or go on, and write model.onnx")
    training.add_argument("config", type=Path, help="YAML that dynawave reproduce wrote")
    training.add_argument("--data", type=Path, action="append", required=True, help="set, as of dynawave train")
    evaluation = commands.add_parser("evaluate", help="measure model.onnx, and write the folder of dynawave evaluate")
    evaluation.add_argument("--data", type=Path, required=True, help="set, as of dynawave evaluate")
    evaluation.add_argument("--threads", type=int)
    for command in (training, evaluation):
        command.add_argument("--out", type=Path, required=True, help="folder of the run")
    return parser
