"""Group commit: callers queue, and one of them at a time commits what has come together.

Nobody is handed a role for good: the caller at the front takes the next batch, and with it the
ledger's lock, for one transaction. A caller that gives up or dies leaves the rest to the next.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic

from ..errors import Busy
from .deciding import Request

MAX_QUEUED = 8_000  # links that may wait in one process
MAX_BATCH = 1_000  # links that one transaction takes, a larger request alone
WAIT_SECONDS = 15.0  # how long a request may wait for its turn

Take = Callable[[], Sequence[Request]]


class _Waiting:
    """A request in the queue, and how its caller is woken."""

    def __init__(self, request: Request) -> None:
        self.request = request
        # A lock that is let go of to wake the caller: a third of what an Event costs.
        self.woken = threading.Lock()
        self.woken.acquire()
        self.is_taken = False
        self.leads = False
        self.is_done = False

    def wake(self) -> None:
        """Wake the caller; twice is as once."""
        if self.woken.locked():
            self.woken.release()


class Queue:
    """The requests of one process, in the order in which they came."""

    def __init__(self, commit: Callable[[Take], None]) -> None:
        """`commit(take)` gets the lock, calls `take` for the batch, and decides and writes it."""
        self._commit = commit
        self._mutex = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._links = 0
        self._is_led = False

    def submit(self, request: Request) -> None:
        """Return once the request's outcomes are there and durable.

        Raises Busy where too many links wait already, or its turn does not come in time; else
        what committing raised.
        """
        waiting = _Waiting(request)
        deadline = monotonic() + WAIT_SECONDS
        try:
            with self._mutex:
                if self._waiting and self._links + len(request.offers) > MAX_QUEUED:
                    raise Busy("too many links are waiting to be written: try again")
                self._waiting.append(waiting)
                self._links += len(request.offers)
                if not self._is_led:
                    self._is_led = waiting.leads = True
            while not waiting.is_done:
                if waiting.leads:
                    self._lead(waiting)
                else:
                    left = -1.0 if waiting.is_taken else max(0.0, deadline - monotonic())
                    if not waiting.woken.acquire(timeout=left) and monotonic() > deadline:
                        self._give_up(waiting)
        except BaseException:
            self._leave(waiting)
            raise
        if request.error is not None:
            raise request.error

    def _give_up(self, waiting: _Waiting) -> None:
        with self._mutex:
            if not (waiting.is_done or waiting.leads or waiting.is_taken):
                raise Busy("the ledger is busy: try again")

    def _leave(self, waiting: _Waiting) -> None:
        with self._mutex:
            if not waiting.is_taken and waiting in self._waiting:
                self._waiting.remove(waiting)
                self._links -= len(waiting.request.offers)
            if waiting.leads:
                waiting.leads = False
                self._pass_on()

    def _lead(self, waiting: _Waiting) -> None:
        taken: list[_Waiting] = []

        def take() -> list[Request]:
            with self._mutex:
                links = 0
                while self._waiting:
                    links += len(self._waiting[0].request.offers)
                    if taken and links > MAX_BATCH:
                        break
                    member = self._waiting.popleft()
                    member.is_taken = True
                    self._links -= len(member.request.offers)
                    taken.append(member)
            return [member.request for member in taken]

        error: BaseException | None = None
        try:
            self._commit(take)
        except BaseException as raised:
            error = raised
            if waiting not in taken:  # the lock could not be had: it is this caller's to say
                raise
        finally:
            with self._mutex:
                waiting.leads = False
                for member in taken:
                    member.is_done = True
                    member.request.error = error or member.request.error
                    member.wake()
                self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].wake()
        else:
            self._is_led = False
