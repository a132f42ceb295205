"""The table of jobs: each is taken by one at a time, in order for each address."""

import threading
from functools import partial

import pytest
from sqlalchemy import text
from support.ledger.world import World, at_once

from suyuan.trace.store.beside.jobs import Job, JobBook
from suyuan.trace.store.beside.preferences import EMAIL, WEBHOOK

LEASE = 1_000


def job(number: int, leaf: int = 7, address: str = "", kind: str = EMAIL) -> Job:
    where = address or f"{number}@food.example"
    return Job(f"{number:064}", kind, f"urn:x:{where}", where, leaf, {"n": number}, made=1, due=1)


@pytest.fixture
def book(world: World) -> JobBook:
    return JobBook(world.ledger.database.engine)


def claim(book: JobBook, now: int, most: int = 100) -> list[str]:
    return [one.key for one in book.claim(EMAIL, now, now + LEASE, most)]


def test_what_is_claimed_is_nobody_elses_until_the_claim_ends(book: JobBook) -> None:
    assert book.put([job(1)]) == 1 and book.put([job(1)]) == 0
    assert not book.is_due(WEBHOOK, 10) and not book.is_due(EMAIL, 0) and book.is_due(EMAIL, 10)
    (mine,) = book.claim(EMAIL, 10, 10 + LEASE, 5)
    assert mine.tries == 1 and claim(book, 10) == [] and not book.is_due(EMAIL, 10)
    (theirs,) = book.claim(EMAIL, 11 + LEASE, 11 + 2 * LEASE, 5)
    assert theirs.tries == 2
    assert not book.delivered(mine, 12 + LEASE), "the claim had ended"
    assert book.delivered(theirs, 13 + LEASE) and not book.delivered(theirs, 14 + LEASE)
    assert [(one.state, one.content["n"]) for one in book.all()] == [("delivered", 1)]


def test_two_that_claim_at_once_never_get_the_same(world: World, book: JobBook) -> None:
    book.put([job(n) for n in range(200)])
    other = world.reopen()
    books = [book, JobBook(other.database.engine)]
    got: list[str] = []
    start = threading.Barrier(4)

    def take(which: JobBook) -> None:
        start.wait()
        while found := claim(which, 10, 7):
            got.extend(found)

    at_once(partial(take, books[n % 2]) for n in range(4))
    other.close()
    assert len(got) == len(set(got))
    assert set(got) | set(claim(book, 10)) == {one.key for one in book.all()}


def test_one_address_is_told_in_order_and_waits_for_what_failed(book: JobBook) -> None:
    book.put([job(1, 5, "a@x.example"), job(2, 9, "a@x.example"), job(3, 9, "b@x.example")])
    first = book.claim(EMAIL, 10, 10 + LEASE, 100)
    assert {one.key for one in first} == {job(1).key, job(3).key}
    one_key = job(1).key
    mine = next(one for one in first if one.key == one_key)
    assert book.postpone(mine, 5_000, "greylisted")
    assert claim(book, 20) == [], "the end is not told before the beginning"
    again = next(one for one in book.claim(EMAIL, 6_000, 6_000 + LEASE, 9) if one.key == one_key)
    assert book.give_up(again, 6_001, "no such user")
    assert job(2).key in claim(book, 6_002)


def test_what_was_not_tried_is_as_due_as_before_and_the_fresh_go_before_what_failed(book) -> None:
    book.put([job(1)])
    (mine,) = book.claim(EMAIL, 10, 10 + LEASE, 1)
    assert book.release(mine, 11)
    (one,) = book.all()
    assert (one.tries, one.due, one.state) == (0, 11, "waiting")
    (failing,) = book.claim(EMAIL, 12, 12 + LEASE, 1)
    book.postpone(failing, 20, "down")
    book.put([job(2)])
    assert claim(book, 30, 1) == [job(2).key]


def test_what_waits_too_long_is_given_up_with_its_reason(book: JobBook) -> None:
    book.put([job(1), job(2)])
    (first,) = book.claim(EMAIL, 10, 10 + LEASE, 1)
    book.postpone(first, 20, "down")
    assert book.expire(EMAIL, 1, 30, "too old") == 0
    assert book.expire(EMAIL, 2, 30, "too old") == 2
    assert {one.error for one in book.failed()} == {"down", "too old"}
    assert book.again([first.key], 40) == 1
    assert {one.key: one.state for one in book.all()} == {
        first.key: "waiting",
        next(one.key for one in book.failed()): "failed",
    }


def test_a_reason_is_written_beside_what_is_due_and_once(book: JobBook) -> None:
    book.put([job(1)])
    assert book.say(EMAIL, 10, "no mail server is set") == 1
    assert book.say(EMAIL, 10, "no mail server is set") == 0
    (one,) = book.all()
    assert (one.state, one.error) == ("waiting", "no mail server is set")


def test_a_row_that_holds_no_object_is_no_exception(world: World, book: JobBook) -> None:
    book.put([job(1)])
    with world.ledger.database.engine.begin() as connection:
        connection.execute(text("UPDATE job SET content = '[1'"))
    assert book.all() == []
