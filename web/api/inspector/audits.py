"""/api/v1/audits: audits of the whole ledger, asked for here and done by a worker."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from suyuan.trace.format.times import from_micros, micros
from suyuan.trace.store.append.transaction import utc_now
from suyuan.trace.store.beside.audit_runs import AuditBook, AuditRun
from suyuan.web.app.access import session
from suyuan.web.app.limits import Limit
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site

routes = Routes("audits", tag="Audits")
MOST = 50  # audits that are listed
OFTEN = Limit("auditing", "12/minute")
_MEANING = {
    0: "nothing is wrong",
    1: "evidence of tampering, or a finding that an audit must report",
    3: "it could not be decided",
}


class AuditPartOut(BaseModel):
    """A part of an audit, and how far it is."""

    name: Literal["links", "signatures", "chains", "log", "projections", "findings"]
    state: Literal["waiting", "running", "done"]
    done: int | None = Field(None, description="Links that were looked at; of the first three")
    total: int | None = None


class AuditFindingOut(BaseModel):
    """One thing that is wrong, or that was accepted and has to be reported."""

    rule: str = Field(description="The rule that is broken, or entry, missing, log, checkpoint, …")
    reason: str
    item: str | None
    actor: str | None
    seq: int | None = Field(description="The link's number in its chain")
    index: int | None = Field(description="The link's index in the log")


class ReportedOut(BaseModel):
    """How much the ledger has to report, of each severity: GET /api/v1/findings lists it."""

    grave: int
    serious: int
    minor: int


class AuditResultOut(BaseModel):
    """What an audit found, as of so many links; of findings and notices the first 200."""

    good: bool
    size: int
    root: str
    checkpoints: int
    checkpoint_size: int | None
    committed: datetime | None = Field(description="When that checkpoint was, by this server")
    findings: list[AuditFindingOut]
    findings_total: int
    notices: list[AuditFindingOut]
    notices_total: int
    undecided: list[str] = Field(default=[], description="What could not be looked at, and why")
    reported: ReportedOut | None


class AuditOut(BaseModel):
    """One audit."""

    id: int
    state: Literal["waiting", "running", "done", "failed"] = Field(
        description="waiting: no worker has taken it yet, or the one that had it has died"
    )
    asked_by: str
    asked: datetime
    began: datetime | None
    ended: datetime | None
    seconds: int | None = Field(description="Since it began, or until it ended")
    tries: int
    parts: list[AuditPartOut]
    found: int = Field(description="How many things are known to be wrong so far")
    is_closer: bool = Field(description="Something was odd: all is looked at more closely")
    exit_code: Literal[0, 1, 3] | None = Field(description="As of `suyuan audit`")
    meaning: str | None = Field(description="What the exit code means")
    error: str | None = Field(description="Why it could not be decided")
    result: AuditResultOut | None


class AuditsOut(BaseModel):
    """The newest audits, newest first."""

    audits: list[AuditOut]


Number = Annotated[int, Field(ge=1, le=(1 << 53) - 1)]


@routes.post(
    "/audits",
    INSPECTOR,
    limit=OFTEN,
    output=AuditOut,
    status=201,
    answers={200: "One is under way: that one"},
)
def begun() -> tuple[dict[str, Any], int]:
    """Ask for an audit of the whole ledger, which a worker does; 200 where one is under way.

    One is under way at a time: who asks meanwhile is answered that one. That no link has come in
    since the last audit is no reason against another: what was changed is what one looks for.
    """
    run, is_new = begin()
    return audit_report(run), 201 if is_new else 200


@routes.get("/audits", INSPECTOR, output=AuditsOut)
def listed() -> dict[str, Any]:
    """The newest audits, newest first."""
    return {"audits": [audit_report(run) for run in newest(MOST)]}


@routes.get("/audits/<int:number>", INSPECTOR, output=AuditOut, answers={404: "No such audit"})
def one(number: int) -> dict[str, Any]:
    """How far an audit is, and what it found."""
    run = get(number)
    if run is None:
        raise ProblemError(404, "no audit %s", number)
    return audit_report(run)


def begin() -> tuple[AuditRun, bool]:
    """Ask for an audit as who is signed in; the one under way, and whether it is new."""
    who = session.signed_in()
    return _book().ask(who.uri, micros(utc_now()))


def newest(most: int) -> list[AuditRun]:
    """The newest audits, newest first."""
    return _book().newest(most)


def get(number: int) -> AuditRun | None:
    """An audit by its number."""
    return _book().get(number) if number < 1 << 53 else None


def audit_report(run: AuditRun) -> dict[str, Any]:
    """An audit as the API gives it."""
    now = micros(utc_now())
    found = run.result
    code = None if run.ended is None else 3 if found is None else int(found["exit_code"])
    return {
        "id": run.id,
        "state": run.state(now),
        "asked_by": run.asked_by,
        "asked": from_micros(run.made),
        "began": None if run.began is None else from_micros(run.began),
        "ended": None if run.ended is None else from_micros(run.ended),
        "seconds": run.seconds(now),
        "tries": run.tries,
        "parts": run.progress.get("parts", []),
        "found": run.progress.get("found", 0),
        "is_closer": run.progress.get("is_closer", False),
        "exit_code": code,
        "meaning": None if code is None else _MEANING[code],
        "error": run.error,
        "result": None if found is None else {**found, "committed": _time(found["committed"])},
    }


def _time(committed: int | None) -> datetime | None:
    """A commit time; None where there is none, or it was changed to what is none."""
    try:
        return None if committed is None else from_micros(committed)
    except (OverflowError, TypeError):
        return None


def _book() -> AuditBook:
    return AuditBook(site().ledger.database.engine)
