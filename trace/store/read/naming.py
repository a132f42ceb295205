"""What parties, places and products are called: of what was stated, that which counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from suyuan.trace.admission.ownership import Owner, candidates, counting, owner_of

from .. import schema as t
from ..selecting import among

OWNER = "owner"  # the kind of a row that says whose its URI is: `actor`, empty while disputed
ENDED = "ended"
STATED = ("product", "place")


@dataclass(frozen=True, slots=True)
class Named:
    """A name, as what it was stated (`*` after that where a document reports it), and where.

    `owner` is set where the name counts because its owner states it.
    """

    name: str
    kind: str
    leaf: int
    owner: Owner | None


def owners(
    connection: Connection, uris: Iterable[str], before: int | None = None
) -> Mapping[str, Owner | None]:
    """Whose products, places or items are; with `before`, by statements of smaller indexes."""
    wanted = {uri: candidates(uri) for uri in uris}
    newest: dict[str, Row[Any]] = {}
    c = t.name.c
    query = select(t.name).where(c.kind.in_((OWNER, ENDED))).order_by(c.leaf)
    if before is not None:
        query = query.where(c.leaf < before)
    every = sorted({candidate for options in wanted.values() for candidate in options})
    newest.update((row.uri, row) for row in among(connection, query, c.uri, every))

    def newest_of(uri: str) -> dict[str, Any] | None:
        row = newest.get(uri)
        if row is None:
            return None
        return {
            "op": "end" if row.kind == ENDED else "assign",
            "party": row.actor or None,
            "leaf": row.leaf,
        }

    return {uri: owner_of(uri, newest_of) for uri in wanted}


def names(
    connection: Connection, uris: Iterable[str], speakers: Mapping[str, str] | None = None
) -> dict[str, Named]:
    """The name of each of these URIs that has one.

    A party's is that of its admission. A product's or place's is its owner's, else that of its
    speaker: who coded the lot, or recorded the event, that it is asked for. Else the first that a
    document reports.
    """
    wanted = sorted(set(uris))
    rows: dict[str, list[Row[Any]]] = {}
    for row in among(connection, select(t.name).order_by(t.name.c.leaf), t.name.c.uri, wanted):
        rows.setdefault(row.uri, []).append(row)
    stated = [uri for uri, own in rows.items() if any(row.kind in STATED for row in own)]
    owners_of = owners(connection, stated)
    named = {}
    for uri in wanted:
        owner = owners_of.get(uri)
        counted = _counting(rows.get(uri, ()), owner, (speakers or {}).get(uri))
        if counted is not None:
            by_owner = counted.kind in STATED and owner and owner.party == counted.actor
            named[uri] = Named(
                counted.name, counted.kind, counted.leaf, owner if by_owner else None
            )
    return named


def _counting(
    rows: Sequence[Row[Any]], owner: Owner | None, speaker: str | None
) -> Row[Any] | None:
    parties = [row for row in rows if row.kind == "party"]
    if parties:
        return parties[-1]
    stated = [(row.actor, row) for row in rows if row.kind in STATED]
    reported = (row for row in rows if row.kind.endswith("*"))
    return counting(stated, owner, speaker) or next(reported, None)
