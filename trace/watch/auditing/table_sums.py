"""Rows beside the entries, summed in worker processes, to be compared with what the links give."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from suyuan.trace.format.identifiers import codes
from suyuan.trace.store import schema as t
from suyuan.trace.store.rebuild import rederive
from suyuan.trace.store.rebuild.rederive import Range
from suyuan.trace.store.rebuild.scan import Scan, Values, scanning

from . import sums
from .sums import Sums, event_values


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows to sum: a table, ids from `start` until before `stop`, as of `size` links."""

    url: str
    key: bytes
    host: str
    table: str
    start: int
    stop: int
    size: int
    known: Mapping[Range, int] = field(default_factory=dict)  # sums of rows about some items


@dataclass(slots=True)
class Summed:
    """Sums, and what of the rows is odd by itself.

    `used` are the ids of subjects that chains name; `named` and `coded` those that have a code of
    their own and a code of a chain; `ranges` have the sums of rows about some items.
    """

    table: str
    count: int = 0
    odd: list[str] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)
    coded: set[int] = field(default_factory=set)
    ranges: dict[Range, int] = field(default_factory=dict)


def run(task: Rows) -> Summed:
    """Sum rows. Whatever is not as it should be is odd; nothing is raised for it."""
    summed = Summed(task.table)
    try:
        with scanning(task.url) as scan:
            _Run(task, scan, summed).all()
    except Exception as error:  # noqa: BLE001  what a changed database makes of reading it
        summed.odd.append(f"table {task.table}: {type(error).__name__}: {error}")
    return summed


class _Run:
    def __init__(self, task: Rows, scan: Scan, summed: Summed) -> None:
        self._task = task
        self._scan = scan
        self._summed = summed
        self._sums = Sums(task.key)

    def all(self) -> None:
        {
            "chain": self._chains,
            "subject": self._subjects,
            "event": self._events,
            "follows": self._follows,
            "lineage": self._lineage,
            "voided": self._voided,
            "code": self._codes,
            "coder": self._coders,
        }[self._task.table]()
        self._summed.sums = self._sums.found

    def _odd(self, problem: str) -> None:
        if len(self._summed.odd) < 20:
            self._summed.odd.append(problem)

    def _chains(self) -> None:
        task = self._task
        items = groupby(self._scan.rows(t.link_item, task.start, task.stop), itemgetter(0))
        waiting = next(items, None)
        for number, item, actor, seq, head, subject, party in self._scan.chains(
            task.start, task.stop
        ):
            while waiting is not None and waiting[0] < number:
                self._odd(f"link_item names chain {waiting[0]}, which is not there")
                waiting = next(items, None)
            if waiting is None or waiting[0] != number or item is None or actor is None:
                self._odd(f"chain {number} has no links, or no subject or actor")
                continue
            self._chain(number, self._sums.chain(item, actor), seq, bytes(head), waiting[1])
            self._summed.used |= {subject, party}
            waiting = next(items, None)
        if waiting is not None:
            self._odd(f"link_item names chain {waiting[0]}, which is not there")

    def _chain(
        self, number: int, name: bytes, seq: int, head: bytes, items: Iterator[Values]
    ) -> None:
        last, count, is_ahead = -1, 0, False
        for _, n, leaf, role, quantity, unit in items:
            if n != count or leaf <= last:
                self._odd(f"chain {number} has a gap or goes back at number {n}")
            last, count = leaf, count + 1
            if leaf >= self._task.size:  # written since this audit began
                is_ahead = True
            else:
                place = sums.place(name, n, leaf, (role, quantity, unit))
                self._sums.add("link_item", place)
        if seq != count - 1:
            self._odd(f"chain {number} says number {seq} and has {count} links")
        if is_ahead:
            before = self._scan.head(number, self._task.size)
            if before is None:
                return
            seq, head = before[0], bytes(before[1])
        self._sums.add("chain", sums.head(name, seq, head))

    def _subjects(self) -> None:
        for number, uri, code in self._scan.rows(t.subject, self._task.start, self._task.stop):
            self._summed.count += 1
            if code != codes.of_uri(uri, self._task.host):
                self._odd(f"subject {number} has another code than its URI's")

    def _events(self) -> None:
        for row in self._scan.rows(
            t.event, self._task.start, min(self._task.stop, self._task.size)
        ):
            self._sums.add("event", event_values(row))
            self._summed.count += 1

    def _follows(self) -> None:
        stop = min(self._task.stop, self._task.size)
        for row in self._scan.rows(t.follows, self._task.start, stop):
            self._sums.add("follows", sums.values(tuple(row)))
            self._summed.count += 1

    def _lineage(self) -> None:
        task = self._task

        def add(rows: Iterable[tuple[object, ...]]) -> int:
            own = Sums(task.key)
            for row in rows:
                own.add("", sums.values(row))
            return own.found.get("", 0)

        for part, total in rederive.items(
            self._scan.reader, task.start, task.stop, task.known, add
        ):
            if total is None:
                self._odd(f"what is derived of the items {part[0]} to {part[1] - 1} is not so")
            else:
                self._summed.ranges[part] = total

    def _voided(self) -> None:
        self._summed.odd += rederive.void(self._scan.reader)

    def _codes(self) -> None:
        summed, named = self._summed, 0
        for code, subject, item, party, actor, leaf in self._scan.codes(
            self._task.start, self._task.stop
        ):
            summed.count += 1
            if party is None:
                summed.named.add(subject)
                named += 1
                if code != codes.of_uri(item, self._task.host):
                    self._odd(f"code {code} is not that of {item}")
            elif actor is None or leaf is None or code != codes.of_chain(item, actor):
                self._odd(f"code {code} is not that of a chain of {item}")
            else:
                summed.coded.add(subject)
                if leaf < self._task.size:
                    self._sums.add("code", self._sums.chain(item, actor))
        if named != len(summed.named):
            self._odd("an item has two codes of its own")

    def _coders(self) -> None:
        for item, actor, leaf in self._scan.coders(self._task.start, self._task.stop):
            if leaf < self._task.size:
                self._sums.add("coder", sums.values((item, actor, leaf)))
