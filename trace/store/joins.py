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
    found: dict[int, int] = {}
    for part in chunks(items):
        query = _of(part, select(c.leaf, c.by)).join(t.voided, c.leaf == t.link_item.c.leaf)
        found |= dict(map(tuple, reader.connection.execute(query.where(c.by < stop))))
    return found


def named(reader: Reader, items: Sequence[int], stop: int) -> dict[int, list[int]]:
    """What the events of items name in `after`, by their leaves."""
    c = t.follows.c
    found: dict[int, set[int]] = {}
    for part in chunks(items):
        query = _of(part, select(c.leaf, c.before)).join(t.follows, c.leaf == t.link_item.c.leaf)
        for leaf, before in reader.connection.execute(query.where(c.leaf < stop)):
            found.setdefault(leaf, set()).add(before)
    return {leaf: sorted(before) for leaf, before in found.items()}


def _of(items: Sequence[int], query: Select[Any]) -> Select[Any]:
    chain, item = t.chain.c, t.link_item.c
    query = query.select_from(t.chain).join(t.link_item, item.chain == chain.id)
    return query.where(chain.subject.in_(items))


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
