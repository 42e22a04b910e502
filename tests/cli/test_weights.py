import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dynawave import weights as registry
from dynawave.cli.main import app
from dynawave.errors import WeightsError
from toy import toy_model


def test_list_names_version_size_hash_and_terms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    path = toy_model(tmp_path / "film.onnx")
    done = CliRunner().invoke(app, ["weights", "list"])
    assert done.exit_code == 0, done.output
    for text in ("film", "0.1", "MB", hashlib.sha256(path.read_bytes()).hexdigest(), "for tests", "gas_pore"):
        assert text in done.stdout


def test_a_damaged_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    toy_model(tmp_path / "film.onnx")
    (tmp_path / "broken.onnx").write_text("none")
    done = CliRunner().invoke(app, ["weights", "list"])
    assert done.exit_code == 1
    assert "broken.onnx" in done.stderr
    assert "for tests" in done.stdout


def test_average_refuses_what_is_no_weights_file(tmp_path: Path) -> None:
    (tmp_path / "none.safetensors").write_text("none")
    done = CliRunner().invoke(app, ["weights", "average", str(tmp_path / "none.safetensors"), "--out", "mean"])
    assert done.exit_code != 0 and isinstance(done.exception, WeightsError | SystemExit)
    assert not Path("mean").exists()
