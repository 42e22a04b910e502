import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dynawave.cli.main import app

TABLE = """
title: Tiny
seeds: [0]
train: {count: 2, seed: 5, options: {width: 320, height: 256}}
test: {count: 2, seed: 6, options: {width: 320, height: 256}}
measures: {kinds.f1: F1, ap50: AP50, kinds.miou: mIoU}
rows: {full: the whole, plain: the plain network}
"""
FULL = """
name: tiny
classes: [crack, cavity, solid_inclusion, lack_of_fusion_or_penetration, imperfect_shape]
network: {width: 12, dgae_levels: [32], pretrained: false}
images_seen: 4
epoch_images: 4
batch: 2
tile: 64
workers: 0
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "table.yaml").write_text(TABLE)
    (folder / "full.yaml").write_text(FULL)
    (folder / "plain.yaml").write_text("extends: full.yaml\nnetwork: {dgae_levels: [], fdsa: false, fadsf: false}\n")
    return folder


def test_a_list_says_what_is_done_and_does_nothing(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["reproduce", str(table), "--out", str(out), "--list"])
    assert done.exit_code == 0 and not out.exists()
    assert done.output.splitlines() == ["full, seed 0: not run yet", "plain, seed 0: not run yet"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--only", "nothing"], "has no row nothing"),
        (["--seeds", "3"], "has no seed 3"),
        (["--seeds", "a"], "write them as 0,1,2"),
    ],
)
def test_wrong_use_is_told(table: Path, tmp_path: Path, options: list[str], reason: str) -> None:
    done = CliRunner().invoke(app, ["reproduce", str(table), "--out", str(tmp_path / "out"), *options])
    assert done.exit_code == 2 and reason in " ".join(done.output.split()) and not (tmp_path / "out").exists()


def test_help_shows_an_example() -> None:
    done = CliRunner().invoke(app, ["reproduce", "--help"])
    assert done.exit_code == 0 and "Example: dynawave reproduce ablations" in " ".join(done.output.split())


@pytest.mark.slow
def test_a_table_from_the_command_line(table: Path, tmp_path: Path) -> None:
    """Two runs of two steps; one is made to fail at first, and a repetition does what is missing and no more."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "dynawave", "reproduce", str(table), "--out", str(out)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    (out / "full").mkdir(parents=True)
    (out / "full" / "seed-0").write_text("in the way")
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=1800, check=False)
    assert done.returncode == 1 and "full, seed 0: " in done.stderr and "run 2 of 2" in done.stderr, done.stderr
    assert json.loads((out / "table.json").read_text())["rows"][1]["runs"]
    (out / "full" / "seed-0").unlink()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=1800, check=False)
    assert done.returncode == 0 and "the plain network" in done.stdout, done.stderr[-2000:]
    record = json.loads((out / "table.json").read_text())
    assert [len(row["runs"]) for row in record["rows"]] == [1, 1]
    assert {kind["name"] for kind in record["rows"][0]["runs"][0]["metrics"]["kinds"]["by_class"]} >= {"cavity"}
    weights = out / "full" / "seed-0" / "weights.safetensors"
    before = weights.stat().st_mtime_ns
    again = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=1800, check=False)
    assert again.returncode == 0 and "run 1 of 2" not in again.stderr and weights.stat().st_mtime_ns == before


def test_pages_of_what_has_not_been_run(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "docs" / "results"
    asked = ["results", "--runs", str(tmp_path / "runs"), "--out", str(out)]
    done = CliRunner().invoke(app, [*asked, str(table)])
    assert done.exit_code == 0 and done.output.split() == [str(out / "tiny.md")]
    assert "0 of 2 runs done." in (out / "tiny.md").read_text()
    (tmp_path / "experiments").mkdir()
    table.rename(tmp_path / "experiments" / "tiny")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0 and done.output.split() == [str(out / "tiny.md"), f"{out}.md"]
    assert "(results/tiny.md) | 0 of 2 runs done | - |" in Path(f"{out}.md").read_text()


def test_no_model_is_kept_of_what_has_not_been_run(table: Path, tmp_path: Path) -> None:
    keep = ["--out", str(tmp_path / "out"), "--keep", str(tmp_path / "models")]
    done = CliRunner().invoke(app, ["reproduce", str(table), *keep])
    assert done.exit_code == 2 and "no run of its row full has measured" in " ".join(done.output.split())
    assert not (tmp_path / "models").exists() and not (tmp_path / "out").exists()
