"""What one party has stated of products, and the lots that it coded last."""

from sqlalchemy import and_, select

from . import schema as t
from .read import Reader

_CHAINS = 20_000
"""How many of a party's newest chains are looked at for lots that it coded."""


def products(reader: Reader, actor: str) -> list[tuple[str, int]]:
    """Products that an actor has stated: URI, and the leaf of its newest statement."""
    number = reader.subject_numbers({actor}).get(actor)
    query = (
        select(t.name.c.uri, t.name.c.leaf)
        .join(t.subject, t.subject.c.uri == t.name.c.uri)
        .join(t.chain, and_(t.chain.c.subject == t.subject.c.id, t.chain.c.actor == number))
        .where(t.name.c.kind == "product", t.name.c.actor == actor)
        .order_by(t.name.c.leaf)
    )
    return [(row.uri, row.leaf) for row in reader.connection.execute(query)]


def codings(
    reader: Reader, actor: str, most: int, before: int | None = None
) -> list[tuple[str, int]]:
    """The lots that an actor coded last, newest first, each with the leaf of its coding.

    With `before`, microseconds UTC, those whose event was earlier. Among the newest chains that the
    actor began, so that a long life costs no more than a short one.
    """
    number = reader.subject_numbers({actor}).get(actor)
    newest = (
        select(t.chain.c.id, t.chain.c.subject)
        .where(t.chain.c.actor == number)
        .order_by(t.chain.c.id.desc())
        .limit(_CHAINS)
        .subquery()
    )
    query = (
        select(t.subject.c.uri, t.lot.c.leaf)
        .select_from(newest)
        .join(t.lot, t.lot.c.item == newest.c.subject)
        .join(
            t.link_item,
            and_(t.link_item.c.chain == newest.c.id, t.link_item.c.leaf == t.lot.c.leaf),
        )
        .join(t.subject, t.subject.c.id == newest.c.subject)
        .order_by(t.lot.c.leaf.desc())
        .limit(most)
    )
    if before is not None:
        query = query.join(t.event, t.event.c.leaf == t.lot.c.leaf).where(t.event.c.time < before)
    return [(row.uri, row.leaf) for row in reader.connection.execute(query)]
