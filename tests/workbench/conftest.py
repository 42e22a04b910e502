"""Workbenches in this process, with the toy model."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from dynawave.workbench.app import create_app
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
