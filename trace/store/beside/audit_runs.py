"""Audits that were asked for on the web: who asked, how far they are, what came of it.

An audit is claimed as a job is: by moving its `due` ahead in the statement that takes it. Who works
on it moves it on as long as it lives; should it die, the audit is due again when the claim ends.
"""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from ..errors import Conflict, StoreError
from . import sealed_rows
from .repository import Repository, json_text, value_of
from .schema_beside import audit_run

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
        """`waiting` for a worker, `running`, `done`, or `failed`: without a result."""
        if self.ended is not None:
            return "failed" if self.result is None else "done"
        return "running" if self.claim is not None and self.due > now else "waiting"

    def seconds(self, now: int) -> int | None:
        """Since it began, or until it ended; None before it began."""
        until = now if self.ended is None else self.ended
        return None if self.began is None else max(0, until - self.began) // 1_000_000


_c = audit_run.c
_UNDER_WAY = (_c.under_way == 1,)


class AuditBook(Repository[AuditRun]):
    """The audits of one ledger; any number of processes may ask for them and take them."""

    table, noun = audit_run, "audits"
    value = staticmethod(value_of(AuditRun, progress={}, result=None))

    def ask(self, party: str, now: int) -> tuple[AuditRun, bool]:
        """The audit that is under way, else a new one; whether it is new."""
        for _ in range(_TRIES):
            run = self._one(*_UNDER_WAY)
            if run is not None:
                return run, False
            with suppress(Conflict):  # else another was quicker
                return self._begin(party, now), True
        raise StoreError("an audit can be neither begun nor found")

    def _begin(self, party: str, now: int) -> AuditRun:
        values = {"asked_by": party, "made": now, "due": now, "tries": 0, "under_way": 1}
        with self.writing() as connection:
            sealed_rows.set_aside(connection, audit_run, _UNDER_WAY, {"under_way": None})
            last = connection.execute(select(func.max(_c.id))).scalar_one()
            row = sealed_rows.add(connection, audit_run, values | {"id": (last or 0) + 1})
        return self.value(row)

    def get(self, number: int) -> AuditRun | None:
        """An audit by its number."""
        return self._one(_c.id == number)

    def newest(self, most: int) -> list[AuditRun]:
        """The newest audits, newest first."""
        return self.all(select(audit_run).order_by(_c.id.desc()).limit(most))

    def claim(self, now: int, until: int) -> AuditRun | None:
        """Take the audit that is due, if there is one, until `until`; a try counts from here."""
        waits = (*_UNDER_WAY, _c.due <= now)
        if self._one(*waits) is None:  # a read, which disturbs nobody
            return None
        taken = {"due": until, "claim": secrets.token_hex(16), "began": now, "progress": None}
        runs = self.change(waits, lambda row: {**taken, "tries": row.tries + 1})
        return next(iter(runs), None)

    def hold(self, run: AuditRun, until: int, progress: Mapping[str, Any] | None = None) -> bool:
        """Move a claim on, with how far it is; False where it is not this one's any more."""
        more = {} if progress is None else {"progress": json_text(progress)}
        return self._settle(run, {"due": until, **more})

    def finish(self, run: AuditRun, now: int, result: Mapping[str, Any]) -> bool:
        """Write what an audit found; False where the claim is not this one's any more."""
        return self._settle(run, {"ended": now, "under_way": None, "result": json_text(result)})

    def fail(self, run: AuditRun, now: int, why: str) -> bool:
        """Write that an audit could not be done, and why."""
        values = {"ended": now, "under_way": None, "error": why[:_MAX_ERROR]}
        return self._settle(run, values)

    def release(self, run: AuditRun, now: int) -> bool:
        """Let go of an audit, so that whoever looks next takes it; the try has counted."""
        return self._settle(run, {"due": now, "claim": None})

    def _settle(self, run: AuditRun, values: Mapping[str, Any]) -> bool:
        which = (_c.id == run.id, _c.claim == run.claim, _c.ended.is_(None))
        return bool(self.change(which, values))

    def _one(self, *which: ColumnElement[bool]) -> AuditRun | None:
        return next(iter(self.all(select(audit_run).where(*which))), None)
