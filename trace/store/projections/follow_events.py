"""Fields of events, for queries."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from suyuan.keys import canonical as rfc8785
from suyuan.trace.admission.chain import step
from suyuan.trace.format.event_items import id_key
from suyuan.trace.format.identifiers.items import canonical
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.steps import at_whom, inspectors_of
from suyuan.trace.format.times import parse_micros

from .. import schema as t
from ..read.reader import Reader
from .followers import Follower, insert_new


class Events(Follower):
    """One row for each event that a link carries, for each link that it names, and for whom an
    inspection concerns."""

    name = "events"

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Rows for the events in these links, and for what the links name."""
        insert_new(connection, t.event, [row(index, link) for index, link in links if link.event])
        insert_new(
            connection,
            t.follows,
            [{"leaf": index, "before": at} for index, link in links for at in named(link)],
        )
        insert_new(
            connection,
            t.inspection,
            [
                {"party": party, "actor": link.actor, "leaf": index}
                for index, link in links
                for party in concerned(link)
            ],
        )


def named(link: Link) -> list[int]:
    """The leaves of this ledger that a link names in `after`."""
    return [ref.index for ref in link.after if ref.ledger is None]


def concerned(link: Link) -> set[str]:
    """Whom an inspection concerns: at whose counter it was, and who is named to have made it."""
    return {id_key(uri) for uri in (*at_whom(link.event), *inspectors_of(link.event))}


def row(index: int, link: Link) -> dict[str, Any]:
    """The row of `event` for a link that carries one."""
    event = link.event
    assert event is not None
    return {
        "leaf": index,
        "event_id": None if (name := _text(event.get("eventID"))) is None else id_key(name),
        "type": event["type"],
        "action": _text(event.get("action")),
        "step": step(link),
        "disposition": _text(event.get("disposition")),
        "time": parse_micros(event["eventTime"]),
        "utc_offset": event["eventTimeZoneOffset"],
        "received": link.is_received,
        "is_error": "errorDeclaration" in event,
        "content": _content_of(link, event),
        "place": _id_of(event.get("bizLocation")) or _id_of(event.get("readPoint")),
        "parent": None if (name := _text(event.get("parentID"))) is None else canonical(name),
        "recipient": recipient(event),
        "transformation": _transformation(link.actor, event.get("transformationID")),
    }


def recipient(event: Object) -> str | None:
    """The party that an event sends its items to: who is to own them, else to possess them."""
    parts = event.get("destinationList")
    if not isinstance(parts, list):
        return None
    for kind in ("owning_party", "possessing_party"):
        for part in parts:
            if isinstance(part, dict) and str(part.get("type")).endswith(kind):
                name = _text(part.get("destination"))
                if name is not None:
                    return id_key(name)
    return None


def _id_of(place: object) -> str | None:
    name = _text(place.get("id")) if isinstance(place, dict) else None
    return None if not name else id_key(name)


def _transformation(actor: str, name: object) -> str | None:
    """A transformationID as the actor's own: nobody joins another's making by naming it."""
    if not isinstance(name, str):
        return None
    return hashlib.sha256(f"{actor}\0{name}".encode()).hexdigest()


def _content_of(link: Link, event: Object) -> bytes:
    """The `content` of a link as it was signed: its payload holds the event's form."""
    payload = link.envelope.payload
    start, end = payload.find(b',"event":{'), payload.rfind(b',"items":[')
    if "errorDeclaration" in event or not 0 < start < end:
        return content(event)
    return hashlib.sha256(payload[start + len(b',"event":') : end]).digest()


def content(event: Object) -> bytes:
    """SHA-256 of the event's RFC 8785 form, an error declaration aside."""
    plain = {name: value for name, value in event.items() if name != "errorDeclaration"}
    return hashlib.sha256(rfc8785.dumps(plain)).digest()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


class Documents(Follower):
    """One row for each document and actor: its first link, how many, and where it was closed."""

    name = "documents"

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Count links of documents; close those whose statement is met."""
        actors = Reader(connection).subject_numbers({link.actor for _, link in links})
        counted: dict[tuple[str, int], list[int]] = {}
        closed: dict[tuple[str, int], int] = {}
        for index, link in links:
            actor = actors.get(link.actor)
            if actor is None:
                continue
            if link.document is not None:
                counted.setdefault((link.document["sha256"], actor), []).append(index)
            elif link.statement is not None and link.statement["type"] == "document":
                key = (link.statement["sha256"], actor)
                counted.setdefault(key, [])
                closed.setdefault(key, index)
        for (sha256, actor), indexes in counted.items():
            self._count(connection, sha256, actor, indexes, closed.get((sha256, actor)))

    def _count(
        self, connection: Connection, sha256: str, actor: int, indexes: list[int], end: int | None
    ) -> None:
        first = indexes[0] if indexes else end
        start = {"sha256": sha256, "actor": actor, "first": first, "links": 0, "finished": None}
        insert_new(connection, t.document, [start])
        which = (t.document.c.sha256 == sha256) & (t.document.c.actor == actor)
        before = connection.execute(select(t.document).where(which)).one()
        connection.execute(
            update(t.document)
            .where(which)
            .values(
                links=before.links + len(indexes),
                finished=end if before.finished is None else before.finished,
            )
        )
