"""Tables on published sets: parts, folds, and the mean over them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dynawave.errors import ConfigError
from dynawave.reproduce.data import make_data
from dynawave.reproduce.perform import perform
from dynawave.reproduce.plan import load_plan
from dynawave.reproduce.results import average, collect
from dynawave.reproduce.runs import plan_runs
from dynawave.reproduce.summary import write_summary


@pytest.fixture
def folded(table: Path) -> Path:
    """The table on a published set in three folds."""
    file = table / "table.yaml"
    lines = [line for line in file.read_text().splitlines() if not line.startswith(("train:", "test:"))]
    folds = "folds: [{train: 'b,c', test: a}, {train: 'a,c', test: b}, {train: 'a,b', test: c}]"
    file.write_text("\n".join([*lines, "train: {set: steel}", "test: {set: steel}", folds]))
    return table


def test_each_fold_is_a_run_on_its_parts(folded: Path, tmp_path: Path) -> None:
    runs = plan_runs(load_plan(str(folded)), tmp_path / "out", ["full"], [1], tmp_path / "sets")
    assert [run.name for run in runs] == [f"full, seed 1, fold {k}" for k in range(3)]
    assert [run.folder.relative_to(tmp_path) for run in runs] == [Path(f"out/full/seed-1/fold-{k}") for k in range(3)]
    assert (runs[0].train, runs[0].test) == (tmp_path / "sets" / "steel#b,c", tmp_path / "sets" / "steel#a")
    assert runs[2].test.name == "steel#c"


def test_a_part_without_folds(table: Path, tmp_path: Path) -> None:
    file = table / "table.yaml"
    file.write_text(file.read_text().replace("test: {count: 1, seed: 6,", "test: {set: steel, part: val} #"))
    run = plan_runs(load_plan(str(table)), tmp_path / "out", root=tmp_path)[0]
    assert (run.train, run.test) == (tmp_path / "out" / "data" / "train", tmp_path / "steel#val")
    assert run.folder == tmp_path / "out" / "full" / "seed-0"


def test_a_set_that_is_not_there_is_named(folded: Path, tmp_path: Path) -> None:
    plan = load_plan(str(folded))
    with pytest.raises(ConfigError, match=r"steel: is not there; say with --data"):
        make_data(plan, tmp_path / "out", root=tmp_path / "sets")
    (tmp_path / "sets" / "steel").mkdir(parents=True)
    make_data(plan, tmp_path / "out", root=tmp_path / "sets")
    assert [path.name for path in (tmp_path / "out" / "data").iterdir()] == ["data.json"]


def test_unlabelled_films_are_given_to_every_training(
    table: Path, tmp_path: Path, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = table / "table.yaml"
    file.write_text(file.read_text() + "\nunlabelled: plant/new\n")
    plan, out = load_plan(str(table)), tmp_path / "out"
    with pytest.raises(ConfigError, match=r"plant/new: is not there; say with --data"):
        make_data(plan, out, root=tmp_path)
    monkeypatch.setenv("ARGUMENTS", str(tmp_path / "arguments.txt"))
    list(perform(plan_runs(plan, out, ["full"], [0], tmp_path)))
    trained, exported, measured = (tmp_path / "arguments.txt").read_text().splitlines()
    assert f"--unlabelled {tmp_path}/plant/new --seed 0" in trained
    assert "--unlabelled" not in exported + measured
    assert "adapted to plant/new without labels" in write_summary(plan, out)


def test_films_outside_the_published_sets_are_refused(table: Path) -> None:
    file = table / "table.yaml"
    file.write_text(file.read_text() + "\nunlabelled: ../mine\n")
    with pytest.raises(ConfigError, match="unlabelled"):
        load_plan(str(table))


def test_a_seed_counts_once_all_its_folds_are_done(folded: Path, tmp_path: Path, commands: Path) -> None:
    plan, out = load_plan(str(folded)), tmp_path / "out"
    runs = plan_runs(plan, out, ["full"], [0])
    list(perform(runs[:2]))
    assert not collect(plan, out)[0].records
    list(perform(runs))
    for k, run in enumerate(runs):
        file = run.folder / "metrics.json"
        record = json.loads(file.read_text())
        record["results"][0]["ap50"] = 0.3 + k / 10
        file.write_text(json.dumps(record))
    result = collect(plan, out)[0]
    assert result.values("ap50") == {0: pytest.approx(0.4)} and result.values("kinds.recall") == {0: None}
    assert result.seconds[0] is not None
    text = write_summary(plan, out)
    assert "Trained on steel, measured on steel; seeds 0, 1, mean over 3 folds each." in text
    assert "0.400 (1 of 2)" in text


def test_the_mean_of_records() -> None:
    first = {"a": 1.0, "b": None, "c": [{"name": "x", "v": 1}, {"name": "y", "v": 3}], "d": [1], "e": None, "f": True}
    second = {"a": 3.0, "b": 5.0, "c": [{"name": "x", "v": 3}, {"name": "y", "v": None}], "d": [], "e": None, "f": True}
    assert average([first, second]) == {
        "a": 2.0,
        "b": 5.0,
        "c": [{"name": "x", "v": 2}, {"name": "y", "v": 3}],
        "d": [1],
        "e": None,
        "f": True,
    }


def test_runs_are_told_apart_by_fold(folded: Path, tmp_path: Path) -> None:
    first, second, *_ = plan_runs(load_plan(str(folded)), tmp_path)
    assert replace(first, fold=second.fold, folder=second.folder, train=second.train, test=second.test) == second
