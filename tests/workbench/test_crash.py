"""A server that is killed in the middle of its work loses nothing that it has confirmed."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dynawave.workbench import audit
from dynawave.workbench.store.blobs import Blobs
from dynawave.workbench.store.database import Database
from workbench_client import Served, film_bytes


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_killed_server_loses_no_saved_decision(tmp_path: Path, toy_weights: Path) -> None:
    data = tmp_path / "data"
    saved: list[str] = []
    server = Served(data, toy_weights)
    project = server.ask("GET", "/api/v1/projects")["items"][0]["id"]
    film = server.ask("POST", f"/api/v1/projects/{project}/films", files=film_bytes())["id"]

    def draw(number: int) -> None:
        for place in range(1000):
            comment = f"{number}.{place}"
            body = {"class": "crack", "box": [5, 5, 20, 20], "comment": comment}
            try:
                server.ask("POST", f"/api/v1/films/{film}/indications", body)
            except (OSError, ValueError):
                return
            saved.append(comment)

    for killed_after in (20, 50, 90):
        with ThreadPoolExecutor(4) as pool:
            work = [pool.submit(draw, killed_after + number) for number in range(4)]
            while len(saved) < killed_after and not all(each.done() for each in work):
                time.sleep(0.01)
            server.kill()
        server = Served(data, toy_weights)
        found = server.ask("GET", f"/api/v1/films/{film}/indications")["items"]
        assert set(saved) <= {each["comment"] for each in found}
        assert len(saved) >= killed_after
        assert [each["number"] for each in found] == list(range(1, len(found) + 1))
    server.kill()
    with Database(f"sqlite:///{data / 'workbench.sqlite'}").reading() as session:
        assert audit.verify(session, Blobs(data / "blobs")).faults == ()


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_restart_goes_on_with_the_queue(tmp_path: Path, toy_weights: Path) -> None:
    data = tmp_path / "data"
    server = Served(data, toy_weights)
    posted = [server.ask("POST", "/api/v1/inspections", files=film_bytes(seed))["id"] for seed in range(5)]
    server.kill()
    server = Served(data, toy_weights)
    try:
        end = time.monotonic() + 120
        while {server.ask("GET", f"/api/v1/inspections/{job}")["status"] for job in posted} != {"done"}:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert {len(server.ask("GET", f"/api/v1/inspections/{job}")["indications"]) for job in posted} == {3}
    finally:
        server.kill()
