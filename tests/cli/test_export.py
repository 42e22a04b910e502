from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dynawave.cli.main import app
from dynawave.training import export as module


def test_passes_on_what_the_options_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    def fake(weights: Path, out: Path, base: Any = None, **card: Any) -> float:
        calls.append((weights, base, card))
        out.write_bytes(b"x" * 1_500_000)
        return 2e-5

    monkeypatch.setattr(module, "export", fake)
    out = tmp_path / "w.onnx"
    done = CliRunner().invoke(app, ["export", "w.safetensors", "--out", str(out), "--score-threshold", "0.4"])
    assert done.exit_code == 0 and "1.5 MB" in done.output and "2.0e-05" in done.output
    weights, base, card = calls[0]
    assert weights == Path("w.safetensors") and base is None
    assert card == {"version": "0.1.0", "terms": "", "score_threshold": 0.4}

    config = tmp_path / "config.yaml"
    config.write_text("name: steel\nclasses: [scratches]\ncard: {scale: 2}\n")
    done = CliRunner().invoke(app, ["export", "w.safetensors", "--config", str(config), "--out", str(out)])
    assert done.exit_code == 0 and calls[1][1] == {"scale": 2}


def test_missing_weights_are_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["export", "none.safetensors", "--out", str(tmp_path / "w.onnx")])
    assert done.exit_code == 2 and "none.safetensors" in done.output and "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


def test_help_shows_an_example() -> None:
    done = CliRunner().invoke(app, ["export", "--help"])
    assert done.exit_code == 0 and "dynawave export runs/film/weights.safetensors" in " ".join(done.output.split())
