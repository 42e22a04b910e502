from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from dynawave.cli.data import Kind
from dynawave.cli.main import app
from dynawave.datasets.coco import load_coco
from dynawave.datasets.convert import READERS


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for folder, pixels in (("images", np.arange(2400, dtype=np.uint16).reshape(40, 60)), ("masks", np.eye(40, 60))):
        (tmp_path / "src" / folder).mkdir(parents=True)
        cv2.imwrite(
            str(tmp_path / "src" / folder / "weld-7-a.png"), pixels.astype(np.uint8 if folder == "masks" else "u2")
        )
    return tmp_path / "src"


def test_converts_and_says_what_it_found(source: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["data", "convert", "masks", str(source), "--out", str(tmp_path / "out"), "--film", "weld-(.)"]
    )
    assert done.exit_code == 0 and "flaw" in done.output
    assert load_coco(tmp_path / "out").images[0].film == "7"


def test_a_fault_is_one_sentence_and_nothing_stays(source: Path, tmp_path: Path) -> None:
    (source / "masks" / "weld-7-a.png").unlink()
    done = CliRunner().invoke(app, ["data", "convert", "masks", str(source), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2 and "weld-7-a.png: has no mask" in done.output and "Traceback" not in done.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments", [["masks"], ["spss", "x", "--out", "y"], ["coco", "x", "--out", "y", "--film", "("]]
)
def test_wrong_use(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["data", "convert", *arguments]).exit_code == 2


def test_every_reader_can_be_named() -> None:
    assert {kind.value for kind in Kind} == set(READERS)
    assert "Example: dynawave data convert" in CliRunner().invoke(app, ["data", "convert", "--help"]).output
