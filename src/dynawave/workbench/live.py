"""News of a project to the pages that are open: published by any thread, read by server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from threading import Lock
from typing import Any, Final, NamedTuple

QUEUE: Final = 200
"""News that wait for a slow page; beyond, the oldest are dropped, for the page asks for the state anyway."""


class News(NamedTuple):
    """Something that has changed: "film" or "job", and what it is now."""

    kind: str
    data: dict[str, Any]


class Live:
    """Hands news of a project to all who listen."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Queue[News | None]]]] = {}
        self._lock = Lock()

    def publish(self, project: str, kind: str, data: dict[str, Any]) -> None:
        """Tell everyone who listens to the project; from any thread."""
        self._send(project, News(kind, data))

    async def listen(self, project: str) -> AsyncIterator[News]:
        """News from now on, until the server stops."""
        entry = asyncio.get_running_loop(), asyncio.Queue[News | None](QUEUE)
        with self._lock:
            self._listeners.setdefault(project, set()).add(entry)
        try:
            while (news := await entry[1].get()) is not None:
                yield news
        finally:
            with self._lock:
                self._listeners[project].discard(entry)
                if not self._listeners[project]:
                    del self._listeners[project]

    def close(self) -> None:
        """End all listening."""
        for project in list(self._listeners):
            self._send(project, None)

    def _send(self, project: str, news: News | None) -> None:
        with self._lock:
            listeners = list(self._listeners.get(project, ()))
        for loop, queue in listeners:
            try:
                loop.call_soon_threadsafe(_put, queue, news)
            except RuntimeError:  # the loop has just been closed
                continue


def _put(queue: asyncio.Queue[News | None], news: News | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(news)
