"""The ledger's one lock: a batch is decided and written by one process at a time.

And the start-up lock, for which appending waits until a starting server has asked its witnesses
whether links were lost.
"""

import fcntl
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from suyuan.trace.format.errors import LedgerError

from ..errors import Busy, StoreError

WAIT_SECONDS = 10.0
STOPPED_SECONDS = 3.0  # after which a holder that the system has stopped is ended
_PAUSE = 0.001
_NEXT = 0.0002  # for the one whose turn is next
_STILL = 0.2  # seconds that one look counts at most: a machine that stood still used up no wait
SECONDS = 10.0  # after which appending goes on whatever witnesses say
_START_PAUSE = 0.02
_PATIENCE = 1.0
_HOLDER = re.compile(r"FLOCK\s+ADVISORY\s+WRITE\s+([0-9]+)\s+[0-9a-f]+:[0-9a-f]+:([0-9]+) ")


class FileLock:
    """`flock` on a file in the home, where SQLite's own waiting would be slow and unfair.

    Who wants the lock takes a second one first and holds it while it waits, so that a holder that
    wants the lock again at once comes after it. The kernel lets go of both when a process dies.
    A process that is stopped (SIGSTOP, a debugger) while it holds the append lock holds SQLite's
    own too, and nothing but its end frees them: with `ends_stopped` it is killed after 3 seconds,
    which costs a rollback; one that is stopped while it is next likewise. A slow one never is.
    """

    def __init__(
        self,
        path: Path,
        busy: str = "another process holds the ledger's lock",
        *,
        ends_stopped: bool = False,
    ) -> None:
        self._path = path
        self._busy = busy
        self._ends_stopped = ends_stopped

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Hold the lock; Busy where it cannot be had in 10 seconds, StoreError where not at all."""
        descriptor = _open(self._path)
        try:
            self._acquire(descriptor)
            yield
        finally:
            _let_go(descriptor)  # as does the process's end

    def _acquire(self, descriptor: int) -> None:
        turnstile = _open(self._path.with_name(f"{self._path.name}.next"))
        try:
            waited = self._wait(turnstile, 0.0, _PAUSE)
            self._wait(descriptor, waited, _NEXT)
        finally:
            _let_go(turnstile)

    def _wait(self, descriptor: int, before: float, pause: float) -> float:
        """Wait for a lock, seconds having been waited `before`; how many it is then."""
        waited, looked = before, time.monotonic()
        while not _try(descriptor):
            now = time.monotonic()
            waited, looked = waited + min(now - looked, _STILL), now
            if waited > WAIT_SECONDS:
                raise Busy("%s: try again", self._busy)
            if self._ends_stopped and waited - before > STOPPED_SECONDS:
                _end_stopped(descriptor)
            time.sleep(pause)
        return waited


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError("the lock %s cannot be opened: %s", path, error.strerror) from None


def _try(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a file system without locks
        raise StoreError("the ledger's lock cannot be had: %s", error.strerror) from None
    return True


def _let_go(descriptor: int) -> None:
    """Unlock and close; closing alone leaves a lock that a child has inherited."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _end_stopped(descriptor: int) -> None:
    """Kill the lock's holder if it is a process of this machine that the system has stopped."""
    pid = _holder(descriptor)
    if pid is None or pid == os.getpid():
        return
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        # Asked again with the process in hand: its number cannot be given to another any more.
        if _holder(descriptor) == pid and _state(pid) in ("T", "t"):
            with suppress(OSError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
    finally:
        os.close(handle)


def _holder(descriptor: int) -> int | None:
    """The process that holds the lock on a file, as the kernel says; None where it does not."""
    try:
        inode = os.fstat(descriptor).st_ino
        text = Path("/proc/locks").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    held = [int(pid) for pid, number in _HOLDER.findall(text) if int(number) == inode]
    return held[0] if len(held) == 1 and held[0] > 0 else None


def _state(pid: int) -> str | None:
    """The state of a process: T where it is stopped."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return fields[0] if fields else None


class Gate:
    """The start-up lock of the ledger in a home, a file; `wait` is for the processes that append.

    The kernel opens it when the process that closed it ends. It is one machine's: another machine
    that starts asks for itself. Threads may share it.
    """

    def __init__(self, home: Path, seconds: float = SECONDS) -> None:
        self._path = home / "starting.lock"
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
            raise LedgerError("%s cannot be written: %s", self._path, error.strerror) from None
        deadline = time.monotonic() + _PATIENCE
        while not _try(descriptor):
            if time.monotonic() > deadline:
                os.close(descriptor)
                return None
            time.sleep(_START_PAUSE)
        return descriptor

    def wait(self) -> None:
        """Return once the gate is open, or in `seconds`; from then on at once."""
        deadline = time.monotonic() + self._seconds
        while not self._is_open and time.monotonic() < deadline and self._is_locked():
            time.sleep(_START_PAUSE)
        self._is_open = True

    def _is_locked(self) -> bool:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not _try(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)
