"""Where to look for results of tests, and for inspections: chains, and what names links."""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, exists, not_, or_, select

from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import EXAMINERS
from suyuan.trace.format.steps import INSPECTED
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


def inspections_of(reader: Reader, party: str, most: int) -> list[tuple[int, Object]]:
    """Leaf and payload of the newest inspections at a party's counter, newest first.

    As far as the followers are; of its own, and of those that follow from a link of the party's
    about the lot. The cost follows the number of those links.
    """
    number = reader.subject(party)
    query = (
        select(t.link.c.leaf, t.link.c.entry)
        .select_from(t.holding)
        .join(t.chain, (t.chain.c.subject == t.holding.c.item) & (t.chain.c.actor == number))
        .join(t.link_item, t.link_item.c.chain == t.chain.c.id)
        .outerjoin(t.follows, t.follows.c.before == t.link_item.c.leaf)
        .join(t.event, t.event.c.leaf.in_((t.link_item.c.leaf, t.follows.c.leaf)))
        .join(t.link, t.link.c.leaf == t.event.c.leaf)
        .where(
            t.holding.c.holder == party,
            t.event.c.step.in_(EXAMINING),
            t.event.c.received.is_(False),
            t.event.c.is_error.is_(False),
        )
        .group_by(t.link.c.leaf, t.link.c.entry)
        .order_by(t.link.c.leaf.desc())
        .limit(most)
    )
    inspections = []
    for row in reader.connection.execute(query):
        payload = entry_payload(row.entry)
        if (payload.get("event") or {}).get(INSPECTED) == party:
            inspections.append((row.leaf, payload))
    return inspections
