"""Group commit: callers wait in a queue, and one thread works on all that has come together.

One thread, since threads that verify and write side by side wait for Python's lock more than they
work. It is started with the first request, and anew in a process that was forked since.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from ..errors import Busy
from .deciding import Request

MAX_QUEUED = 8_000  # links that may wait in one process
MAX_BATCH = 1_000  # links that one transaction takes, a larger request alone
WAIT_SECONDS = 15.0  # how long a request may wait for its turn
_PATIENCE = 15.0  # seconds for the thread to end what it has begun

Take = Callable[[], Sequence[Request]]


class _Waiting:
    """A request in the queue, and how its caller is woken."""

    def __init__(self, request: Request) -> None:
        self.request = request
        # A lock that is let go of to wake the caller: a third of what an Event costs.
        self.woken = threading.Lock()
        self.woken.acquire()
        self.is_taken = False


class Queue:
    """The requests of one process, in the order in which they came."""

    def __init__(self, work: Callable[[Take], None]) -> None:
        """`work(take)` calls `take` for what waits, as often as it likes, and gives it outcomes.

        What it raises is the error of all that it has taken.
        """
        self._work = work
        self._mutex = threading.Lock()
        self._is_due = threading.Condition(self._mutex)
        self._waiting: deque[_Waiting] = deque()
        self._links = 0
        self._thread: threading.Thread | None = None
        self._is_over = False

    def submit(self, request: Request) -> None:
        """Return once the request's outcomes are there and durable.

        Raises Busy where too many links wait already, or its turn does not come in time; else
        its error.
        """
        waiting = _Waiting(request)
        try:
            with self._mutex:
                if self._waiting and self._links + len(request.entries) > MAX_QUEUED:
                    raise Busy("too many links are waiting to be written: try again")
                self._waiting.append(waiting)
                self._links += len(request.entries)
                self._is_due.notify()
                self._start()
            if not waiting.woken.acquire(timeout=WAIT_SECONDS):
                self._give_up(waiting)
                waiting.woken.acquire()
        except BaseException:
            self._leave(waiting)
            raise
        if request.error is not None:
            raise request.error

    def close(self) -> None:
        """End the thread once all that waits is done."""
        with self._mutex:
            thread, self._thread, self._is_over = self._thread, None, True
            self._is_due.notify()
        if thread is not None:
            thread.join(_PATIENCE)

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._is_over = False
            self._thread = threading.Thread(target=self._run, name="suyuan-append", daemon=True)
            self._thread.start()

    def _give_up(self, waiting: _Waiting) -> None:
        with self._mutex:
            if not waiting.is_taken:
                raise Busy("the ledger is busy: try again")

    def _leave(self, waiting: _Waiting) -> None:
        with self._mutex:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
                self._links -= len(waiting.request.entries)

    def _run(self) -> None:
        while True:
            with self._mutex:
                while not self._waiting:
                    if self._is_over:
                        return
                    self._is_due.wait()
            taken: list[_Waiting] = []
            try:
                self._work(lambda taken=taken: self._take(taken))  # type: ignore[misc]
            except BaseException as error:  # noqa: BLE001  each caller raises it
                for member in taken:
                    member.request.error = member.request.error or error
            for member in taken:
                member.woken.release()

    def _take(self, taken: list[_Waiting]) -> Sequence[Request]:
        """What waits, as far as a transaction takes it with what was taken before."""
        links, before = sum(len(member.request.entries) for member in taken), len(taken)
        with self._mutex:
            while self._waiting:
                links += len(self._waiting[0].request.entries)
                if taken and links > MAX_BATCH:
                    break
                member = self._waiting.popleft()
                member.is_taken = True
                self._links -= len(member.request.entries)
                taken.append(member)
        return [member.request for member in taken[before:]]
