"""`dynawave watch` through the command line, against a server of its own."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dynawave.cli.main import app
from workbench_client import Served, film_bytes

WELD = ("--table", "iso5817:2023", "--level", "B", "--joint", "partial_butt", "--thickness", 10)
MORE = ("--throat", 6, "--layers", "multi", "--weld-width", 12, "--weld-length", 500, "--along", "y")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["watch", *map(str, arguments)])


@pytest.mark.parametrize(("option", "value"), [("--joint", "glued"), ("--throat", "-1"), ("--along", "z")])
def test_what_no_weld_can_be_is_wrong_use(tmp_path: Path, option: str, value: str) -> None:
    done = run(tmp_path, "--out", tmp_path / "out", "--once", option, value)
    assert done.exit_code == 2 and not (tmp_path / "out").exists()


def test_without_a_workbench_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(film_bytes())
    done = run(tmp_path, "--out", tmp_path / "out", "--once", "--rest", 0.1, "--url", "http://127.0.0.1:9")
    assert done.exit_code == 2 and "cannot be reached" in done.stderr


def test_a_watched_folder_is_judged_by_all_that_is_stated(tmp_path: Path, toy_weights: Path) -> None:
    pytest.importorskip("fastapi")
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "a.png").write_bytes(film_bytes())
    (folder / "broken.png").write_bytes(b"no film")
    server = Served(tmp_path / "data", toy_weights)
    try:
        url = f"http://127.0.0.1:{server.port}"
        done = run(folder, "--out", out, "--url", url, "--once", "--rest", 0.1, "--pixel-size", 0.1, *WELD, *MORE)
    finally:
        server.kill()
    assert done.exit_code == 0, done.output
    assert "a.png: 3 indications, " in done.stdout and "broken.png: " in done.stderr
    verdict = json.loads((out / "a.png.json").read_text())["verdict"]
    assert verdict["missing"] == []
    assert verdict["weld"] == {
        "level": "B",
        "joint": "partial_butt",
        "thickness_mm": 10,
        "throat_mm": 6,
        "layers": "multi",
        "weld_width_mm": 12,
        "weld_length_mm": 500,
        "along": "y",
    }
