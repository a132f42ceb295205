"""/api/v1/audits: audits of the whole ledger, asked for here and done by a worker."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from suyuan.trace.format.times import from_micros, micros
from suyuan.trace.store.append.transaction import utc_now
from suyuan.trace.store.beside.audit_runs import AuditBook, AuditRun
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Out, Routes
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


class AuditOut(Out):
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


@routes.post(
    "/audits",
    INSPECTOR,
    limit=OFTEN,
    output=AuditOut,
    status=201,
    answers={200: "One is under way: that one"},
)
def begun(user: SignedIn) -> tuple[AuditOut, int]:
    """Ask for an audit of the whole ledger, which a worker does; 200 where one is under way.

    One is under way at a time: who asks meanwhile is answered that one. It may be asked for though
    no link has come in since the last: it looks for changes of what is stored.
    """
    run, is_new = _book().ask(user.uri, micros(utc_now()))
    return _report(run), 201 if is_new else 200


@routes.get("/audits", INSPECTOR)
def listed() -> AuditsOut:
    """The newest audits, newest first."""
    return AuditsOut(audits=[_report(run) for run in _book().newest(MOST)])


@routes.get("/audits/<int:number>", INSPECTOR, answers={404: "No such audit"})
def one(number: int) -> AuditOut:
    """How far an audit is, and what it found."""
    run = _book().get(number) if number < 1 << 53 else None
    if run is None:
        raise ProblemError(404, "no audit %s", number)
    return _report(run)


def _report(run: AuditRun) -> AuditOut:
    now, result = micros(utc_now()), run.result
    code = None if run.ended is None else 3 if result is None else int(result["exit_code"])
    return AuditOut.of(
        run,
        state=run.state(now),
        asked=from_micros(run.made),
        began=None if run.began is None else from_micros(run.began),
        ended=None if run.ended is None else from_micros(run.ended),
        seconds=run.seconds(now),
        parts=run.progress.get("parts", []),
        found=run.progress.get("found", 0),
        is_closer=run.progress.get("is_closer", False),
        exit_code=code,
        meaning=None if code is None else _MEANING[code],
        result=None if result is None else {**result, "committed": _time(result["committed"])},
    )


def _time(committed: int | None) -> datetime | None:
    """A commit time; None where there is none, or it was changed to what is none."""
    try:
        return None if committed is None else from_micros(committed)
    except (OverflowError, TypeError):
        return None


def _book() -> AuditBook:
    return AuditBook(site().ledger.database.engine)
