"""The data of a table: simulated into its folder, or published and kept by the user."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from dynawave.datasets.coco import FILE_NAME
from dynawave.datasets.load import DATA_ROOT
from dynawave.documents import read_json
from dynawave.errors import ConfigError
from dynawave.images.files import write_json
from dynawave.reproduce.plan import Plan, PublishedData, SimulatedData
from dynawave.simulate.dataset import simulate_dataset

DATA_FILE: Final = "data.json"


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
    if file.exists() and read_json(file, dict[str, Any]) != record:
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
