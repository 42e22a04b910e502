"""A real archive: Debian's Orthanc, started here on loopback, takes what we send and sends us what we ask of it."""

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from dynawave.diconde.export import export_film
from dynawave.diconde.findings import Findings
from dynawave.diconde.network import Peer
from dynawave.diconde.receive import Receiver, receiving
from dynawave.diconde.send import echo, send
from dynawave.errors import DynaWaveError
from workbench_client import Served, free_port

ORTHANC = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
pytestmark = pytest.mark.skipif(ORTHANC is None, reason="needs Orthanc: apt-get install orthanc")
START_S = 60


class Archive:
    """Orthanc's REST interface."""

    def __init__(self, http: int, dicom: int) -> None:
        self.root, self.peer = f"http://127.0.0.1:{http}", Peer("127.0.0.1", dicom, "ORTHANC")

    def ask(self, path: str, body: str | None = None) -> bytes:
        request = urllib.request.Request(self.root + path, body.encode() if body is not None else None)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())

    def answers(self) -> bool:
        try:
            echo(self.peer)
        except DynaWaveError:
            return False
        return bool(self.ask("/system"))


@pytest.fixture(scope="module")
def back() -> int:
    """The port at which Orthanc will find us."""
    return free_port()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, back: int) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("orthanc")
    found = Archive(free_port(), free_port())
    settings = {
        "Name": "test",
        "StorageDirectory": str(folder / "store"),
        "IndexDirectory": str(folder / "store"),
        "HttpPort": int(found.root.rpartition(":")[2]),
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAet": "ORTHANC",
        "DicomPort": found.peer.port,
        "DicomModalities": {"us": ["DYNAWAVE", "127.0.0.1", back]},
        "Plugins": [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(ORTHANC), str(folder / "orthanc.json")], stdout=log, stderr=log, cwd=folder)
    try:
        end = time.monotonic() + START_S
        while not found.answers():
            assert process.poll() is None and time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.3)
        yield found
    finally:
        process.terminate()
        process.wait(30)


def test_results_are_stored_and_come_back(
    archive: Archive, back: int, make_film: Callable[..., Path], found: Findings, tmp_path: Path
) -> None:
    film = make_film()
    files = [film, *export_film(film, [found], tmp_path / "out")]
    assert all(reason == "" for _, reason in send(files, archive.peer))
    ids = json.loads(archive.ask("/instances"))
    stored = {json.loads(archive.ask(f"/instances/{i}"))["MainDicomTags"]["SOPInstanceUID"]: i for i in ids}
    sent = {str(dcmread(file).SOPInstanceUID): file for file in files}
    assert set(stored) == set(sent)
    # one study, with the film's series and one each of masks, reports and annotated films
    (study,) = json.loads(archive.ask("/studies"))
    assert len(json.loads(archive.ask(f"/studies/{study}"))["Series"]) == 4
    inbox = tmp_path / "in"
    inbox.mkdir()
    with receiving(Receiver(inbox), back):
        archive.ask("/modalities/us/store", json.dumps(list(stored.values())))
    assert {path.stem for path in inbox.iterdir()} == set(sent)
    for path in inbox.iterdir():
        assert dcmread(path) == dcmread(sent[path.stem])


def test_the_archive_sends_films_to_the_workbench(
    archive: Archive, back: int, make_film: Callable[..., Path], toy_weights: Path, tmp_path: Path
) -> None:
    film = make_film("another")
    assert [reason for _, reason in send([film], archive.peer)] == [""]
    uid = str(dcmread(film).SOPInstanceUID)
    ids = json.loads(archive.ask("/instances"))
    (key,) = (i for i in ids if json.loads(archive.ask(f"/instances/{i}"))["MainDicomTags"]["SOPInstanceUID"] == uid)
    server = Served(tmp_path / "data", toy_weights, "--receive", back)
    try:
        for _ in range(2):
            archive.ask("/modalities/us/store", key)
        (project,) = server.ask("GET", "/api/v1/projects")["items"]
        (taken,) = server.ask("GET", f"/api/v1/projects/{project['id']}/films")["items"]
    finally:
        server.kill()
    assert taken["name"] == f"{uid}.dcm" and taken["pixel_size_mm"] == 0.05
