"""The table of jobs: what is to be sent, to whom, and what came of it.

The table is the whole queue. A job is claimed by moving its `due` ahead in the statement that
takes it: the process that gets the row works on it, and should that process die, the job is due
again when the claim ends.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, FromClause, Row, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from . import schema_beside as t
from . import sealed_rows
from .engine import writing
from .errors import StoreError
from .read import Reader, reading
from .seals import Ring
from .source import chunks

MAX_ERROR = 500


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to be sent to one address; instants in microseconds UTC.

    `leaf` is the link that it tells of, `content` what is sent, `done` when the other side took
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


class JobBook:
    """The jobs of one ledger; any number of processes may take them and write them at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._failing: set[str] = set()  # keys of rows that are not believed, by these secrets
        self._ring = Ring(())

    def put(self, jobs: Sequence[Job]) -> int:
        """Write jobs; how many were not there before: one with the same key stays as it is."""
        made = 0
        for part in chunks(
            sorted(jobs, key=lambda job: job.key)
        ):  # short transactions: nothing is kept from appending
            with self._writing() as connection:
                made += len(sealed_rows.add_new(connection, t.job, [_values(job) for job in part]))
        return made

    def is_due(self, kind: str, now: int) -> bool:
        """Whether there is anything of a kind to be claimed; a read, which disturbs nobody."""
        query = select(t.job.c.key).where(*self._due(kind, now)).limit(1)
        with reading(self._engine) as reader:
            return reader.connection.execute(query).first() is not None

    def claim(self, kind: str, now: int, until: int, most: int) -> list[Job]:
        """Take up to `most` due jobs of a kind, fresh ones first; nobody else does until `until`.

        Of what waits for one party at one address only the oldest is taken: nobody is told of an
        end before the beginning. A try counts from here, whatever becomes of it. What somebody else
        has put there is passed over from the next time on.
        """
        columns, first = t.job.c, t.job.alias("first")
        oldest = (
            select(first.c.party, first.c.address, func.min(first.c.leaf).label("leaf"))
            .where(first.c.done.is_(None), first.c.kind == kind, self._is_not_failing(first))
            .group_by(first.c.party, first.c.address)
            .subquery("oldest")
        )
        picked = (
            select(columns.key)
            .join(
                oldest,
                (oldest.c.party == columns.party)
                & (oldest.c.address == columns.address)
                & (oldest.c.leaf == columns.leaf),
            )
            .where(*self._due(kind, now))
            .order_by(columns.tries, columns.due, columns.key)
            .limit(most)
            .with_for_update(skip_locked=True, of=t.job)
        )
        with self._writing() as connection:
            keys = connection.execute(picked).scalars().all()
            which = (columns.key.in_(keys),)
            found = sealed_rows.change(
                connection, t.job, which, lambda row: {"due": until, "tries": row.tries + 1}
            )
        self._failing |= set(keys) - {row.key for row in found}
        return sorted(map(_job, found), key=lambda job: (job.tries, job.made, job.key))

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
        old = (*self._due(kind, now), t.job.c.made < made_before)
        return self._change(old, lambda row: {"done": now, "error": row.error or text})

    def say(self, kind: str, now: int, why: str) -> int:
        """Write beside all that is due why nothing is done about it; how many were changed."""
        text = why[:MAX_ERROR]
        other = t.job.c.error.is_(None) | (t.job.c.error != text)
        return self._change((*self._due(kind, now), other), lambda row: {"error": text})

    def _change(
        self,
        which: Sequence[ColumnElement[bool]],
        values: Callable[[Row[Any]], Mapping[str, Any]],
    ) -> int:
        """Change rows, if there are any: to look first disturbs nobody."""
        with reading(self._engine) as reader:
            if (
                reader.connection.execute(select(t.job.c.key).where(*which).limit(1)).first()
                is None
            ):
                return 0
        with self._writing() as connection:
            return len(sealed_rows.change(connection, t.job, which, values))

    def again(self, keys: Sequence[str], now: int) -> int:
        """Hand over once more those of these jobs that were given up; how many."""
        columns = t.job.c
        new = {"made": now, "due": now, "tries": 0, "done": None, "error": None}
        found = 0
        for part in chunks(sorted(keys)):
            which = (columns.key.in_(part), columns.done.is_not(None), columns.error.is_not(None))
            with self._writing() as connection:
                found += len(sealed_rows.change(connection, t.job, which, lambda row: new))
        return found

    def all(self) -> list[Job]:
        """All jobs in the order in which they were made."""
        return self._all(select(t.job))

    def failed(self) -> list[Job]:
        """Those that were given up."""
        query = select(t.job).where(t.job.c.done.is_not(None), t.job.c.error.is_not(None))
        return self._all(query)

    def _all(self, query: Select[Any]) -> list[Job]:
        query = query.order_by(t.job.c.made, t.job.c.key)
        with reading(self._engine) as reader:
            return [_job(row) for row in sealed_rows.believed(reader.connection, t.job, query)]

    def _settle(self, job: Job, values: Mapping[str, Any]) -> bool:
        """Change a job as long as the claim on it, which its `due` is, is still this one."""
        columns = t.job.c
        which = (columns.key == job.key, columns.due == job.due, columns.done.is_(None))
        with self._writing() as connection:
            return bool(sealed_rows.change(connection, t.job, which, lambda row: values))

    def _due(self, kind: str, now: int) -> tuple[ColumnElement[bool], ...]:
        c = t.job.c
        return c.done.is_(None), c.due <= now, c.kind == kind, self._is_not_failing(t.job)

    def _is_not_failing(self, table: FromClause) -> ColumnElement[bool]:
        """That a row is none of those that were seen to be somebody else's."""
        ring = sealed_rows.seals_of(self._engine).ring
        if ring is not self._ring:
            self._failing, self._ring = set(), ring
        return table.c.key.not_in(sorted(self._failing))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with writing(self._engine) as connection:
                yield connection
        except SQLAlchemyError as error:
            said = str(error).splitlines()[0][:300]
            raise StoreError(f"jobs cannot be written: {said}") from error


def told(reader: Reader, leaves: Sequence[int]) -> list[tuple[str, str, str]]:
    """Party, kind and address of all that have a job about one of these links."""
    found: set[tuple[str, str, str]] = set()
    for part in chunks(leaves):
        query = select(t.job).where(t.job.c.leaf.in_(part))
        rows = sealed_rows.believed(reader.connection, t.job, query)
        found |= {(row.party, row.kind, row.address) for row in rows}
    return sorted(found)


def _values(job: Job) -> dict[str, Any]:
    return {
        "key": job.key,
        "kind": job.kind,
        "party": job.party,
        "address": job.address,
        "leaf": job.leaf,
        "content": json.dumps(job.content, ensure_ascii=False),
        "made": job.made,
        "due": job.due,
        "tries": job.tries,
        "done": job.done,
        "error": job.error,
    }


def _job(row: Any) -> Job:
    return Job(
        row.key,
        row.kind,
        row.party,
        row.address,
        row.leaf,
        _content(row.content),
        row.made,
        row.due,
        row.tries,
        row.done,
        row.error,
    )


def _content(text: object) -> Mapping[str, Any]:
    """What is sent; nothing where a changed database holds no JSON object."""
    try:
        found = json.loads(str(text))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
