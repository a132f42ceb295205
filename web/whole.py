"""A WSGI app under granian that sees whole requests only.

Granian's own WSGI gives an app the body as it arrives, so that a few clients who send slowly hold
all its threads. Here a body is gathered without a thread, within a limit and a deadline.
"""

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
_SECONDS = 10.0


class Scope(Protocol):
    """What RSGI says of a request; `path` is percent-encoded."""

    proto: str
    method: str
    path: str
    query_string: str
    scheme: str
    http_version: str
    client: str
    server: str
    headers: Any


class Http(Protocol):
    """RSGI's request body and answer."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...


Rsgi = Callable[[Scope, Http], Awaitable[None]]


def whole(app: WsgiApp, *, limit: int, threads: int, seconds: float = _SECONDS) -> Rsgi:
    """The RSGI app that answers by `app`, in one of `threads` threads.

    413 for a body of over `limit` bytes, 408 for one that has not come in `seconds`, without
    asking `app`.
    """
    pool = ThreadPoolExecutor(threads, "wsgi")

    async def answer(scope: Scope, http: Http) -> None:
        if scope.proto != "http":
            return
        try:
            async with asyncio.timeout(seconds):
                body = await _gather(http, limit)
        except TimeoutError:
            return _refuse(http, 408, b"Request Timeout\n")
        except Exception:  # noqa: BLE001  the client went away: nobody hears the answer
            return _refuse(http, 400, b"Bad Request\n")
        if body is None:
            return _refuse(http, 413, b"Content Too Large\n")
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(pool, _run, app, _environ(scope, body))
        http.response_bytes(*found)

    return answer


async def _gather(http: Http, limit: int) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for part in http:
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
    return b"".join(parts)


def _refuse(http: Http, status: int, body: bytes) -> None:
    headers = [("content-type", "text/plain; charset=utf-8"), ("connection", "close")]
    http.response_bytes(status, headers, body)


def _environ(scope: Scope, body: bytes) -> Environ:
    server, _, port = scope.server.rpartition(":")
    found: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope.path).decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.strip("[]") or "localhost",
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if name not in ("content-length", "transfer-encoding"):
            key = name.upper().replace("-", "_")
            found[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return found | {"CONTENT_LENGTH": str(len(body))}


def _run(app: WsgiApp, environ: Environ) -> tuple[int, list[tuple[str, str]], bytes]:
    status, headers = "500", list[tuple[str, str]]()

    def start(line: str, found: list[tuple[str, str]], _error: object = None) -> None:
        nonlocal status, headers
        status, headers = line.partition(" ")[0], found

    parts = app(environ, start)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return int(status), [(name.lower(), value) for name, value in headers], body
