"""Whatever a client sends that goes with the OpenAPI, or does not: the server refuses it, and does not fail."""

import json
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from workbench_client import film_bytes

pytest.importorskip("schemathesis", reason="needs the package schemathesis from PyPI")

SECONDS = 20
EXAMPLES = 5
"""Of each operation, beside those at the limits of each parameter."""


def known_ids(client: httpx.Client) -> dict[str, str]:
    """Ids of things that are there, so that requests get past "no such thing"; the film is signed, and stays."""
    project = client.get("/api/v1/projects").json()["items"][0]["id"]
    files = {"file": ("f.png", film_bytes())}
    film = client.post(f"/api/v1/projects/{project}/films", files=files).json()["id"]
    url = f"/api/v1/films/{film}"
    job = client.post(f"{url}/inspection").json()["id"]
    end = time.monotonic() + 120
    while (status := client.get(f"/api/v1/jobs/{job}").json()["status"]) != "done":
        assert status != "failed" and time.monotonic() < end
        time.sleep(0.05)
    indication = client.get(f"{url}/indications").json()["items"][0]["id"]
    client.patch(f"{url}/indications/{indication}", json={"state": "accepted", "revision": 1}).raise_for_status()
    word = {"name": "Eva", "meaning": "inspected", "revision": client.get(url).json()["revision"]}
    client.post(f"{url}/signatures", json=word).raise_for_status()
    model = client.get("/api/v1/models").json()["active"]
    ids = {"project": project, "film": film, "job": job, "indication": indication, "model": model}
    return {f"{key}_id": value for key, value in ids.items()} | {"table_id": "iso5817:2023"}


def test_no_request_makes_the_server_fail(served: str, tmp_path: Path) -> None:
    with httpx.Client(base_url=served, timeout=60) as client:
        ids = known_ids(client)
        known = [f'"path.{name}" = {json.dumps(value)}' for name, value in ids.items()]
        (tmp_path / "schemathesis.toml").write_text("\n".join(["[parameters]", *known]))
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "--config-file",
            str(tmp_path / "schemathesis.toml"),
            "run",
        ]
        command += [f"{served}/openapi.json", "--phases", "coverage,fuzzing", "--checks", "not_a_server_error"]
        command += ["--max-examples", str(EXAMPLES), "--max-time", str(SECONDS), "--seed", "1"]
        command += ["--exclude-path-regex", "/events$"]  # which end when the server does
        command += ["--continue-on-failure", "--no-shrink", "--generation-database", "none", "--no-color"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=15 * SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr
        assert client.get("/healthz").status_code == 200
        # it did get past the ids
        assert len(client.get(f"/api/v1/films/{ids['film_id']}/history").json()["items"]) > 5
