from pathlib import Path

import pytest

from dynawave.errors import ConfigError
from dynawave.reproduce.data import make_data
from dynawave.reproduce.plan import load_plan


def test_data_are_simulated_once(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynawave.reproduce.data.os.cpu_count", lambda: 1)
    plan, parts = load_plan(str(table)), list[str]()
    make_data(plan, tmp_path, parts.append)
    assert parts == ["train", "train", "test"]
    films = sorted((tmp_path / "data").rglob("*.png"))
    times = [film.stat().st_mtime_ns for film in films]
    (tmp_path / "data" / "train" / "series.json").write_text("of a simulator that has changed since")
    make_data(plan, tmp_path)
    assert len(films) == 3 and [film.stat().st_mtime_ns for film in films] == times
    other = plan.table.model_copy(update={"test": plan.table.test.model_copy(update={"count": 2})})
    with pytest.raises(ConfigError, match="other data began these runs"):
        make_data(type(plan)(plan.name, other, plan.rows), tmp_path)
