"""Every ledger among the vectors through the real store, and rule `time`, which they leave out."""

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from pathlib import Path

import pytest
from conformance.reference import vectors
from conformance.vectors import making
from support.watch.audits import audit

from suyuan.trace.admission import signing_time
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.link import parse, seal
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.store.append.transaction import Outcome

pytestmark = pytest.mark.slow

LATE = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
ON_BOTH = ("mini-ledger", "keys", "mandates")
OF_STATE = (
    "after", "beginning", "chains", "coding", "items", "order", "origins", "parties", "registrars",
)  # fmt: skip
Step = tuple[str, bytes, tuple]


@pytest.fixture
def whenever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes links of any time, as every other verifier does."""
    monkeypatch.setattr(signing_time, "check", lambda *args: None)


class Kept:
    """A vector file's ledger in a store, and the answers that it gives."""

    def __init__(self, name: str, home: Path, url: str | None = None) -> None:
        self.file = vectors.load(name)
        self.steps: list[Step] = list(vectors.steps(self.file))
        self.home, self.url = home, url
        self.trust = Trust.from_json(json.dumps(self.file["trust"]))
        assert self.trust.log.key == making.LOG_KEY.public
        self.ledger = Ledger.create(
            home, self.trust, lambda: making.LOG_KEY, url=url, clock=lambda: LATE
        )
        for data in self.file.get("lists", {}).values():
            self.ledger.attachments.put(b64decode(data))
        self.checkpoint = ""
        self.wrong: list[str] = []

    def reopen(self) -> None:
        """As a process does that has met nothing of this ledger."""
        self.ledger.close()
        self.ledger = Ledger.open(
            self.home, lambda: making.LOG_KEY, url=self.url, clock=lambda: LATE
        )

    def size(self) -> int:
        with self.ledger.reading() as reader:
            return reader.size()

    def offer(self, steps: list[Step]) -> None:
        """Offer these entries in one array; note each answer that is not the file's."""
        before = self.size()
        outcomes = self.ledger.append([entry for _, entry, _ in steps])
        added = sum(answer[0] == "accepted" for _, _, answer in steps)
        if self.size() != before + added:
            self.wrong.append(f"{steps[0][0]}: {before} links became {self.size()}")
        for (note, entry, answer), outcome in zip(steps, outcomes, strict=True):
            if (got := self._told(entry, outcome)) != answer:
                self.wrong.append(f"{note}: expected {answer}, got {got}")

    def _told(self, entry: bytes, outcome: Outcome | None) -> tuple:
        if isinstance(outcome, Refused):
            named = {ref.item for ref in parse(entry).items} if outcome.rule is Rule.CHAIN else ()
            assert set(outcome.heads) == set(named)
            return "refused", str(outcome.rule)
        assert outcome is not None
        found = open_checkpoint(outcome.checkpoint, self.trust.log)
        assert outcome.index < found.size == self.size()
        self.checkpoint = outcome.checkpoint
        return "accepted" if outcome.is_new else "resent", outcome.index, outcome.hash

    def finish(self) -> None:
        """What is stored is what was accepted, under the file's checkpoint; an audit agrees."""
        assert self.wrong == []
        accepted = [entry for _, entry, answer in self.steps if answer[0] == "accepted"]
        with self.ledger.reading() as reader:
            assert [link.entry for link in reader.links()] == accepted
        assert self.checkpoint == self.file["checkpoint"]
        self.ledger.followers.catch_up()
        report = audit(self.ledger)
        assert report.findings == []
        assert report.size == len(accepted)


@pytest.fixture(params=vectors.ledgers())
def kept(request: pytest.FixtureRequest, tmp_path: Path, whenever: None) -> Iterator[Kept]:
    """Each ledger on SQLite."""
    found = Kept(request.param, tmp_path / "home")
    yield found
    found.ledger.close()


@pytest.fixture(params=ON_BOTH)
def either(
    request: pytest.FixtureRequest, tmp_path: Path, url: str | None, whenever: None
) -> Iterator[Kept]:
    """A few of them on each database."""
    found = Kept(request.param, tmp_path / "home", url)
    yield found
    found.ledger.close()


def test_one_entry_an_append(kept: Kept) -> None:
    for step in kept.steps:
        kept.offer([step])
    kept.finish()


def test_arrays_of_seven(kept: Kept) -> None:
    rest = iter(kept.steps)
    while part := list(islice(rest, 7)):
        kept.offer(part)
    kept.finish()


def test_all_in_one_array(kept: Kept) -> None:
    kept.offer(kept.steps)
    kept.finish()


def test_one_entry_an_append_on_each_database(either: Kept) -> None:
    for step in either.steps:
        either.offer([step])
    either.finish()


def test_all_in_one_array_on_each_database(either: Kept) -> None:
    either.offer(either.steps)
    either.finish()


def test_reopened_before_each_entry(either: Kept) -> None:
    for step in either.steps:
        either.reopen()
        either.offer([step])
    either.finish()


@pytest.mark.parametrize("kept", OF_STATE, indirect=True)
def test_others_reopened_before_each_entry(kept: Kept) -> None:
    for step in kept.steps:
        kept.reopen()
        kept.offer([step])
    kept.finish()


def test_two_that_take_turns(either: Kept) -> None:
    """Each process meets what the other has written since."""
    other = Ledger.open(either.home, lambda: making.LOG_KEY, url=either.url, clock=lambda: LATE)
    for step in either.steps:
        either.ledger, other = other, either.ledger
        either.offer([step])
    either.finish()
    other.close()


# Rule `time`.

NOW = datetime(2026, 11, 24, 8, 0, 0, tzinfo=UTC)


class Clocked:
    """A ledger whose clock is set by hand, and its authority's links."""

    def __init__(self, home: Path) -> None:
        self.now = NOW
        self.ledger = Ledger.create(
            home, making.trust_file(), lambda: making.LOG_KEY, clock=lambda: self.now
        )
        admit = making.party(making.AUTHORITY, roles=["authority"], division="350200")
        self.said = {"statement": admit}
        self.heads = making.Ledger("heads")

    def entry(self, ahead: timedelta, **body: object) -> bytes:
        """The authority's next link, signed that far ahead of NOW."""
        at = (NOW + ahead).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = body or self.said
        return seal(making.ROOT, self.heads.payload(making.AUTHORITY, at=at, **body))

    def offer(self, entry: bytes) -> tuple:
        (outcome,) = self.ledger.append([entry])
        if isinstance(outcome, Refused):
            return "refused", str(outcome.rule)
        assert outcome is not None
        return "accepted" if outcome.is_new else "resent", outcome.index


@pytest.fixture
def clocked(tmp_path: Path) -> Iterator[Clocked]:
    """An empty ledger at NOW."""
    found = Clocked(tmp_path / "home")
    yield found
    found.ledger.close()


MINUTES = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8))])
def test_signed_five_minutes_ahead_and_no_more(clocked: Clocked, zone: timezone) -> None:
    clocked.now = NOW.astimezone(zone)
    assert clocked.offer(clocked.entry(MINUTES + SECOND)) == ("refused", "time")
    assert clocked.offer(clocked.entry(MINUTES)) == ("accepted", 0)


def test_the_clock_is_not_rounded(clocked: Clocked) -> None:
    clocked.now = NOW - timedelta(microseconds=1)
    assert clocked.offer(clocked.entry(MINUTES)) == ("refused", "time")
    clocked.now = NOW + timedelta(milliseconds=999)
    assert clocked.offer(clocked.entry(MINUTES + SECOND)) == ("refused", "time")
    clocked.now = NOW + SECOND
    assert clocked.offer(clocked.entry(MINUTES + SECOND)) == ("accepted", 0)


def test_what_was_signed_up_to_thirty_days_ago_is_taken(clocked: Clocked) -> None:
    assert clocked.offer(clocked.entry(timedelta(days=-30) - SECOND)) == ("refused", "time")
    assert clocked.offer(clocked.entry(timedelta(days=-30))) == ("accepted", 0)


def test_what_was_refused_is_taken_when_its_time_has_come(clocked: Clocked) -> None:
    entry = clocked.entry(timedelta(hours=1))
    assert clocked.offer(entry) == ("refused", "time")
    clocked.now = NOW + timedelta(minutes=55)
    assert clocked.offer(entry) == ("accepted", 0)


def test_one_sent_again_is_answered_whatever_the_clock_says(clocked: Clocked) -> None:
    entry = clocked.entry(MINUTES)
    assert clocked.offer(entry) == ("accepted", 0)
    clocked.now = NOW - timedelta(hours=1)
    assert clocked.offer(entry) == ("resent", 0)


def test_time_stands_between_ledger_and_key(clocked: Clocked) -> None:
    late = clocked.entry(timedelta(days=1))
    payload = json.loads(parse(late).envelope.payload)
    assert clocked.offer(seal(making.STRANGER_KEY, payload)) == ("refused", "time")
    other = payload | {"ledger": "other.example/log"}
    assert clocked.offer(seal(making.ROOT, other)) == ("refused", "ledger")


def test_an_audit_has_no_clock(clocked: Clocked) -> None:
    assert clocked.offer(clocked.entry(MINUTES)) == ("accepted", 0)
    clocked.now = NOW - timedelta(days=1)
    clocked.ledger.followers.catch_up()
    assert audit(clocked.ledger).findings == []
