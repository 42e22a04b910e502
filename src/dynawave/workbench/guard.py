"""What stands before every request: the host's name, whence it comes, how large it is; and headers on the way out."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SMALL: Final = 4 * 1024**2
"""Bytes of a request that is no upload."""


class Guard:
    """Refuses what a page of another site, or a client without measure, may send."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._upload_limit = settings.upload_limit
        self._hosts = {*settings.allowed_hosts, *LOOPBACK_NAMES, settings.host}
        self._any_host = not settings.loopback and not settings.allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        out = _with_headers(send)
        refused = self._refused(scope["method"], headers)
        if refused is not None:
            await refused(scope, receive, out)
            return
        limit = self._upload_limit if headers.get("content-type", "").startswith("multipart/form-data") else SMALL
        if int(headers.get("content-length") or 0) > limit:
            await too_large(limit)(scope, receive, out)
            return
        counted = _Counted(receive, limit)
        try:
            await self._app(scope, counted, out)
        except _TooMuch:
            await too_large(limit)(scope, receive, out)

    def _refused(self, method: str, headers: Headers) -> JSONResponse | None:
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            return answer(400, "The Content-Length is no number.")
        host = headers.get("host", "")
        if not self._any_host and urlsplit(f"//{host}").hostname not in self._hosts:
            return answer(421, "This server does not answer to that name; start it with --allow-host NAME.")
        if method in SAFE:
            return None
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != host
        if foreign or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return answer(403, "A page of another site may not change anything here.")
        return None


class _TooMuch(Exception):
    """More bytes came than the request may have."""


class _Counted:
    """Counts a request's bytes as they come, for a length may be left out or wrong."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._left = receive, limit

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _TooMuch
        return message


def _with_headers(send: Send) -> Send:
    async def out(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return out


def answer(status: int, sentence: str) -> JSONResponse:
    """An error as the API tells it."""
    return JSONResponse({"detail": sentence}, status)


def too_large(limit: int) -> JSONResponse:
    """The answer to an upload beyond the limit."""
    return answer(413, f"The request is larger than the {limit // 1024**2} MiB that are taken.")
