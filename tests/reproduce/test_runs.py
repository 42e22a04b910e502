from pathlib import Path

import pytest

from dynawave.errors import ConfigError
from dynawave.reproduce.plan import load_plan
from dynawave.reproduce.runs import plan_runs


def test_unknown_rows_and_seeds_are_named(table: Path, tmp_path: Path) -> None:
    plan = load_plan(str(table))
    with pytest.raises(ConfigError, match="has no row fulll; its rows are full, no-fdsa"):
        plan_runs(plan, tmp_path, ["fulll"])
    with pytest.raises(ConfigError, match="has no seed 7; its seeds are 0, 1"):
        plan_runs(plan, tmp_path, [], [7])
