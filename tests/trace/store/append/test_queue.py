"""Group commit: callers share transactions; the queue and the waiting have bounds."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from support.ledger.queueing import Commits, request, started, submitted, until
from support.ledger.world import World, event

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.rules import Refused
from suyuan.trace.log import tlog_proof
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.merkle import leaf_hash
from suyuan.trace.log.proofs import check_inclusion
from suyuan.trace.store.append import queue
from suyuan.trace.store.append import transaction as append
from suyuan.trace.store.append.deciding import Request
from suyuan.trace.store.append.queue import Queue
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.errors import Busy, Stopped, StoreError
from suyuan.trace.watch.audit import audit


def test_what_comes_while_a_batch_is_worked_on_shares_the_next_in_order() -> None:
    commits = Commits()
    requests = [request() for _ in range(20)]
    threads = submitted(Queue(commits), commits, requests)
    commits.finish(threads, 2)
    assert commits.batches == [requests[:1], requests[1:]]


def test_a_batch_takes_so_many_links_and_leaves_the_rest_to_the_next(monkeypatch):
    monkeypatch.setattr(queue, "MAX_BATCH", 10)
    commits = Commits()
    requests = [request(links) for links in (1, 4, 4, 4, 25, 1)]
    threads = submitted(Queue(commits), commits, requests)
    commits.finish(threads, 5)
    sizes = [[len(one.entries) for one in batch] for batch in commits.batches]
    assert sizes == [[1], [4, 4], [4], [25], [1]]


def test_a_full_queue_is_busy_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MAX_QUEUED", 5)
    commits = Commits()
    waiting = Queue(commits)
    threads = submitted(waiting, commits, [request(), request(5)])
    with pytest.raises(Busy, match="too many links are waiting") as raised:
        waiting.submit(request())
    assert raised.value.retry_after >= 1
    commits.finish(threads, 3)
    waiting.submit(request(6))  # a large one alone is taken where nothing waits


def test_a_wait_has_an_end_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "WAIT_SECONDS", 0.05)
    commits = Commits()
    waiting = Queue(commits)
    first = request()
    thread = submitted(waiting, commits, [first])[0]
    with pytest.raises(Busy, match="try again"):
        waiting.submit(request())
    assert thread.is_alive()  # what is worked on has no end but its own
    commits.finish([thread], 1)
    assert commits.batches == [[first]] and not waiting._waiting and waiting._links == 0


def test_one_who_is_interrupted_leaves_the_rest_to_go_on() -> None:
    commits = Commits()
    waiting = Queue(commits)
    threads = submitted(waiting, commits, [request(), request(), request()])
    gone = waiting._waiting[0]
    waiting._leave(gone)  # as submit does on Ctrl-C
    gone.woken.release()
    assert waiting._links == 1
    commits.finish(threads, 2)
    assert gone.request not in commits.batches[1] and len(commits.batches[1]) == 1


def test_a_closed_queue_ends_its_thread_once_all_is_done_and_may_be_used_again() -> None:
    commits = Commits()
    waiting = Queue(commits)
    threads = submitted(waiting, commits, [request(), request()])
    worker, closing = waiting._thread, started(waiting.close)
    assert worker is not None and worker.is_alive()
    commits.go.release(2)
    for one in (*threads, closing, worker):
        one.join(120)
        assert not one.is_alive()
    assert [len(batch) for batch in commits.batches] == [1, 1]
    commits.go.release()
    waiting.submit(request())


def test_an_error_of_the_batch_is_told_to_all_in_it() -> None:
    def work(take) -> None:
        until(lambda: len(waiting._waiting) == 5)
        take()
        raise StoreError("the disk is full")

    waiting = Queue(work)

    def submit(_: int) -> str:
        with pytest.raises(StoreError) as raised:
            waiting.submit(request())
        return str(raised.value)

    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(submit, range(5))) == {"the disk is full"}


# Jobs of the appending thread: they share batches, and none holds up another.


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
    commits.finish(threads, 2)
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


# With a ledger below.


def test_concurrent_callers_share_transactions_and_each_has_its_proof(world: World) -> None:
    farm = world.party("青山农场", "producer")
    entries = [farm.pen.sign(Draft(event=event("code", world.new_lot(), "1"))) for _ in range(64)]
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda entry: world.ledger.append([entry])[0], entries))
    notes = {receipt.checkpoint for receipt in receipts}
    assert 1 <= len(notes) < 64, "no two callers ever shared a transaction"
    for entry, receipt in zip(entries, receipts, strict=True):
        assert isinstance(receipt, Receipt)
        proof = tlog_proof.parse(receipt.proof)
        checkpoint = open_checkpoint(proof.note, world.trust.log)
        check_inclusion(
            leaf_hash(entry), receipt.index, checkpoint.size, proof=proof.hashes,
            root=checkpoint.root,
        )  # fmt: skip


def held(world: World):
    """A queue that is held up until as many requests wait as are to share a batch."""
    world.ledger.append([])  # whatever it is that makes its queue
    appender, ready = world.ledger._appender, threading.Event()
    real = appender._queue._work

    def work(take) -> None:
        assert ready.wait(120)
        real(take)

    appender._queue._work = work
    return appender, ready


def submit_all(world: World, offered: list[tuple[list[bytes], bool]]) -> list[list]:
    """Requests that share one batch, in this order."""
    appender, ready = held(world)
    results: list = [None] * len(offered)

    def run(number: int) -> None:
        array, atomic = offered[number]
        try:
            results[number] = world.ledger.append(array, atomic=atomic)
        except StoreError as error:
            results[number] = error

    threads = []
    for number in range(len(offered)):
        threads.append(started(run, number))
        until(lambda n=number: len(appender._queue._waiting) == n + 1)
    ready.set()
    for thread in threads:
        thread.join(120)
    return results


def test_of_an_atomic_request_with_a_refusal_nothing_stays_in_a_shared_batch(world: World) -> None:
    farm = world.party("青山农场", "producer")
    one, two = world.new_lot(), world.new_lot()
    pen = world.ledger.pen(farm.uri, farm.signer)
    good = [pen.sign(Draft(event=event("code", one, "1"))) for _ in range(2)]
    bad = [*good, b"{}"]
    other = [farm.pen.sign(Draft(event=event("code", two, "1")))]
    refused, kept, again = submit_all(world, [(bad, True), (other, False), (good, True)])
    assert [type(found) for found in refused] == [type(None), type(None), Refused]
    assert isinstance(kept[0], Receipt)
    assert [type(found) for found in again] == [Receipt, Receipt]
    assert [kept[0].index, *(r.index for r in again)] == list(
        range(kept[0].index, kept[0].index + 3)
    )
    assert len({kept[0].checkpoint, again[0].checkpoint}) == 1
    world.ledger.followers.catch_up()
    assert audit(world.ledger).is_good


def test_an_atomic_request_of_statements_that_is_refused_leaves_the_state_alone(world):
    """Admissions, keys and mandates of a trial are forgotten with it."""
    uri = "https://trace.food.example/party/new"
    pen = world.ledger.pen(world.authority.uri, world.root)
    admit = pen.sign(Draft(statement=acts.admit(uri, "新摊", ["stall"], "350206")))
    broken, later = submit_all(world, [([admit, b"{}"], True), ([admit], False)])
    assert isinstance(broken[1], Refused) and broken[0] is None
    assert isinstance(later[0], Receipt) and later[0].is_new
    world.ledger.followers.catch_up()
    assert audit(world.ledger).is_good


def test_a_revocation_goes_first_in_its_batch(world: World) -> None:
    farm = world.party("青山农场", "producer")
    lot = world.coded_lot(farm)
    feed = farm.pen.sign(Draft(event=event("feed", lot, "1")))
    revoke = world.authority.pen.sign(
        Draft(statement=acts.revoke(farm.uri, farm.signer.public.keyid))
    )
    fed, revoked = submit_all(world, [([feed], False), ([revoke], False)])
    assert isinstance(revoked[0], Receipt)
    assert isinstance(fed[0], Refused) and fed[0].rule == "key"


def test_what_the_database_chokes_on_fails_nobody_else(world, monkeypatch):
    farm = world.party("青山农场", "producer")
    lots = [world.new_lot() for _ in range(3)]
    entries = [farm.pen.sign(Draft(event=event("code", lot, "1"))) for lot in lots]
    real = append.write_links

    def choking(connection, accepted, *rest) -> None:
        if any(link.items[0].item == lots[1] for _, link in accepted):
            raise StoreError("this one cannot be written")
        real(connection, accepted, *rest)

    monkeypatch.setattr(append, "write_links", choking)
    one, two, three = submit_all(world, [([entry], False) for entry in entries])
    assert isinstance(one[0], Receipt) and isinstance(three[0], Receipt)
    assert isinstance(two, StoreError)
    world.ledger.followers.catch_up()
    assert audit(world.ledger).is_good


def test_a_key_enrolled_by_another_process_is_looked_up_before_the_lock(world: World) -> None:
    other = world.reopen()
    other.append([b"{}"])
    farm = world.party("青山农场", "producer")
    entry = farm.pen.sign(Draft(event=event("code", world.new_lot(), "1")))
    assert isinstance(other.append([entry])[0], Receipt)
    assert farm.signer.public.keyid in other._appender._spkis
    other.close()


def test_a_database_that_is_gone_costs_one_try_for_all(world, monkeypatch):
    farm = world.party("青山农场", "producer")
    entries = [farm.pen.sign(Draft(event=event("code", world.new_lot(), "1"))) for _ in range(5)]
    dialect, tries = world.ledger.database.engine.dialect, []

    def gone(*_arguments) -> None:
        tries.append(1)
        raise OperationalError("INSERT", {}, dialect.dbapi.OperationalError("connection refused"))

    monkeypatch.setattr(append, "write_links", gone)
    found = submit_all(world, [([entry], False) for entry in entries])
    assert all(isinstance(one, StoreError) for one in found) and len(tries) == 1


@pytest.mark.slow
def test_an_alarm_that_comes_while_an_append_waits_is_seen(postgres: str, tmp_path: Path) -> None:
    """What the append reads is as of after its wait for the row."""
    name = "alarming"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = postgres.replace("/postgres?", f"/{name}?")
    world = World(tmp_path / "home", url.replace("postgresql://", "postgresql+psycopg://"))
    farm = world.party("青山农场", "producer")
    entry = farm.pen.sign(Draft(event=event("code", world.new_lot(), "1")))
    found: list = []

    def append() -> None:
        try:
            found.extend(world.ledger.append([entry]))
        except StoreError as error:
            found.append(error)

    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as watch:
        holder.execute("SELECT 1 FROM log_state FOR UPDATE")
        thread = started(append)
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        until(lambda: watch.execute(query).fetchone()[0] > 0)
        holder.execute(
            "INSERT INTO alarm (id, raised, stops, kind, reason, evidence) "
            "VALUES (1, 1, true, 'rollback', 'links were lost', '')"
        )
        holder.commit()
        thread.join(120)
    assert [type(one) for one in found] == [Stopped]
    world.ledger.close()
