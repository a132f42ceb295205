"""What concerned a party, in the order in which it was noticed: the rows that a feed is read from.

A row is numbered when it is written, by one writer at a time: whoever has read up to a number has
missed none below it. Its key says what it is about, so that nothing is noticed twice.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from .. import schema as t
from ..projections.followers import insert_new
from ..read.reader import Reader
from ..selecting import among
from . import sealed_rows
from .jobs import Job
from .notices import NAME
from .repository import Repository, row_of, value_of
from .schema_beside import feed, job


class Kind(StrEnum):
    """In what way something concerns a party."""

    ARRIVAL = "arrival"  # goods were sent to it, or sent back
    UNDONE = "undone"  # what was sent to it was taken back
    ANSWER = "answer"  # what it sent was confirmed or refused, or its recall answered
    ACT = "act"  # a hold or a recall of what it has or had, a change or the end of one
    REGISTRATION = "registration"  # of itself, its keys, mandates, licences or what it owns
    FINDING = "finding"  # of its own records


@dataclass(frozen=True, slots=True)
class Concern:
    """That the link at `leaf` concerns a party; `about` is an act, or a finding's rule and item."""

    party: str
    kind: Kind
    leaf: int
    about: str = ""

    @property
    def key(self) -> str:
        """The same for the same concern, always."""
        text = "\0".join((self.party, self.kind, str(self.leaf), self.about))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A concern with its number; `at` is when it was noticed, in microseconds UTC."""

    number: int
    key: str
    party: str
    kind: str
    leaf: int
    about: str
    at: int

    @property
    def concern(self) -> Concern:
        """What it is about."""
        return Concern(self.party, Kind(self.kind), self.leaf, self.about)

    @property
    def cursor(self) -> str:
        """Where to go on behind it: its number, and a part of its key, by which it is known."""
        return f"{self.number}-{self.key[:16]}"


class FeedBook(Repository[FeedRow]):
    """The feeds of one ledger's parties; any number of processes may write them at once."""

    table, noun, value = feed, "feeds", staticmethod(value_of(FeedRow))

    def put(
        self,
        concerns: Iterable[Concern],
        at: int,
        jobs_of: Callable[[Sequence[FeedRow]], Sequence[Job]] = lambda _rows: (),
    ) -> list[FeedRow]:
        """Write what is not there yet, numbered in this order, and in one with it its jobs."""
        wanted = {concern.key: concern for concern in concerns}
        if not wanted:
            return []
        with self.writing() as connection:
            # One writer at a time: numbers are seen in their order.
            insert_new(connection, t.follower, [{"name": NAME, "cursor": 0}])
            turn = select(t.follower.c.cursor).where(t.follower.c.name == NAME)
            connection.execute(turn.with_for_update())
            known = among(connection, select(feed.c.key), feed.c.key, sorted(wanted))
            seen = {row.key for row in known}
            last = connection.execute(select(func.max(feed.c.number))).scalar() or 0
            new = [concern for key, concern in wanted.items() if key not in seen]
            rows = [
                FeedRow(number, c.key, c.party, c.kind.value, c.leaf, c.about, at)
                for number, c in enumerate(new, last + 1)
            ]
            sealed_rows.add_new(connection, feed, [row_of(row) for row in rows])
            sealed_rows.add_new(connection, job, [row_of(each) for each in jobs_of(rows)])
        return rows


def page(reader: Reader, party: str, after: int, most: int) -> list[FeedRow]:
    """The next rows of a party behind a number."""
    query = select(feed).where(feed.c.party == party, feed.c.number > after)
    return FeedBook.of(reader, query.order_by(feed.c.number).limit(most))


def at_cursor(reader: Reader, party: str, cursor: str) -> FeedRow | None:
    """The row of a party's feed that a cursor names; None for what is no cursor of it."""
    digits, _, _ = cursor.partition("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        return None
    row = FeedBook.first(reader, feed.c.number == int(digits))
    return row if row is not None and (row.party, row.cursor) == (party, cursor) else None


def parties_about(reader: Reader, about: str) -> set[str]:
    """The parties in whose feeds an act is."""
    which: Any = (feed.c.kind == Kind.ACT.value, feed.c.about == about)
    return {row.party for row in FeedBook.of(reader, select(feed).where(*which))}
