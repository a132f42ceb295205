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


@pytest.fixture
def kept(request, name, tmp_path, whenever):
    """A vector file's ledger on SQLite, or on the database of a test that asks for a `url`."""
    url = request.getfixturevalue("url") if "url" in request.fixturenames else None
    found = Kept(name, tmp_path / "home", url)
    yield found
    found.ledger.close()


@pytest.mark.parametrize("count", [1, 7, 10**6])
@pytest.mark.parametrize("name", vectors.ledgers())
def test_in_arrays_of_any_size(kept: Kept, count: int) -> None:
    rest = iter(kept.steps)
    while part := list(islice(rest, count)):
        kept.offer(part)
    kept.finish()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", ON_BOTH)
def test_all_in_one_array_on_postgresql(kept: Kept, url: str) -> None:
    kept.offer(kept.steps)
    kept.finish()


@pytest.mark.parametrize("name", OF_STATE)
def test_reopened_before_each_entry(kept: Kept) -> None:
    for step in kept.steps:
        kept.reopen()
        kept.offer([step])
    kept.finish()


@pytest.mark.parametrize("name", ON_BOTH)
def test_two_that_take_turns(kept: Kept, url: str | None) -> None:
    """Each process meets what the other has written since, or is a new one."""
    other = Ledger.open(kept.home, lambda: making.LOG_KEY, url=kept.url, clock=lambda: LATE)
    for number, step in enumerate(kept.steps):
        kept.ledger, other = other, kept.ledger
        if number % 3 == 2:
            kept.reopen()
        kept.offer([step])
    kept.finish()
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


ZERO, SECOND, MINUTES, HOUR = (timedelta(seconds=n) for n in (0, 1, 300, 3600))
MONTH = timedelta(days=-30)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8))])
@pytest.mark.parametrize(
    "offers",  # at which time after NOW, signed how far ahead of it
    [
        [(ZERO, MINUTES + SECOND, "refused"), (ZERO, MINUTES, "accepted")],
        [
            (-timedelta(microseconds=1), MINUTES, "refused"),  # the clock is not rounded
            (timedelta(milliseconds=999), MINUTES + SECOND, "refused"),
            (SECOND, MINUTES + SECOND, "accepted"), (-HOUR, MINUTES + SECOND, "resent"),
        ],
        [(ZERO, MONTH - SECOND, "refused"), (ZERO, MONTH, "accepted")],
        [(ZERO, HOUR, "refused"), (HOUR - MINUTES, HOUR, "accepted")],  # its time has come
    ],
)  # fmt: skip
def test_signed_from_thirty_days_ago_to_five_minutes_ahead(clocked, offers, zone) -> None:
    for after, ahead, answer in offers:
        clocked.now = (NOW + after).astimezone(zone)
        expected = "time" if answer == "refused" else 0
        assert clocked.offer(clocked.entry(ahead)) == (answer, expected)
    clocked.now = NOW - timedelta(days=90)  # an audit has no clock
    clocked.ledger.followers.catch_up()
    assert audit(clocked.ledger).findings == []


def test_time_stands_between_ledger_and_key(clocked: Clocked) -> None:
    late = clocked.entry(timedelta(days=1))
    payload = json.loads(parse(late).envelope.payload)
    assert clocked.offer(seal(making.STRANGER_KEY, payload)) == ("refused", "time")
    other = payload | {"ledger": "other.example/log"}
    assert clocked.offer(seal(making.ROOT, other)) == ("refused", "ledger")
