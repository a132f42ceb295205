"""HTTP to logs and witnesses that may be hostile: bounded in time and in memory.

One request has one deadline for all of it, so a server that sends a byte a second gains nothing.
Redirects are answers, not followed; nothing is asked for compressed; no proxy is taken from
anywhere. Only looking a host's name up is left to the system's own limits.
"""

import io
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http import client
from typing import Any, Protocol

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError

from suyuan.trace.format.errors import FetchError, LedgerError

USER_AGENT = "suyuan"
TIMEOUT = 10.0  # seconds
MAX_BODY = 32 << 20  # a full bundle of the largest entries is half of it
_PIECE = 65_536
_CONNECTIONS = 16
_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/%?-]*", re.ASCII)
_deadline: ContextVar[float] = ContextVar("deadline")
_may_reach: ContextVar[Callable[[str], bool] | None] = ContextVar("may_reach", default=None)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: any status, redirects included; the media type is lower-case, bare."""

    status: int
    content_type: str
    body: bytes


class Getting(Protocol):
    """What reads a log below its prefix: a Fetcher, or what stands in for one."""

    def get(self, path: str, max_bytes: int | None = None) -> Fetched:
        """An answer, or FetchError."""


class Fetcher:
    """A client of one server, below one base URL; threads may share it.

    `timeout` is in seconds for each request as a whole, `max_bytes` the longest body that is
    read unless a request says otherwise. With a `token` the client says who it is. `may_reach` is
    asked of each address before it is connected to. Raises LedgerError for a base URL that is none.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float = TIMEOUT,
        max_bytes: int = MAX_BODY,
        may_reach: Callable[[str], bool] | None = None,
        token: str | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.max_bytes = max_bytes
        self._may_reach = may_reach
        self._token = token
        try:
            url = urllib3.util.parse_url(base_url)
        except (HTTPError, ValueError) as error:
            raise LedgerError("%s is no URL: %s", repr(base_url), error) from None
        if url.scheme not in ("http", "https") or not url.host or url.auth or url.query:
            raise LedgerError("%s is no http or https URL of a server", repr(base_url))
        self._prefix = (url.path or "").rstrip("/")
        self._shown = f"{url.scheme}://{url.netloc}"
        kind = _HTTPSPool if url.scheme == "https" else _HTTPPool
        self._pool = kind(url.host.strip("[]"), url.port, maxsize=_CONNECTIONS, block=False)

    def get(self, path: str, max_bytes: int | None = None) -> Fetched:
        """The answer at a path; FetchError where it comes not whole, in time and within limits."""
        return self._request("GET", path, max_bytes)

    def post(
        self,
        path: str,
        body: bytes,
        content_type: str = "application/octet-stream",
        max_bytes: int | None = None,
    ) -> Fetched:
        """The answer to a body, asked once; FetchError as `get` raises it."""
        return self._request("POST", path, max_bytes, body, content_type)

    def tell(
        self, path: str, body: bytes, content_type: str, headers: Mapping[str, str]
    ) -> tuple[int, str | None]:
        """Post once: status and Retry-After, no more is read; FetchError without them in time."""
        with self._within_time("POST", path) as target:
            sent = {"User-Agent": USER_AGENT, "Content-Type": content_type, **headers}
            response = self._open("POST", target, body, sent)
            response.close()
            return response.status, response.headers.get("Retry-After")

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.close()

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _request(
        self,
        method: str,
        path: str,
        max_bytes: int | None,
        body: bytes | None = None,
        content_type: str | None = None,
    ) -> Fetched:
        limit = self.max_bytes if max_bytes is None else max_bytes
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        if content_type is not None:
            headers["Content-Type"] = content_type
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        with self._within_time(method, path) as target:
            try:
                return self._once(method, target, body, headers, limit)
            except ProtocolError:
                # A server may close a kept connection just as it is used again.
                if method != "GET":
                    raise
                return self._once(method, target, body, headers, limit)

    @contextmanager
    def _within_time(self, method: str, path: str) -> Iterator[str]:
        """The target of a request that has until the deadline; what fails as FetchError."""
        if not _PATH.fullmatch(path):
            raise FetchError("%s is no path below %s", repr(path[:80]), self.base_url)
        target = f"{self._prefix}/{path.lstrip('/')}"
        token = _deadline.set(time.monotonic() + self.timeout)
        reach = _may_reach.set(self._may_reach)
        try:
            yield target
        except (HTTPError, client.HTTPException, OSError, ValueError) as error:
            why = _sentence(error)
            raise FetchError("%s %s%s: %s", method, self._shown, target, why) from None
        finally:
            _may_reach.reset(reach)
            _deadline.reset(token)

    def _open(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        return self._pool.urlopen(
            method, target, body, headers, retries=False, redirect=False, timeout=_left(),
            preload_content=False, decode_content=False,
        )  # fmt: skip

    def _once(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], limit: int
    ) -> Fetched:
        response = self._open(method, target, body, headers)
        is_whole = False
        try:
            if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
                raise ValueError("the answer is encoded, which was not asked for")
            read = bytearray()
            while piece := response.read(min(_PIECE, limit + 1 - len(read))):
                read += piece
                if len(read) > limit:
                    raise ValueError(f"the answer is longer than {limit} bytes")
            is_whole = True
        finally:
            if is_whole:
                response.release_conn()
            else:
                response.close()
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Fetched(response.status, kind[:100], bytes(read))


def _sentence(error: Exception) -> str:
    if isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError):
        return "no whole answer in time"
    text = str(error) or type(error).__name__
    return text.encode("unicode_escape").decode()[:200]  # a server's words, made harmless


def _left() -> float:
    """Seconds until the deadline of the request that is being made; TimeoutError after it."""
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError("no whole answer in time")
    return left


class _Timed(io.RawIOBase):
    """A socket's bytes, each wait for which ends at the deadline."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _TimedFile:
    """The socket file from which http.client reads a response."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Timed(self._sock))


class _Response(client.HTTPResponse):
    def __init__(self, sock: socket.socket, *given: Any, **named: Any) -> None:
        super().__init__(_TimedFile(sock), *given, **named)  # type: ignore[arg-type]


class _Connecting(HTTPConnection):
    """A connection that keeps the deadline while it connects, sends and reads."""

    response_class = _Response

    def _new_conn(self) -> socket.socket:
        failed: OSError = OSError("the host has no address")
        may_reach = _may_reach.get()
        for family, kind, protocol, _, address in socket.getaddrinfo(
            self._dns_host, self.port, type=socket.SOCK_STREAM
        ):
            left = _left()
            if may_reach is not None and not may_reach(str(address[0])):
                failed = OSError(f"{address[0]} is no address that may be reached from here")
                continue
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(left)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.connect(address)
            except OSError as error:
                failed = error
                sock.close()
            else:
                return sock
        raise failed

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        for at in range(0, len(data), _PIECE):
            self.sock.settimeout(_left())
            super().send(data[at : at + _PIECE])


class _ConnectingSafely(_Connecting, HTTPSConnection):
    pass


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connecting


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _ConnectingSafely
