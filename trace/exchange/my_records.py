"""A party's own records as it looks for them, and what hangs on one of them."""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.event_items import Role, rows
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.link import Link
from suyuan.trace.format.times import micros, zone
from suyuan.trace.goods.identity.lookup import look_up
from suyuan.trace.goods.resolve import NotFound, resolve
from suyuan.trace.lineage.joins import RECEIVING
from suyuan.trace.lineage.lots import fold
from suyuan.trace.store.read import own_records, slip_lines
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.own_records import Field, OwnRecord, Wanted
from suyuan.trace.store.read.reader import Reader

MATCHED = 50  # products and counterparties in whose name a text stands
MOST_NAMED = 20  # of each kind of what hangs on a record
_AFTER = re.compile(r"(-?[0-9]{1,18}):([0-9]{1,15}):([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Query:
    """Which of one's records; `since` and `until` are days of the event, both included.

    `text` is a trace code, or stands in the name of a product or a counterparty; `steps` are those
    that may be seen, None for all; `after` is where the last page ended.
    """

    text: str = ""
    since: date | None = None
    until: date | None = None
    step: str | None = None
    product: str | None = None
    counterparty: str | None = None
    steps: Collection[str] | None = None
    is_oldest_first: bool = False
    most: int = 50
    after: str | None = None


class Page(Form):
    """A page of one's own records; it may be short and not the last."""

    records: list[OwnRecord]
    after: str | None = described("Where the next page begins; null at the end")


def find(reader: Reader, trust: Trust, home: Path, actor: str, query: Query) -> Page:
    """The next page of an actor's records; LedgerError for an `after` that is no place.

    A text means lots by their codes and numbers, parts of them too, else names.
    """
    after = None
    if query.after is not None:
        if (match := _AFTER.fullmatch(query.after)) is None:
            raise LedgerError("%s is no place in a list: give it as it was", query.after[:80])
        after = int(match[1]), int(match[2]), int(match[3])
    items, any_of = None, None
    if text := query.text.strip():
        targets = look_up(reader, home, text, lambda item: reader.head(item, actor) is not None)
        with suppress(IdentifierError, NotFound):
            targets = [resolve(reader, trust, text)]
        items = sorted(reader.subject_numbers({target.item for target in targets}).values())
        any_of = [] if items else list(_named(reader, actor, fold(text)))
    wanted = Wanted(
        actor,
        query.step,
        query.product,
        query.counterparty,
        since=_start_of(query.since),
        until=_start_of(query.until and query.until + timedelta(days=1)),
        items=items,
        any_of=any_of,
        steps=query.steps,
        is_oldest_first=query.is_oldest_first,
    )
    records, last = own_records.page(reader, wanted, query.most, after)
    return Page(records, None if last is None else ":".join(map(str, last)))


def _named(reader: Reader, actor: str, folded: str) -> Iterator[tuple[Field, str]]:
    """The products and counterparties of an actor in whose names a folded text stands."""
    fields: tuple[Field, ...] = ("name", "counterparty")
    count = 0
    for field in fields:
        for value in own_records.values(reader, actor, field):
            if count < MATCHED and folded in fold(reader.name(value) or value):
                count += 1
                yield field, value


def _start_of(day: date | None) -> int | None:
    return None if day is None else micros(datetime.combine(day, time(), zone()))


class Answer(Form):
    """A link of another party that names a record."""

    index: int
    actor: str


class MadeLot(Form):
    """A lot that was made from what a record brought in."""

    item: str
    name: str | None


class Hanging(Form):
    """What hangs on a record: of each kind the first, and in `counts` how many there are."""

    answers: list[Answer] = described("Links of others that name it")
    later: list[OwnRecord] = described("One's own later records of what it brought in")
    made: list[MadeLot] = described("The lots that one made from that")
    labels: int = described("How many labels are out")
    acts: list[str] = described("Holds and recalls that reach it")
    counts: dict[str, int]

    @property
    def is_empty(self) -> bool:
        """Whether nothing hangs on it."""
        return not (self.labels or self.acts or any(self.counts.values()))


def hanging(reader: Reader, index: int, link: Link) -> Hanging:
    """What hangs on the record at an index: what would not be right without it."""
    named = [
        Answer(leaf, other.actor)
        for leaf in slip_lines.naming(reader, index)[: 10 * MOST_NAMED]
        if (other := reader.parsed(leaf)) is not None and other.actor != link.actor
    ]
    brought = _brought_in(link)
    records = own_records.about(reader, brought, link.actor, index + 1)
    later = [record for record in records if record.voided is None and record.index > index]
    leaves = {record.index for record in later if record.role & Role.INPUT}
    made = sorted(own_records.made_by(reader, leaves) - brought)
    lots = Lineage(reader).lots(made[:MOST_NAMED])
    return Hanging(
        named[:MOST_NAMED],
        later[:MOST_NAMED],
        [MadeLot(item, lots[item].name if item in lots else None) for item in made[:MOST_NAMED]],
        sum(_labels(reader, item, link.actor) for item in sorted(brought)),
        sorted({uri for _item, uri, _leaf in reader.in_scope(ref.item for ref in link.items)}),
        {"answers": len(named), "later": len(later), "made": len(made)},
    )


def _brought_in(link: Link) -> set[str]:
    """The items that its actor has by a link, and had not, or not so much of, before it."""
    event = link.event or {}
    is_receipt = str(event.get("bizStep")).endswith(RECEIVING)
    is_coding = event.get("type") == "ObjectEvent" and event.get("action") == "ADD"
    roles = Role.OUTPUT | Role.PARENT
    return {row.item for row in rows(link) if is_receipt or is_coding or row.role & roles}


def _labels(reader: Reader, item: str, actor: str) -> int:
    """How many labels of an item its actor has issued and not declared void."""
    signs = {"issue": 1, "void": -1}
    statements = reader.chain_statements(item, actor, "labels")
    return sum(signs[statement["op"]] * int(statement["count"]) for _leaf, statement in statements)
