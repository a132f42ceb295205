"""Where profiles are stated: by URI and actor, and those in which a licence ends before a day."""

import json
from collections.abc import Collection, Iterable

from sqlalchemy import and_, or_, select

from .. import schema as t
from ..selecting import among
from .reader import Reader


def newest(reader: Reader, uri: str, actors: Iterable[str]) -> dict[str, int]:
    """The index of each of these actors' newest profile of a URI, where there is one."""
    c = t.profile.c
    query = select(c.actor, c.leaf).where(c.uri == uri)
    rows = among(reader.connection, query, c.actor, sorted(set(actors)))
    return {row.actor: row.leaf for row in rows}


_REGISTRARS = (
    select(t.subject.c.uri, t.registrar.c.remit)
    .join(t.registrar, t.registrar.c.subject == t.subject.c.id)
    .where(t.registrar.c.remit.is_not(None))
)


def registrars(reader: Reader) -> list[str]:
    """The parties that are registrars now."""
    return [row.uri for row in reader.connection.execute(_REGISTRARS)]


def remits(reader: Reader, parties: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The remit of each of these parties that is a registrar now."""
    rows = among(reader.connection, _REGISTRARS, t.subject.c.uri, sorted(set(parties)))
    return {row.uri: tuple(json.loads(row.remit)) for row in rows}


def expiring(reader: Reader, before: str, actors: Collection[str]) -> list[str]:
    """The parties of which a licence ends before a day, as they state or one of these actors does.

    What others state is not looked at. In order of the day.
    """
    c = t.profile.c
    query = (
        select(c.uri)
        .join(t.subject, t.subject.c.uri == c.uri)
        .join(t.party, and_(t.party.c.subject == t.subject.c.id, t.party.c.gone.is_(None)))
        .where(c.expires < before, or_(c.own.is_(True), c.actor.in_(sorted(actors))))
        .order_by(c.expires, c.uri)
    )
    return list(dict.fromkeys(reader.connection.execute(query).scalars()))
