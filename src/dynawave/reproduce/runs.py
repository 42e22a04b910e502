"""The runs of a table: each row with each seed and, where there are folds, each of these, in a folder of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dynawave.datasets.load import DATA_ROOT
from dynawave.documents import read_json
from dynawave.errors import ConfigError
from dynawave.reproduce.peers import PeerConfig, load_peer_config
from dynawave.reproduce.plan import Plan, PublishedData, Row
from dynawave.training.config import TrainingConfig, load_config

METRICS_FILE: Final = "metrics.json"
WEIGHTS_FILE: Final = "weights.safetensors"
CONFIG_FILE: Final = "config.yaml"
TIMES_FILE: Final = "times.json"
MODEL_FILE: Final = "model.onnx"
WHOLE: Final = "whole"


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
        _run(plan, out, root, row, seed, fold)
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


def _run(plan: Plan, out: Path, root: Path, row: Row, seed: int, fold: int | None) -> Run:
    part = "" if fold is None else f"fold-{fold}"
    train, test = _data(plan, out, root, fold)
    unlabelled = root / plan.table.unlabelled if plan.table.unlabelled else None
    return Run(row, seed, _folder(out, row, seed, part), train, test, fold, unlabelled, _init(out, row, seed, part))


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


def read_times(folder: Path) -> list[dict[str, Any]]:
    """Each command of a run, its date and its seconds, or None where it was killed together with us."""
    file = folder / TIMES_FILE
    return read_json(file, list[dict[str, Any]]) if file.exists() else []
