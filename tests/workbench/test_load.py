"""Speed on a film of 10000 x 3000 px at 16 bits, and many clients at once; prints what it measures."""

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from toy import film
from workbench_client import Served, film_bytes

BROWSERS, POSTERS, TILES_EACH = 50, 10, 20


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, toy_weights: Path) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("load") / "data", toy_weights)
    yield server
    server.kill()


@pytest.fixture(scope="module")
def large(served: Served) -> dict[str, object]:
    project = served.ask("GET", "/api/v1/projects")["items"][0]["id"]
    data = cv2.imencode(".png", film(3000, 10000), [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    begun = time.perf_counter()
    shown: dict[str, object] = served.ask("POST", f"/api/v1/projects/{project}/films", files=data)
    print(f"\nupload of {len(data) / 1e6:.0f} MB until it can be looked at: {time.perf_counter() - begun:.2f} s")
    return shown


def _timed(connection: http.client.HTTPConnection, path: str) -> float:
    begun = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    assert response.status == 200 and body
    return time.perf_counter() - begun


@pytest.mark.slow
def test_first_view_and_tiles(served: Served, large: dict[str, object]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    url = f"/api/v1/films/{large['id']}"
    first = ("", "/tiles/0/0_0.png", *(f"/tiles/{level}/{column}_0.png" for level in (1, 2) for column in (0, 1)))
    view = sum(_timed(connection, path) for path in ("/", f"{url}/indications", *(url + each for each in first)))
    places = [(x, y) for x in range(19) for y in range(5)]
    times = [_timed(connection, f"{url}/tiles/5/{x}_{y}.png?low=29000&high=33000") for x, y in places]
    median, p95 = np.quantile(times, [0.5, 0.95]) * 1e3
    print(f"\nfirst view {view:.3f} s; tile median {median:.1f} ms, p95 {p95:.1f} ms")
    assert view < 1 and np.median(times) < 0.05


@pytest.mark.slow
def test_many_clients_at_once(served: Served, large: dict[str, object]) -> None:
    def browse(number: int) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=120)
        random = np.random.default_rng(number)
        paths = [f"/tiles/5/{random.integers(19)}_{random.integers(5)}.png?low={number}" for _ in range(TILES_EACH)]
        return [_timed(connection, f"/api/v1/films/{large['id']}{path}") for path in paths]

    def post(number: int) -> str:
        job: str = served.ask("POST", "/api/v1/inspections", files=film_bytes(1000 + number))["id"]
        return job

    with ThreadPoolExecutor(BROWSERS + POSTERS) as pool:
        browsing = [pool.submit(browse, number) for number in range(BROWSERS)]
        posting = [pool.submit(post, number) for number in range(POSTERS)]
        times = [each for client in browsing for each in client.result()]
        jobs = [each.result() for each in posting]
    end = time.monotonic() + 300
    while {served.ask("GET", f"/api/v1/inspections/{job}")["status"] for job in jobs} != {"done"}:
        assert time.monotonic() < end
        time.sleep(0.2)
    p95 = np.quantile(times, 0.95)
    print(f"\n{len(times)} tiles for {BROWSERS} clients: p95 {p95 * 1e3:.0f} ms; {len(jobs)} films posted")
    assert p95 < 0.3
