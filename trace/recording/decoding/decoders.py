"""Asks a process of its own to decode a file: two at a time, each file in a fresh process.

A decoder is the largest piece of C that strangers' bytes reach. So it runs where it has no secret,
little memory and a few seconds, and ends with its file: what it was given goes back to the system,
and no file touches the reading of another. It is started, never forked, since servers have threads;
one that waits ready hides the start. It answers in JSON and bytes, never in pickles.
"""

import atexit
import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Condition, Lock, Timer
from typing import IO

from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.store.errors import Busy

PLACES = 2  # of a process that asks; a large file takes both
WAITING = 8  # files that wait for a place; more are refused at once
PATIENCE = 10.0  # seconds in which a place is to be had
SECONDS = 10.0  # in which a file is read; docs/operations.md names these
MEMORY = 128 << 20  # bytes more, for each place that a file takes, than a decoder has anyway
LENGTH = 4  # bytes that say how long a header is
MOST_HEADER, MOST_BYTES = 1 << 17, 16 << 20  # of a header, and of what goes with it
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "LANG", "LC_ALL", "LC_CTYPE")

Header = Mapping[str, object]


class Unreadable(LedgerError):
    """A file that no decoder reads within its limits, or that it refuses; the text says why."""


class NotDecoded(Exception):
    """In the decoder: a file that is refused; the text says why, and what would be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A decoder's header on a file, and the bytes that it makes of the file."""

    header: Header
    body: bytes


def ask(task: str, data: bytes, *, places: int = 1, **more: int) -> Answer:
    """What a task of `.child` makes of a file; Unreadable where it refuses, fails, or is ended.

    Raises Busy where no place is to be had in time, CannotDecide where no decoder starts.
    """
    with _pool.places.taken(places), _pool.decoder() as decoder:
        header = {"task": task, "memory": MEMORY * places, "size": len(data), **more}
        answer = decoder.answer(header, data)
    refused = answer.header.get("refused")
    if refused is not None:
        raise Unreadable(str(refused)[:300])
    return answer


class Places:
    """How many files are decoded at once, in the order in which they came; a few may wait."""

    def __init__(self) -> None:
        self._turn = Condition()
        self._free = PLACES
        self._queue: deque[object] = deque()

    @contextmanager
    def taken(self, count: int) -> Iterator[None]:
        """Hold `count` places; Busy where too many wait already, or none is free in time."""
        ticket, queue = object(), self._queue
        with self._turn:
            if len(queue) >= WAITING:
                raise Busy("too many pictures and PDFs are waiting to be read: try again")
            queue.append(ticket)
            try:
                if not self._turn.wait_for(
                    lambda: queue[0] is ticket and self._free >= count, PATIENCE
                ):
                    raise Busy("other pictures and PDFs are being read: try again")
                self._free -= count
            finally:
                queue.remove(ticket)
                self._turn.notify_all()
        try:
            yield
        finally:
            with self._turn:
                self._free += count
                self._turn.notify_all()


class _Decoder:
    """A process that reads one file."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603  our own
            [sys.executable, "-P", "-m", f"{__package__}.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,  # an interrupt is for this process, which ends its decoders
        )

    @property
    def is_alive(self) -> bool:
        """Whether it waits for its file yet."""
        return self._process.poll() is None

    def answer(self, header: Header, data: bytes) -> Answer:
        """The decoder's answer to a file; Unreadable where it ends without one."""
        assert self._process.stdin is not None and self._process.stdout is not None
        timer = Timer(SECONDS, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            if not self._process.stdout.read(1):
                raise CannotDecide("pictures and PDFs cannot be read here: no decoder starts")
            send(self._process.stdin, header, data)
            return Answer(*receive(self._process.stdout))
        except (OSError, EOFError, ValueError, RecursionError):
            raise Unreadable("the file cannot be read in the memory and time for it") from None
        finally:
            timer.cancel()

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        self.forget()

    def forget(self) -> None:
        """Let go of its pipes: in a fork of the process that started it, all there is to do."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.returncode = self._process.returncode or 0


class _Pool:
    """The places of this process, and the decoders that wait for a file."""

    def __init__(self) -> None:
        self.places = Places()
        self._ready: list[_Decoder] = []
        self._working = 0
        self._lock = Lock()

    @contextmanager
    def decoder(self) -> Iterator[_Decoder]:
        """A decoder for one file; afterwards another one waits in its place."""
        with self._lock:
            self._working += 1
        try:
            decoder = self._waiting() or _started()
            try:
                yield decoder
            finally:
                decoder.end()
        finally:
            with self._lock, suppress(CannotDecide):  # whoever needs the next one is told
                self._working -= 1
                if len(self._ready) + self._working < PLACES:
                    self._ready.append(_started())

    def _waiting(self) -> _Decoder | None:
        with self._lock:
            decoder = self._ready.pop() if self._ready else None
        if decoder is None or decoder.is_alive:
            return decoder
        decoder.end()
        return None

    def close(self) -> None:
        """End the decoders that wait."""
        with self._lock:
            while self._ready:
                self._ready.pop().end()

    def forget(self) -> None:
        """Leave the decoders to the process that this one is a fork of."""
        for decoder in self._ready:
            decoder.forget()


def _started() -> _Decoder:
    try:
        return _Decoder()
    except OSError as error:
        raise CannotDecide("pictures and PDFs cannot be read here: %s", error.strerror) from None


def send(pipe: IO[bytes], header: Header, body: bytes) -> None:
    """Write a header and the bytes whose size it has."""
    head = json.dumps({**header, "size": len(body)}).encode()
    pipe.write(len(head).to_bytes(LENGTH, "big") + head)
    pipe.write(body)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, object], bytes]:
    """A header and its bytes, read; ValueError where they are none, EOFError where they end."""
    length = int.from_bytes(_read(pipe, LENGTH), "big")
    if length > MOST_HEADER:
        raise ValueError("the header is too long")
    header = json.loads(_read(pipe, length))
    if not isinstance(header, dict) or not 0 <= number(header.get("size")) <= MOST_BYTES:
        raise ValueError("no header of a file")
    return header, _read(pipe, number(header["size"]))


def number(value: object) -> int:
    """The value, a whole number; ValueError for anything else."""
    if type(value) is not int:
        raise ValueError("no whole number")
    return value


def _read(pipe: IO[bytes], count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError("the pipe is closed")
    return data


def _anew() -> None:
    global _pool  # noqa: PLW0603  one of each process
    _pool.forget()
    _pool = _Pool()


def _close() -> None:
    _pool.close()


_pool = _Pool()
atexit.register(_close)
os.register_at_fork(after_in_child=_anew)
