"""Lines of dispatches as inboxes ask for them: of one dispatch, overdue, answered late."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select

from suyuan.keys.validity import Party, significant
from suyuan.trace.format.members import Object
from suyuan.trace.lineage.joins import RECEIVING
from suyuan.trace.lineage.model import Sent, Shipment

from .. import schema as t
from ..append.link_rows import party_of
from ..schema_columns import LEVELS
from ..selecting import amount_of, entry_payload, paged
from .log_reader import recorded_at
from .reader import Reader

LINES = select(t.shipment, t.subject.c.uri).join(t.subject, t.subject.c.id == t.shipment.c.item)
_UNDONE = ("undone", "error")
_BLOCK = 100
_ANSWERED = (Sent.CONFIRMED, Sent.DIFFERENT, Sent.REFUSED)


def lines_of(reader: Reader, leaf: int) -> list[Shipment]:
    """The lines of the dispatch or refusal at a leaf, by item; none where it does not stand."""
    return lines(reader, LINES.where(t.shipment.c.leaf == leaf))


def undone_by(reader: Reader, leaves: Sequence[int]) -> list[tuple[int, int]]:
    """What these links take back or declare an error, as pairs of leaves; in order."""
    c = t.voided.c
    query = select(c.leaf, c.by).where(c.why.in_(_UNDONE))
    return sorted((row.leaf, row.by) for row in reader.among(query, c.by, leaves))


def recorded_again(reader: Reader, leaves: Sequence[int]) -> set[int]:
    """Those of these links that record the same event a second time."""
    c = t.voided.c
    return {
        row.leaf for row in reader.among(select(c.leaf).where(c.why == "again"), c.leaf, leaves)
    }


def voided_by(reader: Reader, leaf: int) -> int | None:
    """The leaf because of which an event does not count."""
    query = select(t.voided.c.by).where(t.voided.c.leaf == leaf)
    return reader.connection.execute(query).scalar_one_or_none()


def naming(reader: Reader, leaf: int) -> list[int]:
    """The leaves that name a link in `after`, in order."""
    query = select(t.follows.c.leaf).where(t.follows.c.before == leaf).order_by(t.follows.c.leaf)
    return list(reader.connection.execute(query).scalars())


def unanswered(
    reader: Reader,
    stop: int | None = None,
    *,
    party: str | None = None,
    divisions: Sequence[str] = (),
) -> list[Shipment]:
    """Open lines before leaf `stop` that are waited for, in order of leaf and item.

    Those sent to `party`, or to the parties of these divisions; none to their own sender, who
    cannot answer them.
    """
    query = _to(party, divisions, [Sent.OPEN])
    if stop is not None:
        query = query.where(t.shipment.c.leaf < stop)
    return lines(reader, query)


def waited_for(
    reader: Reader, stop: int, divisions: Sequence[str]
) -> Iterator[tuple[Party, int | None]]:
    """Whose answer each dispatch before leaf `stop` waits for, and since when; the oldest first.

    Of the parties of these divisions; one for each dispatch, of which nothing else is read.
    """
    c = t.shipment.c
    query = _to(None, divisions, [Sent.OPEN]).where(c.leaf < stop).order_by(c.leaf)
    query = query.with_only_columns(c.leaf, c.recipient, t.party, recorded_at(c.leaf).label("at"))
    for _leaf, rows in groupby(reader.connection.execute(query), lambda row: row.leaf):
        row = next(rows)
        yield party_of(row.recipient, row), row.at


def open_before(reader: Reader, stop: int) -> Iterator[tuple[int, str]]:
    """Dispatches before leaf `stop` that have open lines, and to whom; the newest first.

    Read by an index, some at a time: who stops early reads less.
    """
    c = t.shipment.c
    query = select(c.leaf, c.recipient).distinct().where(c.state == str(Sent.OPEN), c.leaf < stop)
    query = query.where(c.sender != c.recipient)
    keys = {"leaf": c.leaf, "recipient": c.recipient}
    for row in paged(reader.connection, query, keys, None, _BLOCK, descending=True):
        yield row.leaf, row.recipient


def answered(
    reader: Reader, start: int, *, party: str | None = None, divisions: Sequence[str] = ()
) -> list[Shipment]:
    """Answered lines from leaf `start` on, to `party` or to the parties of these divisions."""
    query = _to(party, divisions, _ANSWERED).where(t.shipment.c.leaf >= start)
    return lines(reader, query)


def bought(reader: Reader, start: int) -> Iterator[tuple[int, Object]]:
    """Receipts from leaf `start` on that name no dispatch and count: leaf and payload, in order.

    What a document reports is none. Its cost follows the number of events since `start`.
    """
    e = t.event.c
    query = (
        select(e.leaf, t.link.c.entry)
        .join(t.link, t.link.c.leaf == e.leaf)
        .outerjoin(t.follows, t.follows.c.leaf == e.leaf)
        .outerjoin(t.voided, t.voided.c.leaf == e.leaf)
        .where(
            e.leaf >= start,
            e.type == "ObjectEvent",
            e.step.in_(RECEIVING),
            e.action == "OBSERVE",
            e.received.is_(False),
            e.is_error.is_(False),
            t.follows.c.leaf.is_(None),
            t.voided.c.leaf.is_(None),
        )
        .order_by(e.leaf)
    )
    for row in reader.connection.execute(query):
        yield row.leaf, entry_payload(row.entry)


def senders(reader: Reader, recipient: str, items: Sequence[str]) -> dict[str, str]:
    """Who last sent each of these items to a party, which has answered or not."""
    c = t.shipment.c
    query = select(c.item, c.sender).where(c.recipient == recipient, c.sender != recipient)
    numbers = {number: item for item, number in reader.subject_numbers(set(items)).items()}
    rows = reader.among(query.order_by(c.leaf), c.item, numbers)
    return {numbers[row.item]: row.sender for row in rows}


def _to(party: str | None, divisions: Sequence[str], states: Sequence[Sent]) -> Select[Any]:
    """Lines to a party, or to those of divisions; to their own sender none, who waits for none."""
    c, recipient = t.shipment.c, t.subject.alias()
    query = LINES.where(c.sender != c.recipient, c.state.in_([str(state) for state in states]))
    if party is not None:
        return query.where(c.recipient == party)
    return (
        query.join(recipient, recipient.c.uri == c.recipient)
        .join(t.party, t.party.c.subject == recipient.c.id)
        .where(within_divisions(divisions))
    )


def within_divisions(divisions: Sequence[str]) -> ColumnElement[bool]:
    """Whether a party is in one of these divisions; a prefix of zeros' own covers all below it."""
    prefixes, column = map(significant, divisions), t.party.c.division
    return or_(false(), *(column.between(d, d.ljust(LEVELS[-1], "9")) for d in prefixes))


def lines(reader: Reader, query: Select[Any]) -> list[Shipment]:
    """The lines of dispatches that a query over LINES gives, in order of leaf and item."""
    rows = reader.connection.execute(query.order_by(t.shipment.c.leaf, t.subject.c.uri))
    return [
        Shipment(
            row.leaf,
            row.uri,
            row.sender,
            row.recipient,
            amount_of(row),
            Sent(row.state),
            row.answered,
            row.received,
            row.refused,
        )
        for row in rows
    ]
