"""Films that come by C-STORE: into a project, with all that is checked of uploads; sent by pynetdicom's own sender."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from dynawave.workbench import audit
from dynawave.workbench.bench import Workbench
from dynawave.workbench.settings import Settings
from workbench_client import Bench, Served, free_port

pytest.importorskip("pynetdicom", reason="needs the extra dicom")

from pynetdicom import AE, build_context

from diconde_films import write_film
from dynawave.diconde.network import Peer
from dynawave.errors import DynaWaveError
from dynawave.workbench.arriving import receiving_films


def running(bench: Bench) -> Workbench:
    found: Workbench = bench.client.app.state.bench  # type: ignore[attr-defined]
    return found


@contextmanager
def arriving(bench: Bench, project: str = "Films", senders: tuple[str, ...] = (), port: int = 0) -> Iterator[Peer]:
    with receiving_films(running(bench), Peer("127.0.0.1", port, "DYNAWAVE"), project, senders) as port:
        yield Peer("127.0.0.1", port, "DYNAWAVE")


def put(there: Peer, *films: Path, called: str = "DETECTOR") -> list[tuple[int, str]]:
    """Status and comment of each, sent over one connection."""
    data = [dcmread(film) for film in films]
    contexts = [build_context(data[0].SOPClassUID, data[0].file_meta.TransferSyntaxUID)]
    association = AE(called).associate(there.host, there.port, contexts, ae_title=there.title)
    if not association.is_established:
        raise ConnectionRefusedError
    answers = [association.send_c_store(each) for each in data]
    association.release()
    return [(each.Status, each.get("ErrorComment", "")) for each in answers]


def films(bench: Bench) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bench.ok("GET", f"/api/v1/projects/{bench.project}/films")["items"]
    return found


def test_a_sent_film_is_in_the_project_and_can_be_inspected(bench: Bench, tmp_path: Path) -> None:
    film = write_film(tmp_path / "weld.dcm")
    with arriving(bench) as there:
        assert put(there, film) == [(0, "")]
        assert put(there, film) == [(0, "")]  # the same again is welcome, and is not taken in twice
        (taken,) = films(bench)
        assert taken["name"] == f"{dcmread(film).SOPInstanceUID}.dcm" and taken["created_by"] == "C-STORE"
        assert (taken["width"], taken["height"], taken["pixel_size_mm"]) == (90, 70, 0.05)
        job = bench.ok("POST", f"/api/v1/films/{taken['id']}/inspection")
        assert bench.finish(job["id"])["status"] == "done"
        assert not list((running(bench).settings.data / "incoming").iterdir())
    with running(bench).database.reading() as session:
        assert audit.verify(session, running(bench).store.blobs).faults == ()


def test_what_is_no_film_or_too_large_is_refused_and_not_kept(
    settings: Settings, open_bench: Callable[[Settings], Bench], tmp_path: Path
) -> None:
    bench = open_bench(settings.model_copy(update={"upload_limit": 500_000}))
    empty = write_film(tmp_path / "a.dcm", PixelData=b"")
    large = write_film(tmp_path / "large.dcm", np.zeros((900, 900), np.uint16))
    with arriving(bench) as there:
        ((status, told),) = put(there, empty)
        assert status == 0xC000 and told
        with pytest.raises(AttributeError):  # cut off: there is no status
            put(there, large)
        assert put(there, write_film(tmp_path / "b.dcm")) == [(0, "")]  # it goes on serving
    assert len(films(bench)) == 1
    kept = [path.read_bytes() for path in (settings.data / "blobs").rglob("*") if path.is_file()]
    assert len([data for data in kept if data[128:132] == b"DICM"]) == 1


def test_another_project_and_named_senders(bench: Bench, tmp_path: Path) -> None:
    film = write_film(tmp_path / "weld.dcm")
    for _ in range(2):  # the project is made once
        with arriving(bench, "Line 3", ("DETECTOR",)) as there:
            with pytest.raises(ConnectionRefusedError):
                put(there, film, called="STRANGER")
            assert put(there, film) == [(0, "")]
    projects = bench.ok("GET", "/api/v1/projects")["items"]
    assert [(each["name"], each["films"]) for each in projects] == [("Films", 0), ("Line 3", 1)]


def test_nothing_is_taken_in_once_the_workbench_is_closed(bench: Bench, tmp_path: Path) -> None:
    workbench = running(bench)
    port = workbench.beside.enter_context(arriving(bench)).port
    with pytest.raises(DynaWaveError, match="cannot be listened at"), arriving(bench, port=port):
        pass
    workbench.beside.close()
    with pytest.raises(ConnectionRefusedError):
        put(Peer("127.0.0.1", port, "DYNAWAVE"), write_film(tmp_path / "weld.dcm"))


def test_serve_receives(tmp_path: Path, toy_weights: Path) -> None:
    port = free_port()
    server = Served(tmp_path / "data", toy_weights, "--receive", port, "--receive-aet", "WELDS")
    try:
        assert put(Peer("127.0.0.1", port, "WELDS"), write_film(tmp_path / "weld.dcm")) == [(0, "")]
        (project,) = server.ask("GET", "/api/v1/projects")["items"]
        assert (project["name"], project["films"]) == ("Films", 1)
    finally:
        server.kill()
