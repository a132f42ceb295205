"""Connections whose clients do not read what was sent to them, ended after a while.

Granian hands an answer to its connection whole and never gives up on it. What the kernel tells of
each connection shows who reads and who does not: granian itself has no limit for it.
"""

import fcntl
import os
import socket
import struct
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_DESCRIPTORS = Path("/proc/self/fd")
_EVERY = 5.0  # seconds between looks
_PATIENCE = 30.0  # seconds in which a client is to have read at _RATE
_RATE = 1 << 10  # bytes a second
_ACKED = 120  # where tcpi_bytes_acked stands in the kernel's struct tcp_info
_INFO = 136


@dataclass(frozen=True, slots=True)
class _Seen:
    since: float
    acked: int
    left: int


class SlowReaders:
    """What this process's connections on a port had left to send when they were looked at."""

    def __init__(self, port: int, *, patience: float = _PATIENCE, rate: int = _RATE) -> None:
        self._port = port
        self._patience = patience
        self._rate = rate
        self._seen: dict[int, _Seen] = {}

    def look(self, now: float) -> int:
        """End connections that were not read from for long enough; how many."""
        seen, ended = self._seen, 0
        self._seen = {}
        for number, connection in _connections(self._port):
            acked, left = _progress(connection)
            if not left:
                continue
            here = _Seen(now, acked, left)
            before = seen.get(number, here)
            waited, read = now - before.since, acked - before.acked
            # Who has read all that waited is no slow reader: what is left now was sent since.
            if before.left <= read:
                self._seen[number] = here
            elif waited < self._patience:
                self._seen[number] = before
            elif read < self._rate * waited:
                connection.shutdown(socket.SHUT_RDWR)
                ended += 1
            else:
                self._seen[number] = here
        return ended


def watch(port: int) -> None:
    """Look every few seconds as long as this process lasts, where the kernel tells."""
    if not _DESCRIPTORS.exists():
        return
    readers = SlowReaders(port)

    def run() -> None:
        while True:
            time.sleep(_EVERY)
            with suppress(OSError):
                readers.look(time.monotonic())

    threading.Thread(target=run, name="slow readers", daemon=True).start()


def _connections(port: int) -> Iterator[tuple[int, socket.socket]]:
    """Accepted connections on a port, each by its inode, which no other has meanwhile."""
    for name in os.listdir(_DESCRIPTORS):
        with suppress(OSError):
            if not os.readlink(_DESCRIPTORS / name).startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(name))) as connection:
                if connection.family not in (socket.AF_INET, socket.AF_INET6):
                    continue
                if connection.type == socket.SOCK_STREAM and connection.getsockname()[1] == port:
                    connection.getpeername()  # raises where it listens
                    yield os.fstat(connection.fileno()).st_ino, connection


def _progress(connection: socket.socket) -> tuple[int, int]:
    """How many bytes its client has acknowledged in all, and how many are left."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO)
    left = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0]
    return struct.unpack_from("Q", info, _ACKED)[0], left
