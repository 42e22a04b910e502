"""`dynawave dicom`, from inspected films to objects."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from diconde_films import HEIGHT, INDICATIONS, MODEL, PIXELS, WIDTH, write_film
from dynawave.cli.main import app
from dynawave.diconde.receive import Receiver, receiving
from dynawave.records import Inspection, WeldImage
from dynawave.reporting.folder import ReportFolder

RUN = CliRunner()


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Results of one DICOM film and one that is none."""
    out = tmp_path / "result"
    out.mkdir()
    folder = ReportFolder(out, MODEL, [one.flaw for one in INDICATIONS])
    for path in (write_film(tmp_path / "weld.dcm"), tmp_path / "scan.png"):
        image = WeldImage(PIXELS, path, 0.05, "file")
        folder.add(Inspection(image, INDICATIONS, MODEL, 0.1, (), np.zeros((HEIGHT, WIDTH), np.float32)), path.name)
    folder.close(True)
    return out


def test_export_of_one_film_then_sent(results: Path, tmp_path: Path) -> None:
    out, inbox = tmp_path / "objects", tmp_path / "in"
    done = RUN.invoke(app, ["dicom", "export", str(results), "--film", str(tmp_path / "weld.dcm"), "--out", str(out)])
    assert done.exit_code == 0, done.output
    files = sorted(map(str, out.iterdir()))
    assert sorted(done.stdout.splitlines()) == files and len(files) == 4
    inbox.mkdir()
    with receiving(Receiver(inbox), 0) as port:
        there = ["--to", f"127.0.0.1:{port}", "--aet", "DYNAWAVE"]
        assert RUN.invoke(app, ["dicom", "echo", *there]).exit_code == 0
        sent = RUN.invoke(app, ["dicom", "send", *files, str(tmp_path / "absent.dcm"), *there])
    assert sent.exit_code == 1 and "absent.dcm: cannot be read" in sent.stderr
    assert sorted(sent.stdout.splitlines()) == files and len(list(inbox.iterdir())) == 4


def test_films_that_cannot_be_referred_to_are_named(results: Path, tmp_path: Path) -> None:
    done = RUN.invoke(app, ["dicom", "export", str(results), "--out", str(tmp_path / "objects")])
    assert done.exit_code == 1
    assert "scan.png: cannot be read" in done.stderr
    assert len(list((tmp_path / "objects").iterdir())) == 4


def test_a_film_that_was_not_inspected(results: Path, tmp_path: Path) -> None:
    done = RUN.invoke(app, ["dicom", "export", str(results), "--film", "other.dcm", "--out", str(tmp_path / "objects")])
    assert done.exit_code == 2 and "other.dcm: the results are of no films of this name" in done.stderr
