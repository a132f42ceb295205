"""Findings: what was accepted and is yet to be reported, because no rule refuses it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from suyuan.trace.format.event_items import id_key, inexact
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.items import kept_as_written
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import MAX_URI
from suyuan.trace.format.messages import Message, msg

from .. import schema as t
from ..read.naming import STATED, owners
from ..read.reader import Reader
from ..selecting import among, as_bytes
from .followers import Follower, insert_new

_Found = tuple[str, str, Message]  # rule, subject, message
_KINDS = {"product": msg("product"), "place": msg("place")}


class Findings(Follower):
    """Rows of `finding`, each with the link, the rule, the item and the message.

    Reads what the followers before it have derived, and of that only what stood there first, so
    that it finds the same however far they are ahead.
    """

    name = "findings"
    after = ("codes", "events", "names")

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Findings in these links."""
        events = [(index, link) for index, link in links if link.event is not None]
        names = {id_key(name) for _, link in events if (name := _event_id(link)) is not None}
        first = first_uses(connection, sorted(names))
        begun = {
            code
            for _, link in events
            for ref in link.items
            if ref.seq == 0
            for code in self._codes(ref.item, link.actor)
        }
        owners = Reader(connection).codes(sorted(begun))
        rows = [
            _row(index, rule, subject, message)
            for index, link in events
            for rule, subject, message in (
                *_reused(index, link, first),
                *unclear(link),
                *self._clashes(link, owners),
            )
        ]
        rows += [
            _row(index, "name", link.items[0].item, message)
            for index, link in links
            if (message := renamed(connection, index, link)) is not None
        ]
        insert_new(connection, t.finding, rows)

    def _codes(self, item: str, actor: str) -> dict[str, str | None]:
        return {codes.of_uri(item, self.host): None, codes.of_chain(item, actor): actor}

    def _clashes(
        self, link: Link, owners: Mapping[str, tuple[str, str | None]]
    ) -> Iterator[_Found]:
        for ref in link.items:
            if ref.seq != 0:
                continue
            for code, holder in self._codes(ref.item, link.actor).items():
                owner = owners.get(code, (ref.item, holder))
                if owner != (ref.item, holder):
                    yield "code", ref.item, clash(code, owner[0])


def _row(leaf: int, rule: str, subject: str, message: Message) -> dict[str, Any]:
    return {"leaf": leaf, "rule": rule, "subject": subject, "message": message.dumps()}


def clash(code: str, item: str) -> Message:
    """Why a code does not name what it should: it names an item, or a chain of it, already."""
    return msg("its trace code %(code)s names %(item)s already", code=codes.shown(code), item=item)


def given_before(name: str, leaf: int) -> Message:
    """Why an event cannot have its eventID: another event has it since the link at an index."""
    return msg(
        "eventID %(name)s was given at index %(leaf)s to another event", name=name, leaf=leaf
    )


def renamed(connection: Connection, index: int, link: Link) -> Message | None:
    """The finding on a product's or place's statement that only its owner may make; or None."""
    statement = link.statement
    if statement is None or statement["type"] not in STATED:
        return None
    uri = str(statement["uri"])
    owner = owners(connection, [uri], index)[uri]
    if owner is None or owner.party in (None, link.actor):
        return None
    return msg(
        "by the authority's word this %(kind)s is %(who)s's to state, for everyone",
        who=owner.party,
        kind=_KINDS[str(statement["type"])],
    )


def unclear(link: Link) -> Iterator[_Found]:
    """Findings that a link's event gives by itself: rule, subject, message."""
    assert link.event is not None
    for item in inexact(link):
        message = msg("its quantity does not convert exactly to kg, L, m or pieces")
        yield "quantity", item, message
    for name in kept_as_written(link.event):
        if len(name) <= MAX_URI:
            message = msg("a GS1 identifier with a wrong length, digit or escape")
            yield "identifier", name, message


def _event_id(link: Link) -> str | None:
    """The eventID by which an event may be a reuse; error declarations are none."""
    event = link.event or {}
    name = event.get("eventID")
    return name if isinstance(name, str) and "errorDeclaration" not in event else None


def first_uses(connection: Connection, names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """For each of these eventIDs that two events have, the leaves of the first and first other."""
    c = t.event.c
    firsts: dict[str, tuple[int, bytes]] = {}
    uses: dict[str, tuple[int, int]] = {}
    query = select(c.event_id, c.leaf, c.content).where(c.is_error.is_(False)).order_by(c.leaf)
    for row in among(connection, query, c.event_id, names):
        content = as_bytes(row.content)
        leaf, first = firsts.setdefault(row.event_id, (row.leaf, content))
        if content != first:
            uses.setdefault(row.event_id, (leaf, row.leaf))
    return uses


def _reused(index: int, link: Link, uses: Mapping[str, tuple[int, int]]) -> Iterator[_Found]:
    """Once for each eventID, at the first event that has it with other content."""
    name = _event_id(link)
    leaf, other = uses.get(id_key(name), (-1, -1)) if name is not None else (-1, -1)
    if name is not None and other == index:
        yield "event-id", link.items[0].item, given_before(id_key(name), leaf)
