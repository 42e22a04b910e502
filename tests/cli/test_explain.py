"""`dynawave explain` on a film that is made up, and with the shipped weights on a bundled one."""

import json
import shutil
import sys
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner, Result

from dynawave.cli.main import app
from dynawave.weights import FOLDER
from toy import film

EXAMPLE = Path(__file__).parents[2] / "examples" / "pores-and-cracks.png"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["explain", *map(str, arguments)])


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of a bundled film that shows pores."""
    file = tmp_path_factory.mktemp("film") / "part.png"
    cv2.imwrite(str(file), cv2.imread(str(EXAMPLE), cv2.IMREAD_UNCHANGED)[280:500, 640:960])
    return file


@pytest.fixture(scope="module")
def explained(part: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """Two films, of which one is none, explained once for all tests."""
    bad = part.with_name("bad.png")
    bad.write_text("no film")
    out = tmp_path_factory.mktemp("out") / "new"
    return run(bad, part, "--out", out), out


def test_a_bad_image_is_named_and_the_other_explained(explained: tuple[Result, Path]) -> None:
    done, out = explained
    assert done.exit_code == 1
    assert sum("bad.png" in line for line in done.stderr.splitlines()) == 1
    document = json.loads((out / "explanation.json").read_text())
    assert [image["file"] for image in document["images"]] == ["part.png"]
    assert len(document["failures"]) == 1
    assert document["model"]["name"] == "film"


def test_sheet_and_pictures_are_there_and_the_figures_with_them(explained: tuple[Result, Path]) -> None:
    _, out = explained
    (explanation,) = json.loads((out / "explanation.json").read_text())["images"][0]["explanations"]
    names = {explanation["sheet"], *explanation["pictures"].values()}
    assert {file.name for file in out.iterdir()} == names | {"explanation.json"}
    assert all(cv2.imread(str(out / name)).std() > 5 for name in names)
    assert {"film", "field", "evidence-flaw", "sides", "gate-8", "sampling-8-3", "subband-HH-16", "attention"} <= set(
        explanation["pictures"]
    )
    assert explanation["indication"] == 1
    assert set(explanation["alphas"]) == {"4", "8", "16"}
    assert len(explanation["offsets"]) == 9
    # what the network calls a flaw is where the field is high and the evidence lies
    assert explanation["maps"]["field"]["lift"] > 3
    assert explanation["maps"]["grad_cam"]["lift"] > 3


def test_an_indication_that_there_is_not_is_said_to_be_missing(part: Path, tmp_path: Path) -> None:
    done = run(part, "--indication", 99, "--out", tmp_path)
    assert done.exit_code == 1
    assert "part.png" in done.stderr and "none of number 99" in done.stderr


def test_of_a_film_without_flaws_the_likeliest_place_is_explained(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "sound.png"), film(96, 128))
    done = run(tmp_path / "sound.png", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    image = json.loads((tmp_path / "out" / "explanation.json").read_text())["images"][0]
    assert image["indications"] == 0
    assert image["explanations"][0]["indication"] == 0


def test_onnx_without_its_tensors_or_with_those_of_another_network_is_refused(part: Path, tmp_path: Path) -> None:
    shutil.copy(FOLDER / "film.onnx", tmp_path / "own.onnx")
    done = run(part, "--weights", tmp_path / "own.onnx", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "own.safetensors beside it" in done.stderr
    shutil.copy(FOLDER / "film-research.safetensors", tmp_path / "own.safetensors")
    done = run(part, "--weights", tmp_path / "own.onnx", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "is not the network of own.safetensors" in done.stderr
    assert not (tmp_path / "out").exists()


def test_without_the_extra_it_says_what_to_install(part: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("dynawave.explain")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    done = run(part, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "pip install 'dynawave[explain]'" in done.stderr
