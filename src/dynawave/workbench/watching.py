"""A folder is watched, and what comes into it is posted to the workbench; the answer is written as a file.

A film is done when its answer is there, so that watching can be stopped and begun again at any time.
"""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from dynawave.errors import DynaWaveError
from dynawave.images.files import write_json
from dynawave.inspection.inputs import SUFFIXES

Document = dict[str, Any]

CHUNK: Final = 1 << 20
POLL_S: Final = 0.5
TIMEOUT_S: Final = 120.0


@dataclass(frozen=True)
class Server:
    """A workbench, and what every film is posted with.

    Attributes:
        url: as http://127.0.0.1:8080.
        token: of a workbench with accounts.
        fields: of the form: pixel_size, weights, table, and those of `dynawave.acceptance.WeldData`.
    """

    url: str
    token: str | None
    fields: dict[str, str]

    def inspect(self, film: Path) -> Document:
        """Post a film and wait for what is found.

        Raises:
            DynaWaveError: the server refuses it, or cannot be reached.
        """
        where = self._ask("POST", "/api/v1/inspections", film)["id"]
        while (answer := self._ask("GET", f"/api/v1/inspections/{where}"))["status"] in ("queued", "running"):
            time.sleep(POLL_S)
        return answer

    def _ask(self, method: str, path: str, film: Path | None = None) -> Document:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=TIMEOUT_S)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            if film is None:
                connection.request(method, path, headers=headers)
            else:
                body = _Form(film, self.fields)
                connection.request(method, path, body=iter(body), headers=headers | body.headers)
            response = connection.getresponse()
            answer: Document = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DynaWaveError(f"{self.url}: cannot be reached ({error or type(error).__name__}).") from error
        finally:
            connection.close()
        if response.status >= 400:
            raise Rejected(str(answer.get("detail")))
        return answer


class Rejected(DynaWaveError):
    """The server does not take this film; another may do."""


class _Form:
    """A film as a form, read as it is sent."""

    def __init__(self, film: Path, fields: dict[str, str]) -> None:
        mark = uuid4().hex
        part = f'--{mark}\r\nContent-Disposition: form-data; name="'
        texts = "".join(f'{part}{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
        name = film.name.replace("\\", "_").replace('"', "_")
        self._film = film
        self._head = f'{texts}{part}file"; filename="{name}"\r\n\r\n'.encode()
        self._tail = f"\r\n--{mark}--\r\n".encode()
        length = len(self._head) + film.stat().st_size + len(self._tail)
        self.headers = {"Content-Type": f"multipart/form-data; boundary={mark}", "Content-Length": str(length)}

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        with self._film.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
        yield self._tail


def answer_file(film: Path, folder: Path, out: Path) -> Path:
    """Where the answer to a film is written."""
    return out / f"{film.relative_to(folder).as_posix().replace('/', '.')}.json"


def watch(
    folder: Path, out: Path, server: Server, tell: Callable[[Path, Document], None], once: bool, rest_s: float
) -> None:
    """Inspect each film that comes into the folder, once its size no longer changes.

    Args:
        folder: is searched with the folders in it.
        out: gets an answer a film.
        server: inspects.
        tell: is told of each film that is done.
        once: stop when nothing is left to do.
        rest_s: seconds between looks.
    """
    sizes: dict[Path, tuple[int, int]] = {}
    while True:
        waiting = [film for film in _films(folder) if not answer_file(film, folder, out).exists()]
        seen = {film: (stat.st_size, stat.st_mtime_ns) for film in waiting if (stat := film.stat())}
        for film in waiting:
            if sizes.get(film) != seen[film] or not seen[film][0]:
                continue
            try:
                answer = server.inspect(film)
            except Rejected as error:
                answer = {"status": "failed", "detail": str(error)}
            write_json(answer_file(film, folder, out), {"file": film.name, **answer})
            tell(film, answer)
        if once and not waiting:
            return
        sizes = seen
        time.sleep(rest_s)


def _films(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
