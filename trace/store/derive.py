"""Rows that followers derive from few of the links, made anew in a scratch store."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import func, insert, select

from ..link import Link, parse
from ..messages import Message
from ..trust import Trust
from . import schema as t
from .database import Database
from .engine import writing
from .followers.base import Attachment
from .followers.findings import given_before, renamed
from .followers.names import Names
from .read import Reader, as_bytes

Finding = tuple[int, str, str, Message]  # leaf, rule, subject, message


def names_and_renames(
    folder: Path, trust: Trust, links: Sequence[tuple[int, Link]], attachment: Attachment
) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]], set[Finding]]:
    """The rows of `name` and `term` that these links give, and findings of those not counted."""
    scratch = Database.scratch(folder)
    scratch.create(trust)
    try:
        with writing(scratch.engine) as connection:
            if links:
                connection.execute(
                    insert(t.link),
                    [
                        {"leaf": leaf, "hash": bytes.fromhex(link.hash), "entry": link.entry}
                        for leaf, link in links
                    ],
                )
            Names(trust.host, attachment).follow(connection, links)
            rows = {tuple(row) for row in connection.execute(select(t.name))}
            words = {tuple(row) for row in connection.execute(select(t.term))}
            findings = {
                (leaf, "name", link.items[0].item, why)
                for leaf, link in links
                if (why := renamed(connection, leaf, link)) is not None
            }
    finally:
        scratch.close()
    return rows, words, findings


def reused(reader: Reader) -> Iterator[Finding]:
    """Findings of eventIDs that were given to two events, from the rows of `event`."""
    c = t.event.c
    plain = c.is_error.is_(False) & c.event_id.is_not(None)
    twice = select(c.event_id).where(plain).group_by(c.event_id).having(func.count() > 1)
    for name in reader.connection.execute(twice).scalars().all():
        query = select(c.leaf, c.content).where(plain, c.event_id == name).order_by(c.leaf)
        first, *rest = reader.connection.execute(query).all()
        others = (row for row in rest if as_bytes(row.content) != as_bytes(first.content))
        other = next(others, None)  # reported once, however often it is used again
        stored = None if other is None else reader.link(other.leaf)
        if other is not None and stored is not None:
            item = parse(stored.entry).items[0].item
            yield other.leaf, "event-id", item, given_before(name, first.leaf)
