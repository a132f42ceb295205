"""Where to look for results of tests, and for inspections: chains, and what names links."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select

from suyuan.trace.format.event_items import id_key
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import EXAMINERS
from suyuan.trace.format.steps import at_whom, inspectors_of
from suyuan.trace.lineage.joins import EXAMINING

from .. import schema as t
from ..selecting import chunks, entry_payload
from .reader import Reader


def examined_chains(reader: Reader, items: Iterable[str], authority: str) -> list[tuple[str, str]]:
    """The chains about items of parties that may examine for others.

    By their roles, or registered by the authority once and by another since, whose word takes
    nothing from them: who does is to be seen in the statements.
    """
    item, actor = t.subject.alias(), t.subject.alias()
    roles = t.party.c.roles
    own, of = t.chain.alias(), t.link_item.c
    granted = (
        select(own.c.id)
        .where(own.c.subject == t.party.c.subject, own.c.actor == reader.subject(authority))
        .correlate(t.party)  # also two queries deep: else it reads all chains of the ledger
    )
    newest = select(of.leaf).where(of.leaf == t.party.c.stated, of.chain.in_(granted))
    is_changed = and_(exists(granted), not_(exists(newest)))
    query = (
        select(item.c.uri, actor.c.uri.label("actor"))
        .select_from(t.chain)
        .join(item, t.chain.c.subject == item.c.id)
        .join(t.party, t.party.c.subject == t.chain.c.actor)
        .join(actor, t.chain.c.actor == actor.c.id)
        .where(or_(is_changed, *(roles.like(f'%"{role}"%') for role in EXAMINERS)))
    )
    return [(row.uri, row.actor) for row in reader.among(query, item.c.uri, items)]


def following(
    reader: Reader, leaves: Iterable[int], steps: Sequence[str], *, most: int
) -> list[int]:
    """The newest leaves of events of these business steps that name one of these links.

    As far as the followers are; from columns, so whether it does is to be seen in the link.
    """
    newest: set[int] = set()
    for part in chunks(leaves):
        query = (
            select(t.follows.c.leaf)
            .join(t.event, t.event.c.leaf == t.follows.c.leaf)
            .where(t.follows.c.before.in_(part), t.event.c.step.in_(steps))
            .order_by(t.follows.c.leaf.desc())
            .limit(most)
        )
        newest.update(reader.connection.execute(query).scalars())
    return sorted(newest, reverse=True)[:most]


def inspections_of(
    reader: Reader, party: str, most: int, is_officer: Callable[[str], bool]
) -> list[tuple[int, Object]]:
    """Leaf and payload of offices' newest inspections at a party's counter, or by a person.

    As far as the followers are, newest first. What others state costs nothing but their number.
    """
    i = t.inspection.c
    offices = [actor for actor in _inspecting(reader, party) if is_officer(actor)]
    inspections = _inspections(reader, most, i.party == id_key(party), i.actor.in_(offices))
    return [
        (leaf, payload)
        for leaf, payload in inspections
        if party in (*at_whom(payload["event"]), *inspectors_of(payload["event"]))
    ]


def inspections_by(
    reader: Reader, office: str, most: int, leaves: range
) -> list[tuple[int, Object]]:
    """Leaf and payload of the newest inspections that an office recorded at these leaves."""
    i = t.inspection.c
    among = i.actor == office, i.leaf >= leaves.start, i.leaf < leaves.stop
    return _inspections(reader, most, *among)


def _inspections(
    reader: Reader, most: int, *among: ColumnElement[bool]
) -> list[tuple[int, Object]]:
    e, leaf = t.event.c, t.inspection.c.leaf
    newest = (
        select(leaf)
        .distinct()
        .join(t.event, e.leaf == leaf)
        .where(*among, e.step.in_(EXAMINING), e.received.is_(False), e.is_error.is_(False))
        .order_by(leaf.desc())
        .limit(most)
        .subquery()
    )
    query = (
        select(t.link.c.leaf, t.link.c.entry)
        .join(newest, newest.c.leaf == t.link.c.leaf)
        .order_by(t.link.c.leaf.desc())
    )
    payloads = ((row.leaf, entry_payload(row.entry)) for row in reader.connection.execute(query))
    return [(leaf, payload) for leaf, payload in payloads if isinstance(payload.get("event"), dict)]


def lot_of(payload: Object) -> str | None:
    """The lot that an inspection is about; None of one of a shop, which is about no item."""
    item = str(payload["items"][0]["item"])
    return None if item == payload["actor"] else item


def _inspecting(reader: Reader, party: str) -> Iterator[str]:
    """The parties whose links name a party so, each by one look at the index."""
    i, last = t.inspection.c, ""
    while True:
        after = select(i.actor).where(i.party == id_key(party), i.actor > last)
        next_actor: str | None = reader.connection.execute(
            after.order_by(i.actor).limit(1)
        ).scalar()
        if next_actor is None:
            return
        yield (last := next_actor)
