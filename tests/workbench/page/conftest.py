"""A workbench served by its own process, and a real browser that opens it."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENCE_MS = 90_000


class Served:
    """`dynawave serve` on a data folder; it can be stopped and started again at the same address."""

    def __init__(self, data: Path, *options: str) -> None:
        self._data, self._options, self._port = data, options, "0"
        self.first_line = ""
        self.start()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Start the server and wait until it listens."""
        command = [sys.executable, "-m", "dynawave", "serve", "--port", self._port, "--data", str(self._data)]
        self._process = subprocess.Popen(
            [*command, "--threads", "1", *self._options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout
        self.said = ""
        for line in self._process.stdout:
            self.said += line
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/", line):
                self._port = found[1]
                return
        raise AssertionError(f"The server ended: {self.said}")

    def stop(self) -> None:
        """Stop the server as Ctrl-C does."""
        self._process.terminate()
        self._process.wait(30)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts servers; all are stopped at the end."""
    pytest.importorskip("fastapi", reason="the workbench needs fastapi: pip install 'dynawave[serve]'")
    started: list[Served] = []

    def start(*options: str) -> Served:
        started.append(Served(tmp_path / "data", *options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright from PyPI")
    if CHROMIUM is None:
        pytest.skip("needs Debian's package chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages; what a page complains of, and what it asks another host for, fails the test at its end."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def start(url: str, language: str = "en") -> Any:
        context = chromium.new_context(viewport={"width": 1600, "height": 900}, locale=language, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("request", lambda r: None if r.url.startswith((url, "blob:", "data:")) else complaints.append(r.url))
        page.complaints = complaints
        page.goto(url)
        return page

    yield start
    for context in contexts:
        context.close()
    assert complaints == []
