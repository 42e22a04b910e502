import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dynawave.reproduce.perform import perform
from dynawave.reproduce.plan import load_plan
from dynawave.reproduce.runs import plan_runs, read_times
from dynawave.training.config import load_config


def called(commands: Path, out: Path) -> list[str]:
    lines = commands.read_text().replace(f"{out}/", "").splitlines()
    commands.write_text("")
    return lines


def whole(run: str) -> list[str]:
    return [f"train {run}", f"export {run}/model.onnx", f"evaluate {run}"]


def test_every_row_runs_with_every_seed_and_what_is_done_is_skipped(
    table: Path, tmp_path: Path, commands: Path
) -> None:
    plan, out = load_plan(str(table)), tmp_path / "out"
    runs = plan_runs(plan, out)
    outcomes = list(perform(runs))
    assert [outcome.failure for outcome in outcomes] == [None] * 4
    order = ["full/seed-0", "no-fdsa/seed-0", "full/seed-1", "no-fdsa/seed-1"]
    assert called(commands, out) == [line for run in order for line in whole(run)]
    assert list(perform(runs)) == [] and called(commands, out) == []
    assert [run.state() for run in runs] == ["done"] * 4
    assert [session["command"] for session in read_times(runs[0].folder)] == ["train", "export", "evaluate"]
    assert all(session["seconds"] >= 0 for session in read_times(runs[0].folder))
    assert json.loads((runs[0].folder / "metrics.json").read_text())


def test_a_run_goes_on_with_the_step_that_is_missing(table: Path, tmp_path: Path, commands: Path) -> None:
    plan, out = load_plan(str(table)), tmp_path / "out"
    runs = plan_runs(plan, out, ["full"], [1])
    list(perform(runs))
    called(commands, out)
    (runs[0].folder / "metrics.json").unlink()
    assert runs[0].state() == "begun"
    list(perform(runs))
    assert called(commands, out) == ["evaluate full/seed-1"]


def test_a_failing_run_is_named_and_the_others_still_run(
    table: Path, tmp_path: Path, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, out = load_plan(str(table)), tmp_path / "out"
    monkeypatch.setenv("FAIL", "train full/seed-0")
    runs = plan_runs(plan, out)
    failed = [outcome for outcome in perform(runs) if outcome.failure]
    assert [outcome.run.name for outcome in failed] == ["full, seed 0"]
    assert failed[0].failure == f"train: this cannot be (see {out / 'full' / 'seed-0' / 'log.txt'})"
    assert [run.state() for run in runs] == ["begun", "done", "done", "done"]
    monkeypatch.delenv("FAIL")
    called(commands, out)
    assert [outcome.run.name for outcome in perform(runs)] == ["full, seed 0"]
    assert called(commands, out) == whole("full/seed-0")


def test_a_run_that_is_killed_says_so(
    table: Path, tmp_path: Path, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KILLED", "export")
    out = tmp_path / "out"
    (outcome,) = perform(plan_runs(load_plan(str(table)), out, ["full"], [0]))
    assert outcome.failure == f"export: ended by SIGKILL (see {out / 'full' / 'seed-0' / 'log.txt'})"


def test_another_card_costs_no_training(table: Path, tmp_path: Path, commands: Path) -> None:
    out, row = tmp_path / "out", table / "full.yaml"
    list(perform(plan_runs(load_plan(str(table)), out, ["full"], [0])))
    called(commands, out)
    row.write_text(row.read_text() + "card: {scale: 2}\n")
    (run,) = plan_runs(load_plan(str(table)), out, ["full"], [0])
    assert run.state() == "begun"
    list(perform([run]))
    assert called(commands, out) == ["export full/seed-0/model.onnx", "evaluate full/seed-0"]
    assert run.state() == "done" and load_config(run.folder / "config.yaml").card == {"scale": 2}
    (run.folder / "weights.safetensors").unlink()  # as in a clone, where the card that was measured is not this one
    row.write_text(row.read_text().replace("scale: 2", "scale: 3"))
    (run,) = plan_runs(load_plan(str(table)), out, ["full"], [0])
    assert run.state() == "of another configuration"


def test_a_run_of_another_configuration_does_not_stand_for_this_one(
    table: Path, tmp_path: Path, commands: Path
) -> None:
    out = tmp_path / "out"
    list(perform(plan_runs(load_plan(str(table)), out, ["no-fdsa"])))
    (table / "no-fdsa.yaml").write_text("extends: full.yaml\nnetwork: {fadsf: false}\n")
    runs = plan_runs(load_plan(str(table)), out, ["no-fdsa"])
    assert [run.state() for run in runs] == ["of another configuration"] * 2
    assert all("another configuration" in (outcome.failure or "") for outcome in perform(runs))


def test_a_row_after_another_begins_with_its_weights(
    table: Path, tmp_path: Path, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = table / "table.yaml", tmp_path / "out"
    file.write_text(file.read_text() + "after: {no-fdsa: full}\n")
    plan = load_plan(str(table))
    assert [row.images_seen for row in plan.rows] == [4, 8]
    (outcome,) = perform(plan_runs(plan, out, ["no-fdsa"], [1]))
    weights = out / "full" / "seed-1" / "weights.safetensors"
    assert outcome.failure == f"{weights}: is not there; no-fdsa begins with it."
    monkeypatch.setenv("ARGUMENTS", str(tmp_path / "arguments.txt"))
    assert [outcome.failure for outcome in perform(plan_runs(plan, out, seeds=[1]))] == [None, None]
    trained = [line for line in (tmp_path / "arguments.txt").read_text().splitlines() if line.startswith("train")]
    assert ["--init" in line for line in trained] == [False, True] and f"--init {weights} --seed 1" in trained[1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_what_is_stopped_ends_its_process_and_goes_on_later(
    table: Path, tmp_path: Path, commands: Path, monkeypatch: pytest.MonkeyPatch, stop: signal.Signals
) -> None:
    """Stopped while it trains: exit status 130, no process left behind, and no time of it missing."""
    out, begun = tmp_path / "out", tmp_path / "begun"
    script = (
        "import sys; from dynawave.reproduce import perform; "
        f"perform.PROGRAM = (sys.executable, {str(commands.parent / 'commands.py')!r}); "
        "from dynawave.cli.main import app; app()"
    )
    command = [sys.executable, "-c", script, "reproduce", str(table), "--out", str(out), "--only", "full"]
    process = subprocess.Popen(command, env=os.environ | {"SLOW": str(begun)}, stderr=subprocess.PIPE, text=True)
    for _ in range(600):
        if begun.exists():
            break
        time.sleep(0.1)
    process.send_signal(stop)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130 and "run the same command again to go on" in error, error
    folder = out / "full" / "seed-0"
    assert read_times(folder)[0]["seconds"] is not None and not (folder / "metrics.json").exists()
    assert "not run yet" in (out / "table.md").read_text()
    called(commands, out)
    list(perform(plan_runs(load_plan(str(table)), out, ["full"])))
    assert called(commands, out) == [*whole("full/seed-0"), *whole("full/seed-1")]
