"""Events that do not count: declared an error, taken back before an answer, recorded twice."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from suyuan.trace.admission.chain import step
from suyuan.trace.format.event_items import id_key
from suyuan.trace.format.link import Link
from suyuan.trace.lineage.joins import RECEIVING, REFUSING, UNSENDING, destinations, is_dispatch

from .. import schema as t
from ..read.reader import Reader
from ..selecting import as_bytes


@dataclass(frozen=True, slots=True)
class Void:
    """The event at `leaf` does not count, because of the link at `by`."""

    leaf: int
    by: int
    why: str

    def row(self) -> dict[str, Any]:
        """The row of `voided`."""
        return {"leaf": self.leaf, "by": self.by, "why": self.why}


def voids(reader: Reader, links: Sequence[tuple[int, Link]]) -> list[Void]:
    """What these links make void, of earlier events and of their own."""
    names = {name for _, link in links if (name := _name(link)) is not None}
    names |= {id_key(of) for _, link in links if (of := _undone(link)) is not None}
    if not names:
        return []
    run = _Run(reader, dict(links), _same(reader, names, links[-1][0] + 1))
    for index, link in links:
        run.take(index, link)
    return run.found


def _name(link: Link) -> str | None:
    name = (link.event or {}).get("eventID")
    return id_key(name) if isinstance(name, str) else None


def _undone(link: Link) -> str | None:
    """The eventID of the dispatch that an event takes back (`void_shipping`, section 6)."""
    if link.event is None or step(link) not in UNSENDING or "errorDeclaration" in link.event:
        return None
    of = link.event.get("suyuan:of")
    return of if isinstance(of, str) else None


def _same(reader: Reader, names: Collection[str], stop: int) -> dict[str, list[Any]]:
    """The events of each eventID before `stop`, in the order of the log."""
    c = t.event.c
    found: dict[str, list[Any]] = {}
    query = select(c.event_id, c.leaf, c.content, c.is_error, c.received, c.step)
    query = query.where(c.leaf < stop).order_by(c.leaf)
    for row in reader.among(query, c.event_id, sorted(names)):
        found.setdefault(row.event_id, []).append(row)
    return found


class _Run:
    def __init__(
        self, reader: Reader, links: Mapping[int, Link], same: Mapping[str, Sequence[Any]]
    ) -> None:
        self._reader = reader
        self._links: dict[int, Link | None] = dict(links)
        self._same = same
        self.found: list[Void] = []
        c = t.voided.c
        leaves = sorted({row.leaf for rows in same.values() for row in rows})
        before = reader.among(select(c.leaf).where(c.by < min(links)), c.leaf, leaves)
        self._void = {row.leaf for row in before}

    def take(self, index: int, link: Link) -> None:
        """What one link makes void."""
        if link.event is None:
            return
        if "errorDeclaration" in link.event:
            for leaf in self._declared(index, link):
                self._make(leaf, index, "error")
        elif (of := _undone(link)) is not None:
            for leaf in self._undone(index, link, id_key(of)):
                self._make(leaf, index, "undone")
        else:
            self._twice(index, link)

    def _make(self, leaf: int, by: int, why: str) -> None:
        if leaf not in self._void:
            self._void.add(leaf)
            self.found.append(Void(leaf, by, why))

    def _earlier(self, index: int, name: str | None) -> list[Any]:
        if name is None:
            return []
        return [
            row
            for row in self._same.get(name, ())
            if row.leaf < index and not row.is_error and row.leaf not in self._void
        ]

    def _declared(self, index: int, link: Link) -> Iterator[int]:
        """The event that an error declaration repeats; where none is the same, the one so named.

        Only the first event's actor may declare it (section 6).
        """
        rows = [
            row for row in self._earlier(index, _name(link)) if self._actor(row.leaf) == link.actor
        ]
        mine = next((r for r in self._same.get(_name(link) or "", ()) if r.leaf == index), None)
        equal = [
            row
            for row in rows
            if mine is not None and as_bytes(row.content) == as_bytes(mine.content)
        ]
        if equal:
            yield from (row.leaf for row in equal)
        elif len(rows) == 1:
            yield rows[0].leaf

    def _undone(self, index: int, link: Link, name: str) -> Iterator[int]:
        for row in self._earlier(index, name):
            sent = self._link(row.leaf)
            if sent is None or sent.actor != link.actor or not is_dispatch(sent):
                continue
            if not self._is_answered(row.leaf, index):
                yield row.leaf

    def _is_answered(self, leaf: int, before: int) -> bool:
        c = t.follows.c
        query = select(c.leaf).where(c.before == leaf, c.leaf < before)
        for answer in self._reader.connection.execute(query).scalars():
            link = self._link(answer)
            if link is None or step(link) not in (*RECEIVING, *REFUSING):
                continue
            sent = self._link(leaf)
            if sent is not None and link.actor in destinations(sent):  # another's word is no answer
                return True
        return False

    def _twice(self, index: int, link: Link) -> None:
        """The same event recorded again, by the same actor or in another document."""
        rows = self._earlier(index, _name(link))
        if not rows:
            return
        mine = next((r for r in self._same.get(_name(link) or "", ()) if r.leaf == index), None)
        for row in rows:
            if mine is None or as_bytes(row.content) != as_bytes(mine.content):
                continue
            if (row.received and link.is_received) or self._actor(row.leaf) == link.actor:
                self._make(index, row.leaf, "again")
                return

    def _link(self, leaf: int) -> Link | None:
        if leaf not in self._links:
            self._links[leaf] = self._reader.parsed(leaf)
        return self._links[leaf]

    def _actor(self, leaf: int) -> str | None:
        link = self._link(leaf)
        return None if link is None else link.actor
