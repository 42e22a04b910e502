"""Workbenches in this process, with the toy model."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi.testclient import TestClient

from dynawave.workbench.app import create_app
from dynawave.workbench.live import Live
from dynawave.workbench.settings import Settings
from workbench_client import Bench


@pytest.fixture
def settings(tmp_path: Path, toy_weights: Path) -> Settings:
    """Settings of a workbench in an empty folder."""
    return Settings(data=tmp_path / "data", weights=str(toy_weights), threads=1)


@pytest.fixture
def open_bench() -> Iterator[Callable[[Settings], Bench]]:
    """Opens workbenches; all are closed at the end."""
    clients: list[TestClient] = []

    def start(settings: Settings) -> Bench:
        client = TestClient(create_app(settings), base_url="http://127.0.0.1:8080")
        clients.append(client.__enter__())
        return Bench(client)

    yield start
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def bench(settings: Settings, open_bench: Callable[[Settings], Bench]) -> Bench:
    """A running workbench."""
    return open_bench(settings)


class Served(str):
    """URL of a real server in a thread."""

    live: Live


@pytest.fixture
def served(settings: Settings) -> Iterator[Served]:
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
    url = Served(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    url.live = app.state.bench.live
    yield url
    url.live.close()
    server.should_exit = True
    thread.join()
