"""Findings: what was accepted and is yet to be reported, because no rule refuses it."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from sqlalchemy import Connection, Table, select

from ...identifiers import codes
from ...identifiers.items import kept_as_written
from ...link import Link
from ...projection import inexact
from .. import schema as t
from .base import Attachment, insert_new
from .codes import owner
from .events import content


class Findings:
    """Rows of `finding`, each with the link, the rule, the item and the reason."""

    name: ClassVar[str] = "findings"
    tables: ClassVar[tuple[Table, ...]] = (t.finding,)

    def __init__(self, host: str, attachment: Attachment) -> None:
        self._host = host

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Findings in these links; reads what the followers before it have derived."""
        for index, link in links:
            rows = [
                {"leaf": index, "rule": rule, "subject": subject, "reason": reason}
                for rule, subject, reason in self._find(connection, index, link)
            ]
            insert_new(connection, t.finding, rows)

    def _find(
        self, connection: Connection, index: int, link: Link
    ) -> Iterator[tuple[str, str, str]]:
        event = link.event
        if event is None:
            return
        yield from _reused(connection, index, link)
        for item in inexact(link):
            yield "quantity", item, "its quantity does not convert exactly to kg, L, m or pieces"
        for name in kept_as_written(event):
            if len(name) <= 512:
                yield "identifier", name, "a GS1 identifier with a wrong length, digit or escape"
        for ref in link.items:
            if ref.seq == 0:
                yield from self._clash(connection, ref.item, link.actor)

    def _clash(
        self, connection: Connection, item: str, actor: str
    ) -> Iterator[tuple[str, str, str]]:
        for code, who in (
            (codes.of_uri(item, self._host), None),
            (codes.of_chain(item, actor), actor),
        ):
            found = owner(connection, code)
            subject = found and _uri(connection, found[0])
            holder = _uri(connection, found[1]) if found and found[1] is not None else None
            if found is not None and (subject, holder) != (item, who):
                yield "code", item, f"its trace code {codes.shown(code)} names {subject} already"


def _uri(connection: Connection, number: int) -> Any:
    return connection.execute(
        select(t.subject.c.uri).where(t.subject.c.id == number)
    ).scalar_one_or_none()


def _reused(connection: Connection, index: int, link: Link) -> Iterator[tuple[str, str, str]]:
    """An eventID that an earlier link gave to another event; error declarations are no reuse."""
    event = link.event or {}
    event_id = event.get("eventID")
    if not isinstance(event_id, str) or "errorDeclaration" in event:
        return
    first = connection.execute(
        select(t.event.c.leaf, t.event.c.content)
        .where(
            t.event.c.event_id == event_id, t.event.c.leaf < index, t.event.c.is_error.is_(False)
        )
        .order_by(t.event.c.leaf)
        .limit(1)
    ).one_or_none()
    if first is not None and first.content != content(event):
        reason = f"eventID {event_id} was given at index {first.leaf} to another event"
        yield "event-id", link.items[0].item, reason
