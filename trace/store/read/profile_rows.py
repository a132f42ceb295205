"""Where profiles are stated: by URI and actor, and those in which a licence ends before a day."""

import json
from collections.abc import Collection, Iterable

from sqlalchemy import and_, exists, or_, select

from suyuan.trace.lineage.lots import fold

from .. import schema as t
from ..selecting import among
from .reader import Reader

_LONGEST = 100  # characters of a number


def newest(reader: Reader, uri: str, actors: Iterable[str]) -> dict[str, int]:
    """The index of each of these actors' newest profile of a URI, where there is one."""
    c = t.profile.c
    query = select(c.actor, c.leaf).where(c.uri == uri)
    rows = among(reader.connection, query, c.actor, sorted(set(actors)))
    return {row.actor: row.leaf for row in rows}


_REGISTRARS = (
    select(t.subject.c.uri, t.registrar.c.remit)
    .select_from(t.registrar)
    .outerjoin(t.subject)  # each has one: so that nobody begins by reading all subjects
    .where(t.registrar.c.remit.is_not(None))
)


def registrars(reader: Reader) -> list[str]:
    """The parties that are registrars now."""
    return [row.uri for row in reader.connection.execute(_REGISTRARS)]


def remits(reader: Reader, party: str) -> dict[str, tuple[str, ...]]:
    """The remits of registrars that have a chain about a party, and its own, if it is one, by URI.

    Looked up for each registrar: whatever chains strangers have about it are not read.
    """
    number, c = reader.subject(party), t.chain.c
    about = exists().where(c.subject == number, c.actor == t.registrar.c.subject)
    query = _REGISTRARS.where(or_(about, t.registrar.c.subject == number))
    return {row.uri: tuple(json.loads(row.remit)) for row in reader.connection.execute(query)}


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


def licence_key(number: str) -> str:
    """A licence's number as it is compared; no more of it than any has."""
    return fold(number[:_LONGEST])[:_LONGEST]


def licensed(
    reader: Reader, numbers: Iterable[str], actors: Collection[str]
) -> list[tuple[str, str]]:
    """The folded number and the party of each licence that it or one of these actors states.

    What others state is not looked at.
    """
    c = t.licence.c
    counting = or_(c.own.is_(True), and_(c.own.is_(False), c.actor.in_(sorted(actors))))
    query = select(c.number, c.uri).where(counting).order_by(c.number, c.uri)
    rows = among(reader.connection, query, c.number, sorted(set(numbers)))
    return list(dict.fromkeys((row.number, row.uri) for row in rows))
