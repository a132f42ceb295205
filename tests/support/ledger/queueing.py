"""Requests in the queue of appends, and work on them that is held up."""

import threading
import time

from suyuan.trace.store.append.deciding import Request
from suyuan.trace.store.append.queue import Queue


def request(links: int = 1) -> Request:
    return Request([None] * links, atomic=False)  # type: ignore[list-item]


class Commits:
    """What the queue's thread commits; each batch waits until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[Request]] = []
        self.go = threading.Semaphore(0)
        self.begun = threading.Event()

    def __call__(self, take) -> None:
        self.batches.append(list(take()))
        self.begun.set()
        assert self.go.acquire(timeout=120)

    def finish(self, threads: list[threading.Thread], batches: int) -> None:
        """Let so many batches go, and wait for all who submitted."""
        self.go.release(batches)
        for thread in threads:
            thread.join(120)


def started(target, *arguments) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments)
    thread.start()
    return thread


def until(condition) -> None:
    deadline = time.monotonic() + 1200
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def submitted(waiting: Queue, commits: Commits, requests: list[Request]) -> list:
    """Threads that submit these in order: the first is worked on, the rest waits."""
    threads = [started(waiting.submit, requests[0])]
    assert commits.begun.wait(120)
    for number, one in enumerate(requests[1:], 1):
        threads.append(started(waiting.submit, one))
        until(lambda n=number: len(waiting._waiting) == n)
    return threads
