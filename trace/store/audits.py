"""The table of audits that were asked for on the web: who asked, how far they are, what came of it.

An audit is claimed as a job is: by moving its `due` ahead in the statement that takes it. Who works
on it moves it on as long as it lives; should it die, the audit is due again when the claim ends.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from . import schema_beside as t
from . import sealed_rows
from .engine import writing
from .errors import StoreError
from .read import reading

_MAX_ERROR = 500
_TRIES = 20


@dataclass(frozen=True, slots=True)
class AuditRun:
    """One audit; instants in microseconds UTC.

    `result` is what it found, as JSON's values; `error` why it could not be done. Both are None
    until it has `ended`, and one of them always is.
    """

    id: int
    asked_by: str
    made: int
    due: int
    tries: int
    claim: str | None
    began: int | None
    ended: int | None
    progress: Mapping[str, Any]
    result: Mapping[str, Any] | None
    error: str | None

    def state(self, now: int) -> str:
        """`waiting` for a worker, `running`, `done`, or `failed`: nobody could tell."""
        if self.ended is not None:
            return "failed" if self.result is None else "done"
        return "running" if self.claim is not None and self.due > now else "waiting"


class AuditBook:
    """The audits of one ledger; any number of processes may ask for them and take them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, party: str, now: int) -> tuple[AuditRun, bool]:
        """The audit that is under way, else a new one; whether it is new."""
        for _ in range(_TRIES):
            found = self._one(t.audit_run.c.under_way == 1)
            if found is not None:
                return found, False
            values = {"asked_by": party, "made": now, "due": now, "tries": 0, "under_way": 1}
            try:
                with self._writing() as connection:
                    which = (t.audit_run.c.under_way == 1,)
                    sealed_rows.set_aside(connection, t.audit_run, which, {"under_way": None})
                    last = connection.execute(select(func.max(t.audit_run.c.id))).scalar_one()
                    values["id"] = (last or 0) + 1
                    return _run(sealed_rows.add(connection, t.audit_run, values)), True
            except IntegrityError:
                continue  # another was quicker
        raise StoreError("an audit can be neither begun nor found")

    def get(self, number: int) -> AuditRun | None:
        """An audit by its number."""
        return self._one(t.audit_run.c.id == number)

    def newest(self, most: int) -> list[AuditRun]:
        """The newest audits, newest first."""
        query = select(t.audit_run).order_by(t.audit_run.c.id.desc()).limit(most)
        with reading(self._engine) as reader:
            rows = sealed_rows.believed(reader.connection, t.audit_run, query)
            return [_run(row) for row in rows]

    def claim(self, now: int, until: int) -> AuditRun | None:
        """Take the audit that is due, if there is one: nobody else does until `until`.

        A try counts from here, whatever becomes of it.
        """
        columns = t.audit_run.c
        waits = (columns.under_way == 1, columns.due <= now)
        if self._one(*waits) is None:  # a read, which disturbs nobody
            return None
        with self._writing() as connection:
            found = sealed_rows.change(
                connection,
                t.audit_run,
                waits,
                lambda row: {
                    "due": until,
                    "tries": row.tries + 1,
                    "claim": secrets.token_hex(16),
                    "began": now,
                    "progress": None,
                },
            )
        return next(map(_run, found), None)

    def hold(self, run: AuditRun, until: int, progress: Mapping[str, Any] | None = None) -> bool:
        """Move a claim on, with how far it is; False where it is not this one's any more."""
        values: dict[str, Any] = {"due": until}
        if progress is not None:
            values["progress"] = json.dumps(progress, ensure_ascii=False)
        return self._settle(run, values)

    def finish(self, run: AuditRun, now: int, result: Mapping[str, Any]) -> bool:
        """Write what an audit found; False where the claim is not this one's any more."""
        text = json.dumps(result, ensure_ascii=False)
        return self._settle(run, {"ended": now, "under_way": None, "result": text})

    def fail(self, run: AuditRun, now: int, why: str) -> bool:
        """Write that an audit could not be done, and why."""
        values = {"ended": now, "under_way": None, "error": why[:_MAX_ERROR]}
        return self._settle(run, values)

    def release(self, run: AuditRun, now: int) -> bool:
        """Let go of an audit, so that whoever looks next takes it; the try has counted."""
        return self._settle(run, {"due": now, "claim": None})

    def _settle(self, run: AuditRun, values: Mapping[str, Any]) -> bool:
        columns = t.audit_run.c
        which = (columns.id == run.id, columns.claim == run.claim, columns.ended.is_(None))
        with self._writing() as connection:
            return bool(sealed_rows.change(connection, t.audit_run, which, lambda row: values))

    def _one(self, *which: Any) -> AuditRun | None:
        with reading(self._engine) as reader:
            query = select(t.audit_run).where(*which)
            found = sealed_rows.believed(reader.connection, t.audit_run, query)
        return next(map(_run, found), None)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with writing(self._engine) as connection:
                yield connection
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            said = str(error).splitlines()[0][:300]
            raise StoreError(f"audits cannot be written: {said}") from error


def _run(row: Any) -> AuditRun:
    return AuditRun(
        row.id,
        row.asked_by,
        row.made,
        row.due,
        row.tries,
        row.claim,
        row.began,
        row.ended,
        _object(row.progress) or {},
        _object(row.result),
        row.error,
    )


def _object(text: object) -> Mapping[str, Any] | None:
    """A JSON object; None where there is none, as in a changed database."""
    try:
        found = json.loads(str(text))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
