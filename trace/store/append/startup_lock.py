"""Appending waits until a starting server has asked its witnesses whether links were lost.

The gate is a lock on a file in the home, which the kernel opens when the process that closed it
ends. It is one machine's: another machine that starts asks for itself.
"""

import fcntl
import os
import time
from pathlib import Path

from suyuan.trace.format.errors import LedgerError

SECONDS = 10.0  # after which appending goes on whatever is heard
_FILE = "starting.lock"
_PAUSE = 0.02
_PATIENCE = 1.0


class Gate:
    """The gate of the ledger in a home; `wait` is for the processes that append.

    Threads may share it.
    """

    def __init__(self, home: Path, seconds: float = SECONDS) -> None:
        self._path = home / _FILE
        self._seconds = seconds
        self._is_open = False

    def close(self) -> int | None:
        """A descriptor that keeps the gate closed while it, or a copy, is open.

        None where another process keeps it closed for a second and more, as well as this one
        would. LedgerError where the file cannot be made.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LedgerError(f"{self._path} cannot be written: {error.strerror}") from None
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    return None
                time.sleep(_PAUSE)
            else:
                return descriptor

    def wait(self) -> None:
        """Return once the gate is open, or in `seconds`; from then on at once."""
        if self._is_open:
            return
        deadline = time.monotonic() + self._seconds
        while not self._is_open and time.monotonic() < deadline and self._is_locked():
            time.sleep(_PAUSE)
        self._is_open = True

    def _is_locked(self) -> bool:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False
