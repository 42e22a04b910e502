"""`dynawave dicom`, from inspected films to objects."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from diconde_films import HEIGHT, INDICATIONS, MODEL, PIXELS, WIDTH, write_film
from dynawave.cli.main import app
from dynawave.diconde.network import Peer
from dynawave.diconde.receive import Receiver, receiving
from dynawave.diconde.send import send
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


def test_receive_until_it_is_stopped(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dynawave", "dicom", "receive", "--port", "0", "--out", str(tmp_path / "films")]
    film = write_film(tmp_path / "weld.dcm")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None and process.stdout is not None
            port = int(re.search(r"DYNAWAVE listens at 127\.0\.0\.1:(\d+)", process.stderr.readline())[1])
            assert list(send([film], Peer("127.0.0.1", port, "DYNAWAVE"))) == [(film, "")]
            received = Path(process.stdout.readline().strip())
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
        finally:
            process.kill()
    assert list((tmp_path / "films").iterdir()) == [received]
