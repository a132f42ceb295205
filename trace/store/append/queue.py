"""Group commit: callers wait in a queue, and one thread works on all that has come together.

One thread, since threads that verify and write side by side wait for Python's lock more than they
work. It is started with the first request, and anew in a process that was forked since.

Whole jobs can be given to it as well, what a server does for one small request say. Each is a
greenlet of its own: where it submits something it waits, and the next job begins; so jobs share a
batch as threads would, and no thread waits for another.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import chain
from typing import TypeVar

from greenlet import getcurrent, greenlet

from ..errors import Busy
from .deciding import Request

MAX_QUEUED = 8_000  # links that may wait in one process
MAX_BATCH = 1_000  # links that one transaction takes, a larger request alone
WAIT_SECONDS = 15.0  # how long a request may wait for its turn
LATE = 32  # jobs that are begun in the lock, where others wait for it
ASIDE = 4  # threads for what jobs have done elsewhere
_log = logging.getLogger("suyuan.store")
_PATIENCE = 15.0  # seconds for the thread to end what it has begun

Take = Callable[[], Sequence[Request]]
Job = Callable[[], None]
Result = TypeVar("Result")
Suspended = list[tuple[greenlet, Request]]  # jobs that wait, and for what


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
        self._jobs: deque[Job | greenlet] = deque()  # to begin, or to go on
        self._aside: ThreadPoolExecutor | None = None
        self._thread: threading.Thread | None = None
        self._is_over = False

    def submit(self, request: Request) -> None:
        """Return once the request's outcomes are there and durable.

        Raises Busy where too many links wait already, or its turn does not come in time; else
        its error.
        """
        if (job := self._job()) is not None:
            job.parent.switch(request)
            if request.error is not None:
                raise request.error
            return
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

    def run(self, job: Job) -> None:
        """Have the thread do a job; what jobs submit shares a batch, and nobody hears its error."""
        self._go_on(job)

    def aside(self, work: Callable[[], Result]) -> Result:
        """The result of work; a job's is done by another thread, and others go on meanwhile."""
        if (job := self._job()) is None:
            return work()
        if self._aside is None:
            self._aside = ThreadPoolExecutor(ASIDE, "suyuan-aside")
        future = self._aside.submit(copy_context().run, work)
        future.add_done_callback(lambda _: self._go_on(job))
        job.parent.switch()
        return future.result()

    def _job(self) -> greenlet | None:
        """The job that this is a part of, if it is of one."""
        job = getcurrent()
        is_job = threading.current_thread() is self._thread and job.parent is not None
        return job if is_job else None

    def _go_on(self, job: Job | greenlet) -> None:
        with self._mutex:
            self._jobs.append(job)
            self._is_due.notify()
            self._start()

    def close(self) -> None:
        """End the thread once all that waits is done."""
        with self._mutex:
            thread, self._thread, self._is_over = self._thread, None, True
            self._is_due.notify()
        if thread is not None:
            thread.join(_PATIENCE)
        if self._aside is not None:
            self._aside.shutdown(wait=False)
            self._aside = None

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
        again: Suspended = []
        while again or self._is_awaited():
            again = self._batch(again)

    def _begun(self, most: int | None) -> Suspended:
        """The jobs that are due, as far as they have submitted something now."""
        with self._mutex:
            count = len(self._jobs) if most is None else min(most, len(self._jobs))
            jobs = [self._jobs.popleft() for _ in range(count)]
        due = [job if isinstance(job, greenlet) else greenlet(_do(job)) for job in jobs]
        return [(job, request) for job in due if (request := job.switch())]

    def _is_awaited(self) -> bool:
        """Whether there is something to do, as soon as there is; False once the queue is closed."""
        with self._mutex:
            while not (self._waiting or self._jobs):
                if self._is_over:
                    return False
                self._is_due.wait()
            return True

    def _batch(self, again: Suspended) -> Suspended:
        """Work on what jobs have submitted and on what waits; the jobs that submit once more."""
        taken: list[_Waiting] = []
        jobs: Suspended = []

        def take() -> Sequence[Request]:
            new = self._begun(LATE) if jobs else [*again, *self._begun(None)]
            jobs.extend(new)
            return [*(request for _, request in new), *self._take(taken, len(jobs))]

        try:
            self._work(take)
        except BaseException as error:  # noqa: BLE001  each caller raises it
            for request in chain((r for _, r in jobs), (member.request for member in taken)):
                request.error = request.error or error
        for member in taken:
            member.woken.release()
        return [(job, request) for job, _ in jobs if (request := job.switch())]

    def _take(self, taken: list[_Waiting], links: int) -> Sequence[Request]:
        """What waits, as far as a transaction takes it with so many links and what it has taken."""
        links, before = links + sum(len(m.request.entries) for m in taken), len(taken)
        with self._mutex:
            while self._waiting:
                links += len(self._waiting[0].request.entries)
                if links > MAX_BATCH and links > len(self._waiting[0].request.entries):
                    break
                member = self._waiting.popleft()
                member.is_taken = True
                self._links -= len(member.request.entries)
                taken.append(member)
        return [member.request for member in taken[before:]]


def _do(job: Job) -> Job:
    """The job, of which nothing is raised: the thread goes on for all others."""

    def do() -> None:
        try:
            job()
        except BaseException:  # noqa: BLE001  whoever gave it hears nothing
            _log.exception("a job of the appending thread failed")

    return do
