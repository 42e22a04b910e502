import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dynawave.cli.main import app
from dynawave.errors import DatasetError
from dynawave.training import run
from dynawave.training.config import TrainingConfig


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text("name: mine\nimages_seen: 80\n")
    return file


def test_passes_on_what_the_options_say(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    def fake(settings: TrainingConfig, data: list[Path], out: Path, init: Path | None, unlabelled: Path | None) -> Path:
        calls.append((settings, data, out, init, unlabelled))
        return out / "weights.safetensors"

    monkeypatch.setattr(run, "train", fake)
    options = ["--data", "a", "--out", "runs/x", "--init", "w.safetensors", "--images-seen", "40", "--seed", "2"]
    options += ["--unlabelled", "plant"]
    done = CliRunner().invoke(app, ["train", str(config), *options, "--exclude", "A", "--exclude", "B"])
    assert done.exit_code == 0, done.output
    settings, data, out, init, unlabelled = calls[0]
    assert (settings.name, settings.images_seen, settings.seed) == ("mine", 40, 2)
    assert settings.sources[-1].exclude_films == ("A", "B")
    assert (data, out, init) == ([Path("a")], Path("runs/x"), Path("w.safetensors"))
    assert unlabelled == Path("plant")
    assert "dynawave export runs/x/weights.safetensors --out runs/x/mine.onnx" in done.output


@pytest.mark.parametrize(
    ("error", "status"), [(DatasetError("films: no film is left."), 2), (KeyboardInterrupt(), 130)]
)
def test_faults_are_told_in_a_sentence(
    config: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int
) -> None:
    def fake(*_: Any) -> Path:
        raise error

    monkeypatch.setattr(run, "train", fake)
    done = CliRunner().invoke(app, ["train", str(config), "--data", "films", "--out", "runs/x"])
    assert done.exit_code == status and "Traceback" not in done.output
    assert (str(error) or "run the same command again to resume runs/x") in done.output


def test_wrong_use_is_told(config: Path, tmp_path: Path) -> None:
    config.write_text("tiles: 7\n")
    wrong = ["train", str(config), "--data", str(tmp_path), "--out", str(tmp_path / "run")]
    done = CliRunner().invoke(app, wrong)
    assert done.exit_code == 2 and "tiles" in done.output and not (tmp_path / "run").exists()
    assert CliRunner().invoke(app, ["train", str(config)]).exit_code == 2
    config.write_text("name: mine\n")
    done = CliRunner().invoke(app, ["train", str(config), "--out", str(tmp_path / "run")])
    assert done.exit_code == 2 and "describes 1, but 0 --data" in " ".join(done.output.split())


def test_help_shows_an_example() -> None:
    done = CliRunner().invoke(app, ["train", "--help"])
    assert done.exit_code == 0 and "dynawave train experiments/film.yaml" in " ".join(done.output.split())


@pytest.mark.slow
def test_a_run_from_the_command_line(tmp_path: Path) -> None:
    """Simulated films, two steps, in a process of its own; then once more, which finds nothing left to do."""
    config = tmp_path / "config.yaml"
    config.write_text(
        "name: tiny\nimages_seen: 4\nepoch_images: 4\nbatch: 2\ntile: 64\nworkers: 1\n"
        "network: {width: 12, dgae_levels: [32], pretrained: false}\n"
    )
    films, out = tmp_path / "films", tmp_path / "run"
    drawn = CliRunner().invoke(app, ["simulate", "--count", "2", "--size", "320x256", "--out", str(films)])
    assert drawn.exit_code == 0, drawn.output
    script = "from dynawave.cli.main import app; app()"
    command = [sys.executable, "-c", script, "train", str(config), "--data", str(films), "--out", str(out)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
        assert done.returncode == 0 and "weights.safetensors" in done.stdout, done.stderr[-2000:]
