"""The ledger's one lock: a batch is decided and written by one process at a time."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from .errors import Busy, StoreError

WAIT_SECONDS = 10.0
STOPPED_SECONDS = 3.0  # after which a holder that the system has stopped is ended
_PAUSE = 0.001
_NEXT = 0.0002  # for the one whose turn is next
_STARTS: dict[int, int] = {}


class FileLock:
    """`flock` on a file in the home, where SQLite's own waiting would be slow and unfair.

    Who wants the lock takes a second one first and holds it while it waits, so that a holder that
    wants the lock again at once comes after it. The kernel lets go of both when a process dies.
    A process that is stopped (SIGSTOP, a debugger) while it holds the append lock holds SQLite's
    own too, and nothing but its end frees them: with `ends_stopped` it is killed after 3 seconds,
    which costs a rollback. A slow one is never killed.
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
        deadline = time.monotonic() + WAIT_SECONDS
        descriptor = _open(self._path)
        try:
            self._acquire(descriptor, deadline)
            _sign(descriptor)
            yield
        finally:
            os.close(descriptor)  # which lets go of the lock, as does the process's end

    def _acquire(self, descriptor: int, deadline: float) -> None:
        turnstile = _open(self._path.with_name(f"{self._path.name}.next"))
        try:
            while not _try(turnstile):
                self._pause(deadline, descriptor, None)
            since = time.monotonic()
            while not _try(descriptor):
                self._pause(deadline, descriptor, since)
        finally:
            os.close(turnstile)

    def _pause(self, deadline: float, descriptor: int, since: float | None) -> None:
        now = time.monotonic()
        if now > deadline:
            raise Busy(f"{self._busy}: try again")
        if self._ends_stopped and since is not None and now - since > STOPPED_SECONDS:
            _end_stopped(descriptor)
        time.sleep(_PAUSE if since is None else _NEXT)


def no_lock() -> AbstractContextManager[None]:
    """For databases whose row lock does it."""
    return nullcontext()


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"the lock {path} cannot be opened: {error.strerror}") from None


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(descriptor: int) -> None:
    """Write who holds the lock, for those who may have to end it."""
    with suppress(OSError):  # a full disk keeps nobody from the lock
        os.pwrite(descriptor, f"{os.getpid()} {_own_start()}".ljust(48).encode(), 0)


def _own_start() -> int:
    pid = os.getpid()
    if pid not in _STARTS:  # another after a fork
        _STARTS[pid] = _started(pid) or 0
    return _STARTS[pid]


def _end_stopped(descriptor: int) -> None:
    """Kill the holder if it is a process of this machine that the system has stopped."""
    try:
        pid, started = (int(part) for part in os.pread(descriptor, 64, 0).split())
        handle = os.pidfd_open(pid)
    except (OSError, ValueError):
        return
    try:
        if pid != os.getpid() and _started(pid) == started and _state(pid) in ("T", "t"):
            with suppress(OSError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
    finally:
        os.close(handle)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; none where it cannot be read."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _state(pid: int) -> str | None:
    found = _stat(pid)
    return found[0] if found else None


def _started(pid: int) -> int | None:
    """When the process began, in clock ticks since the system did: tells apart reused numbers."""
    found = _stat(pid)
    return int(found[19]) if len(found) > 19 else None
