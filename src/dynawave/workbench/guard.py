"""What stands before every request: the host's name, whence it comes, how large it is; and headers on the way out."""

import time
from hmac import compare_digest
from typing import Final
from urllib.parse import urlsplit

from fastapi import HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dynawave.workbench.metrics import REQUESTS, SECONDS
from dynawave.workbench.people import People, Person, local_person
from dynawave.workbench.settings import LOOPBACK_NAMES, Settings

PAGE_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Content of the page: its own files only, no inline script, no other site."""
HEADERS: Final = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
API: Final = "/api/"
LOGIN: Final = "/api/v1/login"
COOKIE: Final = "dynawave_session"
COUNTED: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SMALL: Final = 4 * 1024**2
"""Bytes of a request that is no upload."""


class Guard:
    """Refuses what a page of another site, or a client without measure, may send."""

    def __init__(self, app: ASGIApp, settings: Settings, people: People) -> None:
        self._app = app
        self._people = people
        self._team = settings.team
        self._upload_limit = settings.upload_limit
        self._hosts = {*settings.allowed_hosts, *LOOPBACK_NAMES, settings.host}
        self._any_host = not settings.loopback and not settings.allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        out = _going_out(scope["method"], send)
        refused = self._refused(scope, headers)
        if refused is not None:
            await refused(scope, receive, out)
            return
        person, refused = await self._person(scope, headers)
        if refused is not None:
            await refused(scope, receive, out)
            return
        scope.setdefault("state", {})["person"] = person
        limit = self._upload_limit if headers.get("content-type", "").startswith("multipart/form-data") else SMALL
        if int(headers.get("content-length", "0")) > limit:
            await answer(413, too_large(limit))(scope, receive, out)
            return
        await self._app(scope, _Counted(receive, limit), out)

    def _refused(self, scope: Scope, headers: Headers) -> JSONResponse | None:
        if "\x00" in scope["path"]:
            return answer(400, "A path holds no zero byte.")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 20):
            return answer(400, "The Content-Length is no number.")
        host = headers.get("host", "")
        if not self._any_host and _address(f"//{host}")[0] not in self._hosts:
            return answer(421, "This server does not answer to that name; start it with --allow-host NAME.")
        if scope["method"] in SAFE:
            return None
        origin = headers.get("origin")
        foreign = origin is not None and _address(origin)[1] != host
        if foreign or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return answer(403, "A page of another site may not change anything here.")
        return None

    async def _person(self, scope: Scope, headers: Headers) -> tuple[Person | None, JSONResponse | None]:
        """Who asks, before anything of the request's body is read; or the answer to someone who may not."""
        if not self._team:
            return local_person(), None
        secret, by_cookie = secret_of(headers)
        person = await run_in_threadpool(self._people.of, secret) if secret else None
        if scope["path"].startswith(API) and scope["path"] != LOGIN:
            if person is None:
                return None, answer(401, "Log in first.")
            if by_cookie and scope["method"] not in SAFE:
                token = headers.get("x-csrf-token", "")
                if not person.csrf or not compare_digest(token.encode(), person.csrf.encode()):
                    return None, answer(403, "The X-CSRF-Token is missing or of another session.")
        return person, None


def secret_of(headers: Headers) -> tuple[str, bool]:
    """The secret that a request carries, and whether it came by itself, as cookies do."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        return token.strip(), False
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, ""), True


def _address(url: str) -> tuple[str | None, str | None]:
    """Host, and host with port, of a URL; None of what is none."""
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.netloc
    except ValueError:
        return None, None


class _Counted:
    """Counts a request's bytes as they come, for a length may be left out or wrong."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._limit, self._left = receive, limit, limit

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, too_large(self._limit))
        return message


def _going_out(method: str, send: Send) -> Send:
    """Adds headers to an answer, and counts it."""
    begun = time.perf_counter()
    counted = method if method in COUNTED else "other"

    async def out(message: Message) -> None:
        if message["type"] == "http.response.start":
            REQUESTS.labels(counted, message["status"]).inc()
            SECONDS.labels(counted).observe(time.perf_counter() - begun)
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return out


def answer(status: int, sentence: str) -> JSONResponse:
    """An error as the API tells it."""
    return JSONResponse({"detail": sentence}, status)


def too_large(limit: int) -> str:
    """What is said to an upload beyond the limit."""
    return f"The request is larger than the {limit / 1024**2:.3g} MiB that are taken."
