"""What joins the events of items: what is void, what they follow, who answers them.

Each in a few statements, however many events there are, and past what strangers say: anybody may
name a link as often as they like.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select

from suyuan.keys import base64, canonical

from . import schema as t
from .read import Reader
from .source import chunks


def voided(reader: Reader, items: Sequence[int], stop: int) -> dict[int, int]:
    """The events of items that do not count, each with the leaf because of which."""
    c = t.voided.c
    query = _of_items(select(c.leaf, c.by)).join(t.voided, c.leaf == t.link_item.c.leaf)
    rows = reader.among(query.where(c.by < stop), t.chain.c.subject, items)
    return {row.leaf: row.by for row in rows}


def named(reader: Reader, items: Sequence[int], stop: int) -> dict[int, list[int]]:
    """What the events of items name in `after`, by their leaves."""
    c = t.follows.c
    found: dict[int, set[int]] = {}
    query = _of_items(select(c.leaf, c.before)).join(t.follows, c.leaf == t.link_item.c.leaf)
    for row in reader.among(query.where(c.leaf < stop), t.chain.c.subject, items):
        found.setdefault(row.leaf, set()).add(row.before)
    return {leaf: sorted(before) for leaf, before in found.items()}


def _of_items(query: Select[Any]) -> Select[Any]:
    return query.select_from(t.chain).join(t.link_item, t.link_item.c.chain == t.chain.c.id)


def answers(
    reader: Reader, leaves: Collection[int], stop: int, who: Callable[[int], set[str]]
) -> dict[int, list[int]]:
    """For dispatches and refusals, the links that name them, of who may answer: `who` says.

    And perhaps of a few others, whose URIs begin alike.
    """
    c = t.follows.c
    found: dict[int, list[int]] = {}
    for part in chunks(sorted(leaves)):
        query = select(c.before).where(c.before.in_(part), c.leaf < stop).distinct()
        sent = list(reader.connection.execute(query).scalars())
        starts = {begins_as(uri) for leaf in sent for uri in who(leaf)}
        for some in chunks(sorted(starts)):
            is_of_one = or_(*(func.substr(t.link.c.entry, 1, len(x)) == x for x in some))
            rows = (
                select(c.leaf, c.before)
                .join(t.link, t.link.c.leaf == c.leaf)
                .where(c.before.in_(sent), c.leaf < stop, is_of_one)
                .order_by(c.leaf)
            )
            for leaf, before in reader.connection.execute(rows):
                found.setdefault(before, []).append(leaf)
    return found


def begins_as(actor: str) -> bytes:
    """The bytes with which every entry of an actor begins, and few others.

    `actor` is the first member of a payload's one form. So the database can pass over what others
    signed, which else would all have to be read: no column has the actor of a leaf.
    """
    start = b'{"actor":' + canonical.dumps(actor) + b","
    return b'{"payload":"' + base64.encode(start[: len(start) // 3 * 3]).encode()
