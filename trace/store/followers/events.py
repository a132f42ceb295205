"""Fields of events, for queries."""

import hashlib
from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Connection, Table

from suyuan.keys import canonical

from ...chain import step
from ...link import Link
from ...members import Object
from ...projection import id_key
from ...times import micros, parse
from .. import schema as t
from .base import Attachment, insert_new


class Events:
    """One row for each event that a link carries."""

    name: ClassVar[str] = "events"
    tables: ClassVar[tuple[Table, ...]] = (t.event,)
    after: ClassVar[tuple[str, ...]] = ()

    def __init__(self, host: str, attachment: Attachment) -> None:
        pass

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Rows for the events in these links."""
        insert_new(connection, t.event, [row(index, link) for index, link in links if link.event])


def row(index: int, link: Link) -> dict[str, Any]:
    """The row of `event` for a link that carries one."""
    event = link.event
    assert event is not None
    when = parse(event["eventTime"])
    return {
        "leaf": index,
        "event_id": None if (name := _text(event.get("eventID"))) is None else id_key(name),
        "type": event["type"],
        "action": _text(event.get("action")),
        "step": step(link),
        "disposition": _text(event.get("disposition")),
        "time": None if when is None else micros(when),
        "utc_offset": event["eventTimeZoneOffset"],
        "received": link.is_received,
        "is_error": "errorDeclaration" in event,
        "content": _content_of(link, event),
    }


def _content_of(link: Link, event: Object) -> bytes:
    """The same as `content`, for a link as it was signed: its payload holds the event's form."""
    payload = link.envelope.payload
    start, end = payload.find(b',"event":{'), payload.rfind(b',"items":[')
    if "errorDeclaration" in event or not 0 < start < end:
        return content(event)
    return hashlib.sha256(payload[start + len(b',"event":') : end]).digest()


def content(event: Object) -> bytes:
    """SHA-256 of the event's RFC 8785 form, an error declaration aside."""
    plain = {name: value for name, value in event.items() if name != "errorDeclaration"}
    return hashlib.sha256(canonical.dumps(plain)).digest()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
