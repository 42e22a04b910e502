"""The record of a run in its folder: all it takes to repeat it, and to resume no other one in its place."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.load import data_hash
from dynawave.errors import ConfigError
from dynawave.images.files import write_json, written_aside
from dynawave.training.config import TrainingConfig, load_config
from dynawave.training.weights import terms_in

CONFIG_FILE: Final = "config.yaml"
PROVENANCE_FILE: Final = "provenance.json"
PACKAGES: Final = ("dynawave", "torch", "lightning", "numpy", "opencv-python-headless")


class Used(NamedTuple):
    """Data of a run: the folder, its hash, whether its labels are read, and its terms (see `datasets.about`)."""

    path: Path
    sha256: str
    labelled: bool = True
    terms: str = ""
    research_only: bool = False


def labelled(paths: Sequence[Path], datasets: Sequence[CocoDataset]) -> list[Used]:
    """Annotated sets as they stand in the record."""
    return [
        Used(path, data_hash(each), True, each.about.terms, each.about.research_only)
        for path, each in zip(paths, datasets, strict=True)
    ]


def check_same_run(config: TrainingConfig, data: Sequence[Used], out: Path) -> None:
    """Make sure that a run folder is new, or was begun with this configuration and these data.

    Raises:
        ConfigError: it was not.
    """
    file = out / CONFIG_FILE
    if file.exists() and load_config(file) != config:
        raise ConfigError(f"{file}: another configuration began this run; choose another --out to train anew.")
    check_same_data(data, out)


def check_same_data(data: Sequence[Used], out: Path) -> None:
    """Make sure that a run folder is new, or was begun with these data.

    Raises:
        ConfigError: it was not.
    """
    begun = _provenance(out)
    hashes = [(each.sha256, each.labelled) for each in data]
    if begun and [(each["sha256"], each.get("labelled", True)) for each in begun["data"]] != hashes:
        raise ConfigError(f"{out / PROVENANCE_FILE}: other data began this run; choose another --out to train anew.")


def record_run(config: TrainingConfig, data: Sequence[Used], init: Path | None, out: Path) -> None:
    """Write the configuration and where the run comes from; a resumed run adds the code and machine it goes on with."""
    with written_aside(out / CONFIG_FILE) as aside:
        aside.write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False))
    record_session(data, init, out)


def record_session(
    data: Sequence[Used], init: Path | None, out: Path, versions: Mapping[str, str] | None = None
) -> None:
    """Write where a run comes from, or add the code and machine that it goes on with.

    Args:
        data: of the run.
        init: weights that it starts from.
        out: its folder.
        versions: of programs besides `PACKAGES`.
    """
    begun = _provenance(out) or {
        "data": [each._asdict() | {"path": str(each.path)} for each in data],
        "init": str(init) if init else None,
    }
    session = {
        "git": git_revision(),
        "versions": {name: version(name) for name in PACKAGES} | dict(versions or {}),
        "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()},
    }
    write_json(out / PROVENANCE_FILE, begun | {"sessions": [*begun.get("sessions", []), session]})


def terms_of(run: Path) -> str:
    """What the terms of a run's data, and of the run that it started from, mean for its model; "" for nothing."""
    begun = _provenance(run)
    if begun is None:
        return ""
    inherited = terms_of_weights(Path(begun["init"])) if begun.get("init") else ""
    restricted = [
        each["terms"] for each in begun["data"] if each.get("research_only") and each["terms"] not in inherited
    ]
    return " ".join([inherited or "Research only.", *restricted]) if restricted else inherited


def terms_of_weights(weights: Path) -> str:
    """What the terms of their data mean for weights: as their file says, or for older ones the run beside them."""
    return (terms_in(weights) if weights.is_file() else "") or terms_of(weights.parent)


def _provenance(out: Path) -> dict[str, Any] | None:
    file = out / PROVENANCE_FILE
    return dict(json.loads(file.read_text())) if file.exists() else None


def git_revision() -> str | None:
    """The revision of the source tree that runs, marked when it has local changes; None outside a checkout."""
    folder = Path(__file__).parent
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=folder, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
