"""Jobs: what is to be sent, to whom, and what came of it.

The table is the whole queue. A job is claimed by moving its `due` ahead in the statement that
takes it: the process that gets the row works on it, and should that process die, the job is due
again when the claim ends.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, FromClause, Row, func, select

from ..read.reader import Reader
from ..selecting import chunks
from . import sealed_rows
from .preferences import NOTICED
from .repository import Repository, value_of
from .schema_beside import job
from .sealed_rows import Which
from .seals import Ring

MAX_ERROR = 500


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to be sent to one address; instants in microseconds UTC.

    `leaf` is the link that it is about, `content` what is sent, `done` when the other side took
    it, or when it was given up: then `error` says why.
    """

    key: str
    kind: str
    party: str
    address: str
    leaf: int
    content: Mapping[str, Any]
    made: int
    due: int
    tries: int = 0
    done: int | None = None
    error: str | None = None

    @property
    def state(self) -> str:
        """`waiting`, `delivered` or `failed`."""
        if self.done is None:
            return "waiting"
        return "delivered" if self.error is None else "failed"


_c = job.c
_GIVEN_UP = (_c.done.is_not(None), _c.error.is_not(None))


class JobBook(Repository[Job]):
    """The jobs of one ledger; any number of processes may take them and write them at once."""

    table, noun, value = job, "jobs", staticmethod(value_of(Job, content={}))
    order = (_c.made, _c.key)

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._failing: set[str] = set()  # keys of rows that are not believed, by these secrets
        self._ring = Ring(())

    def put(self, jobs: Sequence[Job]) -> int:
        """Write jobs; how many were not there before: one with the same key stays as it is."""
        parts = chunks(sorted(jobs, key=lambda job: job.key))
        # Short transactions: nothing is kept from appending.
        return sum(len(self.add_new(part)) for part in parts)

    def is_due(self, kind: str, now: int) -> bool:
        """Whether there is anything of a kind to be claimed; a read, which disturbs nobody."""
        return self.has(*self._due(kind, now))

    def claim(self, kind: str, now: int, until: int, most: int) -> list[Job]:
        """Take up to `most` due jobs of a kind, fresh ones first; nobody else does until `until`.

        Of what waits for one party at one address only the oldest is taken: nobody hears of an
        end before the beginning. A try counts from here, whatever becomes of it. What somebody else
        has put there is passed over from the next time on.
        """
        first = job.alias("first")
        oldest = (
            select(first.c.party, first.c.address, func.min(first.c.leaf).label("leaf"))
            .where(first.c.done.is_(None), first.c.kind == kind, self._is_not_failing(first))
            .group_by(first.c.party, first.c.address)
            .subquery("oldest")
        )
        picked = (
            select(_c.key)
            .join(
                oldest,
                (oldest.c.party == _c.party)
                & (oldest.c.address == _c.address)
                & (oldest.c.leaf == _c.leaf),
            )
            .where(*self._due(kind, now))
            .order_by(_c.tries, _c.due, _c.key)
            .limit(most)
            .with_for_update(skip_locked=True, of=job)
        )
        with self.writing() as connection:
            keys = connection.execute(picked).scalars().all()
            which = (_c.key.in_(keys),)
            claimed = sealed_rows.change(
                connection, job, which, lambda row: {"due": until, "tries": row.tries + 1}
            )
        self._failing |= set(keys) - {row.key for row in claimed}
        return sorted(map(self.value, claimed), key=lambda job: (job.tries, job.made, job.key))

    def delivered(self, job: Job, now: int) -> bool:
        """Write that the other side took it; False where the claim ended meanwhile."""
        return self._settle(job, {"done": now, "error": None})

    def give_up(self, job: Job, now: int, why: str) -> bool:
        """Write that it will not be tried again, and why."""
        return self._settle(job, {"done": now, "error": why[:MAX_ERROR]})

    def postpone(self, job: Job, due: int, why: str) -> bool:
        """Write that it failed, and when it is due again."""
        return self._settle(job, {"due": due, "error": why[:MAX_ERROR]})

    def release(self, job: Job, now: int) -> bool:
        """Let go of a job that was not tried."""
        return self._settle(job, {"due": now, "tries": max(job.tries - 1, 0)})

    def expire(self, kind: str, made_before: int, now: int, why: str) -> int:
        """Give up what waits since before an instant; how many. What is claimed is left alone."""
        text = why[:MAX_ERROR]
        old = (*self._due(kind, now), _c.made < made_before)
        return self._change(old, lambda row: {"done": now, "error": row.error or text})

    def say(self, kind: str, now: int, why: str) -> int:
        """Write beside all that is due why nothing is done about it; how many were changed."""
        text = why[:MAX_ERROR]
        other = _c.error.is_(None) | (_c.error != text)
        return self._change((*self._due(kind, now), other), lambda row: {"error": text})

    def _change(self, which: Which, values: Callable[[Row[Any]], Mapping[str, Any]]) -> int:
        """Change rows, if there are any: to look first disturbs nobody."""
        has = self.has(*which)
        return len(self.change(which, values)) if has else 0

    def again(self, keys: Sequence[str], now: int) -> int:
        """Hand over once more those of these jobs that were given up; how many."""
        new = {"made": now, "due": now, "tries": 0, "done": None, "error": None}
        return sum(
            len(self.change((_c.key.in_(part), *_GIVEN_UP), new)) for part in chunks(sorted(keys))
        )

    def failed(self) -> list[Job]:
        """The jobs that were given up."""
        return self.all(select(job).where(*_GIVEN_UP).order_by(*self.order))

    def _settle(self, claimed: Job, values: Mapping[str, Any]) -> bool:
        """Change a job as long as the claim on it, which its `due` is, is still this one."""
        which = (_c.key == claimed.key, _c.due == claimed.due, _c.done.is_(None))
        return bool(self.change(which, values))

    def _due(self, kind: str, now: int) -> tuple[ColumnElement[bool], ...]:
        return _c.done.is_(None), _c.due <= now, _c.kind == kind, self._is_not_failing(job)

    def _is_not_failing(self, table: FromClause) -> ColumnElement[bool]:
        """The condition that a row is none of those seen to be somebody else's."""
        ring = sealed_rows.seals_of(self._engine).ring
        if ring is not self._ring:
            self._failing, self._ring = set(), ring
        return table.c.key.not_in(sorted(self._failing))


def recipients(reader: Reader, leaves: Sequence[int]) -> list[tuple[str, str, str]]:
    """Party, kind and address of all that have a job about one of these links."""
    return sorted({(row.party, row.kind, row.address) for row in _about(reader, leaves)})


def notified(reader: Reader, leaves: Sequence[int]) -> dict[str, int | None]:
    """Who was sent a notice of these links; when the first was taken, None where none yet."""
    times: dict[str, int | None] = {}
    for row in _about(reader, leaves):
        taken = (times.get(row.party), row.done if row.error is None else None)
        times[row.party] = min((at for at in taken if at is not None), default=None)
    return times


def _about(reader: Reader, leaves: Sequence[int]) -> list[Job]:
    of_notices = select(job).where(_c.kind.in_(NOTICED))
    queries = (of_notices.where(_c.leaf.in_(part)) for part in chunks(leaves))
    return [row for query in queries for row in JobBook.of(reader, query)]


def waiting(reader: Reader) -> dict[str, int]:
    """How many jobs of each kind are not done; at a cost that follows what waits."""
    query = select(_c.kind, func.count()).where(_c.done.is_(None)).group_by(_c.kind)
    return {kind: int(count) for kind, count in reader.connection.execute(query)}
