"""Where to look for results of tests: the chains of those who examine, and what names links."""

from collections.abc import Iterable

from sqlalchemy import and_, exists, not_, or_, select

from ..statements import EXAMINERS
from . import schema as t
from .read import Reader
from .source import chunks


def examined_chains(reader: Reader, items: Iterable[str], authority: str) -> list[tuple[str, str]]:
    """The chains about items of parties that may examine for others.

    By their roles, or registered by the authority once and by another since, whose word takes
    nothing from them: who does is to be seen in the statements.
    """
    found: list[tuple[str, str]] = []
    item, actor = t.subject.alias(), t.subject.alias()
    roles = t.party.c.roles
    own, of = t.chain.alias(), t.link_item.c
    numbers = reader.subject_numbers({authority})
    granted = select(own.c.id).where(
        own.c.subject == t.party.c.subject, own.c.actor == numbers.get(authority, -1)
    )
    newest = select(of.leaf).where(of.leaf == t.party.c.stated, of.chain.in_(granted))
    is_changed = and_(exists(granted), not_(exists(newest)))
    for part in chunks(items):
        query = (
            select(item.c.uri, actor.c.uri.label("actor"))
            .select_from(t.chain)
            .join(item, t.chain.c.subject == item.c.id)
            .join(t.party, t.party.c.subject == t.chain.c.actor)
            .join(actor, t.chain.c.actor == actor.c.id)
            .where(
                item.c.uri.in_(part),
                or_(is_changed, *(roles.like(f'%"{one}"%') for one in EXAMINERS)),
            )
        )
        found += [(row.uri, row.actor) for row in reader.connection.execute(query)]
    return found


def following(reader: Reader, leaves: Iterable[int], step: str, *, most: int) -> list[int]:
    """The newest leaves of events of a business step that name one of these links.

    As far as the followers are; from columns, so whether it does is to be seen in the link.
    """
    found: set[int] = set()
    for part in chunks(leaves):
        query = (
            select(t.follows.c.leaf)
            .join(t.event, t.event.c.leaf == t.follows.c.leaf)
            .where(t.follows.c.before.in_(part), t.event.c.step == step)
            .order_by(t.follows.c.leaf.desc())
            .limit(most)
        )
        found.update(reader.connection.execute(query).scalars())
    return sorted(found, reverse=True)[:most]
