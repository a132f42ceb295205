"""RSGI's requests as WSGI's environments, and what a WSGI app answers, whole."""

import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

import orjson

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
AtOnce = Callable[[Environ, Callable[..., Any]], Iterable[bytes] | None]
Address = Callable[[Environ], str]
Together = Callable[[Environ, Callable[[], None]], bool]
_FIELD = 8 << 10  # characters of a head's field: reading an Accept takes their square
_BETWEEN = {"cookie": "; "}
_DETAILS = {
    400: "the body ended before its end · 请求内容不完整",
    408: "the body comes too slowly: try again over a better connection · 上传太慢，请换个网络重试",
    431: "a field of the request's head is too long · 请求头过长",
    500: "something went wrong here · 服务器出错",
    503: "the server is busy: try again in a few seconds · 服务器忙，请稍后重试",
}


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

    async def __call__(self) -> bytes: ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...

    def response_file(self, status: int, headers: Headers, file: str) -> None: ...


Rsgi = Callable[[Scope, Http], Awaitable[None]]


class RefusedError(Exception):
    """A request that the app is not asked about: 400, 408, 431 or 503."""

    def __init__(self, status: int) -> None:
        super().__init__(_DETAILS[status])
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; names of headers in lower case."""

    status: int
    headers: Headers
    body: bytes


def environ_of(scope: Scope) -> Environ:
    """The WSGI environment of a request, its body aside; 431 for too long a head."""
    server, _, port = scope.server.rpartition(":")
    env: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope.path).decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.strip("[]") or "localhost",
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": "0",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        # X_FORWARDED_FOR would pass for another's X-Forwarded-For
        if "_" in name or name in ("content-length", "transfer-encoding"):
            continue
        key = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
        env[key] = f"{env[key]}{_BETWEEN.get(name, ',')}{value}" if key in env else value
        if len(env[key]) > _FIELD:
            raise RefusedError(431)
    return env


def call(app: AtOnce, environ: Environ) -> Answer | None:
    """What an app answers; None where it leaves the request to another."""
    status, headers = "500", Headers()

    def start(line: str, fields: Headers, _error: object = None) -> None:
        nonlocal status, headers
        status, headers = line.partition(" ")[0], fields

    parts = app(environ, start)
    if parts is None:
        return None
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return Answer(int(status), [(name.lower(), value) for name, value in headers], body)


def refusal(status: int) -> Answer:
    """The problem, in both languages, of a request that the app is not asked about."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": _DETAILS[status]}
    headers = [("content-type", "application/problem+json"), ("connection", "close")]
    if status == 503:
        headers.append(("retry-after", "5"))
    return Answer(status, headers, orjson.dumps(body))
