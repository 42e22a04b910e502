import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner, Result

from dynawave.cli.main import app
from dynawave.inspection import Inspector
from toy import film, spot, told_model


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A folder with two films of one name, each with a pore, and a file that is none."""
    root = tmp_path / "films"
    for part in ("a", "b"):
        (root / part).mkdir(parents=True)
        pixels = film(200, 300)
        spot(pixels, 150, 100, 8)
        cv2.imwrite(str(root / part / "x.png"), pixels)
    (root / "readme.txt").write_text("no film")
    return root


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["inspect", "--threads", "1", *map(str, arguments)])


def document(out: Path) -> dict:
    return json.loads((out / "inspection.json").read_text())


def test_a_folder_is_inspected(films: Path, tmp_path: Path, toy_weights: Path) -> None:
    out = tmp_path / "new" / "out"
    done = run(films, "--weights", toy_weights, "--out", out, "--pixel-size", 0.05, "--probability")
    assert done.exit_code == 0, done.output
    assert {p.name for p in out.iterdir()} == {
        "x.overlay.png", "x.probability.png", "x-2.overlay.png", "x-2.probability.png",
        "coco.json", "inspection.json", "report.html",
    }  # fmt: skip
    images = document(out)["images"]
    assert [len(i["indications"]) for i in images] == [1, 1]
    assert images[0]["indications"][0]["length_mm"] == pytest.approx(0.85, abs=0.2)
    assert [i["file_name"] for i in json.loads((out / "coco.json").read_text())["images"]] == ["a/x.png", "b/x.png"]
    assert "Longest" in done.stdout and "mm" in done.stdout


def test_what_the_user_says_of_the_weld(films: Path, tmp_path: Path) -> None:
    weights, out, weld = told_model(tmp_path / "told.onnx"), tmp_path / "out", tmp_path / "weld.json"
    weld.write_text('{"base_metals": ["A36"], "process": "TIG", "thickness_mm": 9}')
    options = (
        "--context",
        weld,
        "--base-metals",
        "P91, 316L",
        "--filler",
        "ERNiCr-3",
        "--kv",
        180,
        "--note",
        "root run",
    )
    done = run(films / "a", "--weights", weights, "--out", out, *options)
    assert done.exit_code == 0, done.output
    (image,) = document(out)["images"]
    assert image["context"] == {
        "modality": None, "base_metals": ["P91", "316L"], "filler": "ERNiCr-3", "process": "TIG", "thickness_mm": 9,
        "voltage_kv": 180, "component": None, "details": {"Note": "root run"},
    }  # fmt: skip
    used = ["process", "thickness", "voltage", "base_a", "base_b", "filler", "weld", "text"]
    assert image["context_used"] == used
    page = (out / "report.html").read_text()
    assert "P91 / 316L, filler ERNiCr-3, TIG, 9 mm, 180 kV, root run" in page and "Told to the network: process" in page


@pytest.mark.parametrize("options", [("--context", "weld.json"), ("--kv", "-3"), ("--base-metals", "a,b,c")])
def test_a_bad_context_is_refused_before_any_work(
    films: Path, tmp_path: Path, toy_weights: Path, options: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("weld.json").write_text('{"fillers": "82"}')
    done = run(films, "--weights", toy_weights, "--out", "out", *options)
    assert done.exit_code == 2 and not Path("out").exists()
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("dynawave: ")


@pytest.mark.parametrize(("named", "reason"), [("none.png", "no such file or folder"), ("bare", "no images in there")])
def test_nothing_to_inspect_leaves_no_report(tmp_path: Path, toy_weights: Path, named: str, reason: str) -> None:
    (tmp_path / "bare").mkdir()
    done = run(tmp_path / named, "--weights", toy_weights, "--out", tmp_path / "out")
    assert done.exit_code == 2 and not (tmp_path / "out").exists()
    assert len(done.stderr.splitlines()) == 1 and f"{named}: " in done.stderr and reason in done.stderr


def test_bad_files_are_named_and_the_others_done(films: Path, tmp_path: Path, toy_weights: Path) -> None:
    (films / "a" / "empty.png").write_bytes(b"")
    (films / "a" / "text.png").write_text("no film")
    (films / "a" / "cut.png").write_bytes((films / "a" / "x.png").read_bytes()[:5000])
    done = run(films, films / "none.png", "--weights", toy_weights, "--out", tmp_path / "out")
    assert done.exit_code == 1
    for name in ("empty.png", "text.png", "cut.png", "none.png"):
        assert sum(name in line for line in done.stderr.splitlines()) == 1, name
    assert "Traceback" not in done.output
    assert len(document(tmp_path / "out")["images"]) == 2
    assert len(document(tmp_path / "out")["failures"]) == 4


def test_an_unexpected_error_spares_the_other_films(
    films: Path, tmp_path: Path, toy_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspect = Inspector.inspect

    def fails_once(self: Inspector, image: object) -> object:
        monkeypatch.setattr(Inspector, "inspect", inspect)
        raise RuntimeError("out of luck")

    monkeypatch.setattr(Inspector, "inspect", fails_once)
    done = run(films, "--weights", toy_weights, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "out of luck" in done.stderr
    assert len(document(tmp_path / "out")["images"]) == 1


def test_pages_are_inspected_one_by_one(tmp_path: Path, toy_weights: Path) -> None:
    pages = np.stack([film(100, 120), film(100, 120, seed=1)])
    tifffile.imwrite(tmp_path / "pages.tif", pages, photometric="minisblack")
    done = run(tmp_path / "pages.tif", "--weights", toy_weights, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert [(i["page"], i["overlay"]) for i in document(tmp_path / "out")["images"]] == [
        (1, "pages.overlay.png"),
        (2, "pages-2.overlay.png"),
    ]
    names = [i["file_name"] for i in json.loads((tmp_path / "out" / "coco.json").read_text())["images"]]
    assert names == ["pages.tif#1", "pages.tif#2"]


def test_own_pictures_are_not_inspected(films: Path, toy_weights: Path) -> None:
    for _ in range(2):
        assert run(films, "--weights", toy_weights, "--out", films, "--probability").exit_code == 0
    assert len(document(films)["images"]) == 2


def test_a_threshold_leaves_out_what_is_weaker(films: Path, tmp_path: Path, toy_weights: Path) -> None:
    assert run(films, "--weights", toy_weights, "--out", tmp_path / "out", "--threshold", 0.999).exit_code == 0
    assert [i["indications"] for i in document(tmp_path / "out")["images"]] == [[], []]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--weights", "nonesuch"],
        ["--weights", "no/such.onnx"],
        ["--threshold", "2"],
        ["--pixel-size", "-1"],
        ["--threads", "0"],
        ["--no-such-option"],
    ],
)
def test_wrong_use_is_2(films: Path, tmp_path: Path, toy_weights: Path, wrong: list[str]) -> None:
    done = run(films, "--weights", toy_weights, "--out", tmp_path / "out", *wrong)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert not (tmp_path / "out").exists()


def test_a_folder_without_images_is_2(tmp_path: Path, toy_weights: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run(tmp_path / "empty", "--weights", toy_weights, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "no images" in done.stderr


def test_an_output_folder_that_cannot_be_made_is_2(films: Path, tmp_path: Path, toy_weights: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(films, "--weights", toy_weights, "--out", tmp_path / "file" / "out")
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_full_disk_is_one_sentence(
    films: Path, tmp_path: Path, toy_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    done = run(films, "--weights", toy_weights, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "No space left on device" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_ctrl_c_keeps_what_is_done(
    films: Path, tmp_path: Path, toy_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspect = Inspector.inspect
    calls = []

    def stopped(self: Inspector, image: object) -> object:
        calls.append(image)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return inspect(self, image)  # type: ignore[arg-type]

    monkeypatch.setattr(Inspector, "inspect", stopped)
    done = run(films, "--weights", toy_weights, "--out", tmp_path / "out")
    assert done.exit_code == 130
    assert "interrupted; 1 images are done" in done.stderr
    written = document(tmp_path / "out")
    assert (written["complete"], len(written["images"])) == (False, 1)


def test_names_with_markup_are_shown_as_they_are(tmp_path: Path, toy_weights: Path) -> None:
    path = tmp_path / "film [red]<b>.png"
    cv2.imwrite(str(path), film(64, 64))
    done = run(path, tmp_path / "[bold]none.png", "--weights", toy_weights, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "[bold]none.png" in done.stderr
    assert "[red]" in "".join(done.stdout.split())


NO_TORCH = """
import sys
from dynawave.cli.main import app
import dynawave.inspection
try:
    app(["inspect", *sys.argv[1:]])
except SystemExit as end:
    heavy = {"torch", "torchvision", "scipy", "lightning", "dynawave.network", "dynawave.training"} & set(sys.modules)
    sys.exit(f"imported: {heavy}" if heavy else end.code)
"""


def test_torch_is_not_imported(films: Path, tmp_path: Path, toy_weights: Path) -> None:
    command = [sys.executable, "-c", NO_TORCH, films, "--weights", toy_weights, "--out", tmp_path / "out"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_help_shows_an_example() -> None:
    done = run("--help")
    assert done.exit_code == 0
    assert "Example: dynawave inspect" in done.stdout
