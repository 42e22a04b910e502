"""What the tests of several commands share."""

from pathlib import Path

import pytest


@pytest.fixture
def workbench_data(tmp_path: Path, toy_weights: Path) -> Path:
    """The data folder of a workbench with one film, on which somebody has drawn; the server has stopped."""
    pytest.importorskip("fastapi", reason="the workbench needs fastapi: pip install 'dynawave[serve]'")
    from fastapi.testclient import TestClient

    from dynawave.workbench.app import create_app
    from dynawave.workbench.settings import Settings
    from workbench_client import Bench

    data = tmp_path / "data"
    app = create_app(Settings(data=data, weights=str(toy_weights), threads=1))
    with TestClient(app, base_url="http://127.0.0.1:8080") as client:
        bench = Bench(client)
        film = bench.upload()
        bench.ok("POST", f"/api/v1/films/{film['id']}/indications", json={"class": "crack", "box": [5, 5, 20, 20]})
    return data
