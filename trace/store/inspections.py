"""Inspections at the counter of one party, of the lots that it has or had."""

from sqlalchemy import select

from ..members import Object
from ..steps import INSPECTED
from . import schema as t
from .read import Reader
from .source import entry_payload

_STEP = "inspecting"


def inspections_of(reader: Reader, party: str, most: int) -> list[tuple[int, Object]]:
    """Leaf and payload of the newest inspections at a party's counter, newest first.

    As far as the followers are; of its own, and of those that follow from a link of the party's
    about the lot. The cost follows the number of those links.
    """
    number = reader.subject_numbers({party}).get(party)
    if number is None:
        return []
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
            t.event.c.step == _STEP,
            t.event.c.received.is_(False),
            t.event.c.is_error.is_(False),
        )
        .group_by(t.link.c.leaf, t.link.c.entry)
        .order_by(t.link.c.leaf.desc())
        .limit(most)
    )
    found = []
    for row in reader.connection.execute(query):
        payload = entry_payload(row.entry)
        if (payload.get("event") or {}).get(INSPECTED) == party:
            found.append((row.leaf, payload))
    return found
