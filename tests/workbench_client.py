"""A client of the workbench with the few steps that most tests begin with, and films for it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import cv2
from fastapi.testclient import TestClient

from toy import film, spot

SPOTS = [(200, 150), (420, 170), (700, 140)]


def film_bytes(seed: int = 0, spots: list[tuple[int, int]] = SPOTS, size: tuple[int, int] = (300, 900)) -> bytes:
    """A 16-bit PNG with dark spots, whose marked pixel size is unknown."""
    pixels = film(*size, seed)
    for x, y in spots:
        spot(pixels, x, y)
    return cv2.imencode(".png", pixels)[1].tobytes()


class Bench:
    """A client with the few steps that most tests begin with."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.project: str = self.ok("GET", "/api/v1/projects")["items"][0]["id"]

    def ok(self, method: str, path: str, status: int | None = None, **options: Any) -> Any:
        """The decoded answer to a request that must succeed."""
        response = self.client.request(method, path, **options)
        assert response.is_success if status is None else response.status_code == status, response.text
        decodable = response.content and response.headers["content-type"] == "application/json"
        return response.json() if decodable else response

    def refused(self, status: int, method: str, path: str, **options: Any) -> str:
        """The sentence of a refusal."""
        response = self.client.request(method, path, **options)
        assert response.status_code == status, response.text
        detail: str = response.json()["detail"]
        assert detail.endswith((".", ")"))
        return detail

    def upload(self, data: bytes | None = None, name: str = "film.png", **form: Any) -> dict[str, Any]:
        """A film in the first project."""
        files = {"file": (name, data or film_bytes())}
        answer: dict[str, Any] = self.ok("POST", f"/api/v1/projects/{self.project}/films", files=files, data=form)
        return answer

    def inspected(self, **options: Any) -> dict[str, Any]:
        """A film whose inspection is done."""
        uploaded = self.upload(**options)
        job = self.ok("POST", f"/api/v1/films/{uploaded['id']}/inspection")
        self.finish(job["id"])
        shown: dict[str, Any] = self.ok("GET", f"/api/v1/films/{uploaded['id']}")
        return shown

    def finish(self, job_id: str, seconds: float = 30) -> dict[str, Any]:
        """Wait for a job."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            job: dict[str, Any] = self.ok("GET", f"/api/v1/jobs/{job_id}")
            if job["status"] in ("done", "failed"):
                return job
            time.sleep(0.02)
        raise AssertionError("the job did not end")

    def indications(self, film_id: str) -> list[dict[str, Any]]:
        """The film's indications."""
        items: list[dict[str, Any]] = self.ok("GET", f"/api/v1/films/{film_id}/indications")["items"]
        return items


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Served:
    """A real server in a process of its own."""

    def __init__(self, data: Path, weights: Path, *options: object) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "dynawave", "serve", "--port", str(self.port), "--data", str(data)]
        command += ["--weights", str(weights), "--threads", "1", *map(str, options)]
        self.process = subprocess.Popen(command)
        end = time.monotonic() + 120
        while True:
            try:
                self.ask("GET", "/healthz")
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < end
                time.sleep(0.1)

    def ask(self, method: str, path: str, body: Any = None, files: bytes | None = None) -> Any:
        """The decoded answer."""
        data, headers = (json.dumps(body).encode() if body is not None else None), {"Content-Type": "application/json"}
        if files is not None:
            head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f.png"\r\n\r\n'
            data, headers = head + files + b"\r\n--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def kill(self) -> None:
        """As a power cut does, without a word."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
