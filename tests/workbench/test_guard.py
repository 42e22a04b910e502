"""What stands before every request."""

from collections.abc import Callable, Iterator

import pytest
from pydantic import ValidationError

from dynawave.errors import ConfigError
from dynawave.workbench.app import create_app
from dynawave.workbench.settings import Settings
from workbench_client import Bench, film_bytes


def test_other_names_of_this_computer_are_not_answered(bench: Bench) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "evil.example:8080"):
        assert bench.client.get("/api/v1/projects", headers={"Host": host}).status_code == 421
    for host in ("localhost:8080", "[::1]:8080", "127.0.0.1"):
        assert bench.client.get("/api/v1/projects", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_page_of_another_site_changes_nothing(bench: Bench, headers: dict[str, str]) -> None:
    files = {"file": ("f.png", film_bytes())}
    answer = bench.client.post(f"/api/v1/projects/{bench.project}/films", files=files, headers=headers)
    assert answer.status_code == 403
    assert bench.ok("GET", f"/api/v1/projects/{bench.project}/films")["items"] == []
    own = {"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"}
    assert bench.client.post("/api/v1/projects", json={"name": "x"}, headers=own).status_code == 201


def test_headers_keep_foreign_content_out(bench: Bench) -> None:
    for path in ("/", "/api/v1/projects", "/nothing"):
        headers = bench.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert not [name for name in headers if name.startswith("access-control")]


def test_upload_is_stopped_at_the_limit(settings: Settings, open_bench: Callable[[Settings], Bench]) -> None:
    bench = open_bench(settings.model_copy(update={"upload_limit": 100_000}))
    path = f"/api/v1/projects/{bench.project}/films"
    bench.refused(413, "POST", path, files={"file": ("f.png", film_bytes())})
    taken = 0

    def endless() -> Iterator[bytes]:  # without a Content-Length
        nonlocal taken
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="f.png"\r\n\r\n'
        for _ in range(1000):
            taken += 1
            yield bytes(10_000)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert bench.client.post(path, content=endless(), headers=headers).status_code == 413
    assert bench.client.post("/api/v1/projects", content=b" " * 5_000_000).status_code == 413


@pytest.mark.parametrize("path", ["../../etc/passwd", "%2e%2e/x", "..%2f..%2fworkbench.sqlite", "zz", "A" * 32])
def test_ids_are_ids(bench: Bench, path: str) -> None:
    assert bench.client.get(f"/api/v1/films/{path}/thumbnail.jpeg").status_code in (404, 422)
    assert bench.client.get(f"/{path}").status_code == 404


def test_weights_of_a_request_are_a_name_never_a_path(bench: Bench) -> None:
    film = bench.upload()
    for name in ("/etc/passwd", "../film.onnx", "nothing"):
        bench.refused(422, "POST", f"/api/v1/films/{film['id']}/inspection", json={"weights": name})


def test_without_accounts_only_this_computer(settings: Settings) -> None:
    with pytest.raises(ConfigError, match="--team"):
        create_app(settings.model_copy(update={"host": "0.0.0.0"}))
    with pytest.raises(ValidationError):
        Settings(data=settings.data, port=70000)


def test_one_server_a_folder(bench: Bench, settings: Settings) -> None:
    with pytest.raises(ConfigError, match="another server"):
        create_app(settings)


def test_service_figures(bench: Bench) -> None:
    bench.inspected()
    text = bench.ok("GET", "/metrics").text
    assert 'dynawave_inspections{status="done"} 1.0' in text and "dynawave_films 1.0" in text
    assert bench.ok("GET", "/healthz") == {"status": "ok"}
    assert bench.ok("GET", "/api/v1/me")["account"] is False


def test_openapi_needs_no_network(bench: Bench) -> None:
    assert bench.ok("GET", "/openapi.json")["info"]["title"] == "DynaWave"
    assert bench.client.get("/docs").status_code == 404
