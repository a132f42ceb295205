"""Jobs of the appending thread: they share batches, and none holds up another."""

import threading
from contextvars import ContextVar

import pytest
from support.ledger.queueing import Commits, request, submitted, until

from suyuan.trace.store.append.deciding import Request
from suyuan.trace.store.append.queue import Queue
from suyuan.trace.store.errors import StoreError


def test_jobs_share_a_batch_with_each_other_and_with_who_waits() -> None:
    commits = Commits()
    waiting = Queue(commits)
    threads = submitted(waiting, commits, [request(), request()])
    done, requests = [], [request() for _ in range(5)]

    def job(one: Request) -> None:
        waiting.submit(one)
        done.append((one, threading.current_thread().name))

    for one in requests:
        waiting.run(lambda one=one: job(one))
    commits.go.release(2)
    for thread in threads:
        thread.join(120)
    until(lambda: len(done) == 5)
    assert [len(batch) for batch in commits.batches] == [1, 6]
    assert [one for one, _ in done] == requests
    assert {name for _, name in done} == {"suyuan-append"}


def test_a_job_may_submit_again_and_again_and_errors_are_its_own() -> None:
    batches, told = [], []

    def work(take) -> None:
        batches.append(list(take()))
        for one in batches[-1]:
            if len(one.entries) == 3:
                one.error = StoreError("this one")

    waiting = Queue(work)

    def job(first: int) -> None:
        for links in range(first, 4):
            try:
                waiting.submit(request(links))
                told.append(links)
            except StoreError as error:
                told.append(str(error))

    with waiting._mutex:  # so that both are begun together
        for first in (1, 2):
            waiting._jobs.append(lambda first=first: job(first))
        waiting._start()
    until(lambda: len(told) == 5)
    sizes = [[len(one.entries) for one in batch] for batch in batches]
    assert sizes == [[1, 2], [2, 3], [3]]
    assert told == [1, 2, 2, "this one", "this one"]


def test_what_a_job_has_done_aside_holds_up_nobody() -> None:
    waiting, done = Queue(lambda take: take() and None), []
    long, of_job = threading.Event(), ContextVar("of_job", default="nobody's")

    def asking() -> None:
        of_job.set("the job's")
        done.append(waiting.aside(lambda: long.wait(120) and (of_job.get(), threading.get_ident())))
        waiting.submit(request())
        done.append("asking")

    def failing() -> None:
        with pytest.raises(ZeroDivisionError):
            waiting.aside(lambda: 1 // 0)
        waiting.submit(request())
        done.append("failing")

    waiting.run(asking)
    waiting.run(failing)
    waiting.submit(request())
    until(lambda: done == ["failing"])
    long.set()
    until(lambda: len(done) == 3)
    assert done[1][0] == "the job's" and done[2] == "asking"
    assert waiting._thread is not None and done[1][1] != waiting._thread.ident
    assert waiting.aside(threading.get_ident) == threading.get_ident()  # outside jobs as it is
    waiting.close()


def test_a_job_that_fails_costs_nobody_else_anything(caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()
    waiting = Queue(lambda take: take() and None)

    def failing() -> None:
        waiting.submit(request())
        raise ValueError("the job's own")

    waiting.run(failing)
    waiting.run(lambda: (waiting.submit(request()), done.set()))
    assert done.wait(120)
    waiting.submit(request())
    assert "the job's own" in caplog.text
