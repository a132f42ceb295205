"""The ledger's one lock: a batch is decided and written by one process at a time."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from .errors import Busy, StoreError

WAIT_SECONDS = 30.0


class FileLock:
    """`flock` on a file in the home, where SQLite's own waiting would be slow and unfair."""

    def __init__(self, path: Path, busy: str = "another process holds the ledger's lock") -> None:
        self._path = path
        self._busy = busy

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Hold the lock; Busy where it cannot be had in 30 seconds, StoreError where not at all."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"the lock {self._path} cannot be opened: {error.strerror}") from None
        try:
            _acquire(descriptor, self._busy)
            yield
        finally:
            os.close(descriptor)  # which lets go of the lock, as does the process's end


def _acquire(descriptor: int, busy: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    pause = 0.0005
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Busy(f"{busy}: try again") from None
            time.sleep(pause)
            pause = min(pause * 1.5, 0.02)
        else:
            return


def no_lock() -> AbstractContextManager[None]:
    """For databases whose row lock does it."""
    return nullcontext()
