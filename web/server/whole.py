"""A WSGI app under granian that sees whole requests only, and that no client holds up.

Granian's own WSGI gives an app the body as it arrives, and a thread from its first byte on, so that
sixteen clients who send slowly hold all threads of a process. Here bodies are gathered without a
thread, within limits of size, rate, time and of all together; a thread is given to a request that
is there; and an answer is handed over whole, so that who reads slowly keeps no thread either.
"""

import asyncio
import atexit
import io
import logging
import tempfile
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from .logs import note_request
from .long_answers import LongAnswers
from .rsgi import (
    Address,
    Answer,
    AtOnce,
    Environ,
    Http,
    RefusedError,
    Rsgi,
    Scope,
    Together,
    WsgiApp,
    call,
    environ_of,
    refusal,
)

_IN_MEMORY = 256 << 10  # bytes of a body: what is longer is on the disk
_ANSWER_IN_MEMORY = 256 << 10  # bytes of an answer, likewise
_LONGER = 64 << 10  # bytes after which a body's time is looked at again
_DRAINED = 4  # times a body's limit that are read, so that its client hears what is wrong with it
_PATIENCE = 5.0  # seconds for a thread to end
_log = logging.getLogger("suyuan.web")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may take: bytes, seconds, and what there is for all clients together.

    A body has `grace` seconds, and more as long as it comes at `rate` bytes a second from its
    beginning, until `seconds`: 7 MiB by a telephone that sends 1 Mbit/s take one minute.
    """

    body: int
    bodies: int = 128 << 20
    of_address: int = 32 << 20
    grace: float = 20.0
    rate: int = 8 << 10
    seconds: float = 180.0
    threads: int = 16
    waiting: int = 256


def whole(
    app: WsgiApp,
    limits: Limits,
    *,
    address: Address = lambda environ: str(environ["REMOTE_ADDR"]),
    at_once: AtOnce | None = None,
    together: Together = lambda environ, job: False,
    folder: Path | None = None,
) -> Rsgi:
    """The RSGI app that answers by `app`, in one of its threads.

    What `at_once` answers to a request without a body needs none: two changes of threads cost
    more than a page that is kept. It is to answer in some hundred microseconds, or None. What
    `together` takes, by the environment, is asked in another thread, whichever that is.

    Without asking `app`: 408 for a body that comes too slowly, 400 for one that breaks off, 431 for
    a field of the head of over 8 KiB, 503 where too much is held or too many wait already. Of a
    body of over `limits.body` bytes the app is given no more than that, to refuse it. Long answers
    lie in `folder` for some seconds. Each answer is logged, then sent.
    """
    bodies, files = _Shares(limits.bodies, limits.of_address), LongAnswers(limits.bodies, folder)
    threads = _Threads(app, limits, files, together)

    async def answer(scope: Scope, http: Http) -> None:
        if scope.proto != "http":
            return
        files.loop = asyncio.get_running_loop()
        began = time.perf_counter()
        environ: Environ = {"REQUEST_METHOD": scope.method}
        try:
            environ = environ_of(scope)
            length = scope.headers.get("content-length")
            has_body = "transfer-encoding" in scope.headers or length not in (None, "0")
            reply = None if at_once is None or has_body else call(at_once, environ)
            if reply is not None:
                note_request(environ, reply, began)
                return _send(http, reply, files)
            client = address(environ)
            if not has_body:
                return await threads.run(client, environ, http, began)
            with _Body(limits, bodies, client) as body:
                await body.read(http, length)
                environ["CONTENT_LENGTH"], environ["wsgi.input"] = str(body.size), body.stream()
                await threads.run(client, environ, http, began, is_last=body.is_cut)
        except RefusedError as refused:
            reply = refusal(refused.status)
            note_request(environ, reply, began)
            _send(http, reply, files)

    return answer


class _Shares:
    """How much is held of what all clients share, in all and by address."""

    def __init__(self, most: int, of_address: int) -> None:
        self._most = most
        self._of_address = of_address
        self._total = 0
        self._held: dict[str, int] = {}

    def hold(self, address: str, size: int = 1) -> None:
        """Count in; RefusedError where that is too much."""
        held = self._held.get(address, 0) + size
        if self._total + size > self._most or held > self._of_address:
            raise RefusedError(503)
        self._total += size
        self._held[address] = held

    def let_go(self, address: str, size: int = 1) -> None:
        """Count out."""
        self._total -= size
        self._held[address] -= size
        if not self._held[address]:
            del self._held[address]


class _Body:
    """A request's body: in memory, beyond a little on the disk."""

    def __init__(self, limits: Limits, shares: _Shares, address: str) -> None:
        self.size = 0
        self.is_cut = False
        self._read = 0
        self._limits = limits
        self._shares = shares
        self._address = address
        self._file: IO[bytes] = io.BytesIO()

    def __enter__(self) -> "_Body":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if self.size:
            self._shares.let_go(self._address, self.size)

    async def read(self, http: Http, announced: str | None) -> None:
        """Read it from its client, as far as one may be long; RefusedError otherwise."""
        is_short = announced is not None and len(announced) < 7 and int(announced) <= _IN_MEMORY
        try:
            async with asyncio.timeout(self._limits.grace) as deadline:
                if is_short:
                    self._add(await http())
                else:
                    await self._read_parts(http, deadline)
        except TimeoutError:
            raise RefusedError(408) from None
        except (OSError, RuntimeError, ValueError):  # the client went away: nobody hears the answer
            raise RefusedError(400) from None
        is_whole = announced is None or self._read == int(announced)
        if not is_whole and not self._is_drained():
            raise RefusedError(400)

    async def _read_parts(self, http: Http, deadline: asyncio.Timeout) -> None:
        """Read it part by part, for longer the more has come.

        Granian ends a body that breaks off like any other, with an empty part; but with two then.
        """
        limits, began = self._limits, asyncio.get_running_loop().time()
        is_over, counted = False, 0
        async for part in http:
            if is_over:
                raise RefusedError(400)
            is_over = not part
            self._add(part)
            if self._is_drained():
                return
            if self._read - counted >= _LONGER:
                counted = self._read
                allowed = min(limits.seconds, limits.grace + counted / limits.rate)
                deadline.reschedule(began + allowed)

    def stream(self) -> IO[bytes]:
        """From its beginning."""
        self._file.seek(0)
        return self._file

    def _is_drained(self) -> bool:
        """Whether so much was read that its client has surely sent most of it."""
        return self._read > _DRAINED * self._limits.body

    def _add(self, part: bytes) -> None:
        self._read += len(part)
        part = part[: self._limits.body - self.size]
        self.is_cut = self._read > self.size + len(part)
        self._shares.hold(self._address, len(part))
        self.size += len(part)
        if self.size > _IN_MEMORY and isinstance(self._file, io.BytesIO):
            before, self._file = self._file, tempfile.TemporaryFile()  # noqa: SIM115  at the exit
            self._file.write(before.getbuffer())
        self._file.write(part)


class _Threads:
    """Threads that ask the app, each one request at a time."""

    def __init__(
        self, app: WsgiApp, limits: Limits, files: LongAnswers, together: Together
    ) -> None:
        self._app = app
        self._files = files
        self._together = together
        most = limits.threads + limits.waiting
        self._shares = _Shares(most, most // 2)
        self._todo: SimpleQueue[_Task | None] = SimpleQueue()
        self._done: deque[asyncio.Future[None]] = deque()
        self._is_woken = False
        self._threads = [
            threading.Thread(target=self._work, name=f"wsgi-{number}", daemon=True)
            for number in range(limits.threads)
        ]
        for thread in self._threads:
            thread.start()
        atexit.register(self.close)

    async def run(
        self, address: str, environ: Environ, http: Http, began: float, *, is_last: bool = False
    ) -> None:
        """Have the app answer; RefusedError where too many wait, or half of them are its own."""
        self._shares.hold(address)
        try:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            task = _Task(environ, http, began, done, is_last)
            if not self._together(environ, partial(self._do, task)):
                self._todo.put(task)
            await done
        finally:
            self._shares.let_go(address)

    def close(self) -> None:
        """Let what was begun come to its end."""
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join(_PATIENCE)

    def _work(self) -> None:
        while (task := self._todo.get()) is not None:
            self._do(task)

    def _do(self, task: "_Task") -> None:
        try:
            reply = call(self._app, task.environ)
            assert reply is not None
            self._answer(task, reply)
        except BaseException:  # noqa: BLE001  whatever an app leaves uncaught is our 500
            _log.exception("a request failed beneath the app")
            self._answer(task, refusal(500))
        self._done.append(task.done)
        if not self._is_woken:  # waking the loop costs more than what it has to do then
            self._is_woken = True
            self._files.soon(self._settle)

    def _answer(self, task: "_Task", reply: Answer) -> None:
        note_request(task.environ, reply, task.began)
        _send(task.http, reply, self._files, is_last=task.is_last)

    def _settle(self) -> None:
        self._is_woken = False
        while self._done:
            done = self._done.popleft()
            if not done.done():  # nobody waits any more
                done.set_result(None)


@dataclass(frozen=True, slots=True)
class _Task:
    environ: Environ
    http: Http
    began: float
    done: asyncio.Future[None]
    is_last: bool


def _send(http: Http, reply: Answer, files: LongAnswers, *, is_last: bool = False) -> None:
    """Hand an answer to granian, a long one as a file."""
    headers = [*reply.headers, ("connection", "close")] if is_last else reply.headers
    with suppress(RuntimeError):  # the client is gone
        if len(reply.body) <= _ANSWER_IN_MEMORY:
            http.response_bytes(reply.status, headers, reply.body)
            return
        path = files.put(reply.body)
        try:
            http.response_file(reply.status, headers, str(path))
        finally:
            files.let_go(path)
