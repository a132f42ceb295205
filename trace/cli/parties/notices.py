"""`suyuan notices`: who was told of holds and recalls, and what came of it."""

from typing import Any

from suyuan.trace.format.times import micros
from suyuan.trace.store.append.transaction import utc_now
from suyuan.trace.store.beside.jobs import Job, JobBook
from suyuan.trace.store.beside.preferences import EMAIL, KINDS, WEBHOOK
from suyuan.trace.watch.notify.delivery import again

from ..command import Run, command, option
from ..terminal import FINDINGS, members, moment, plain, say, show

_STALLED = 120 * 1_000_000  # microseconds due and not tried, after which nobody seems to deliver
_NAMES = {EMAIL: "e-mail", WEBHOOK: "webhooks"}


@command("notices", json=True, is_group=True)
def notices(
    run: Run,
    failed: bool = option(help="Only those given up; exit code 1 if there are any."),
) -> int:
    """Who was told of which hold or recall, where, and what came of it."""
    if run.context.invoked_subcommand is not None:
        return 0
    jobs = JobBook(run.ledger.database.engine).all()
    shown = [job for job in jobs if not failed or job.state == "failed"]
    notes = [note for kind in KINDS for note in _sums(kind, jobs)]
    run.answer([_json(job) for job in shown], map(_line, shown), *notes)
    return FINDINGS if failed and shown else 0


@command("retry", notices)
def notices_retry(run: Run) -> None:
    """Hand over once more what was given up, unless it has been taken back meanwhile."""
    done = again(run.ledger)
    show([f"{done.number} are handed over once more"])
    if done.over:
        say(f"{done.over} are left: the hold was released, or the recall withdrawn, meanwhile")


def _json(job: Job) -> dict[str, Any]:
    return {
        **members(job, "key", "kind", "party", "address"),
        "index": job.leaf,
        "what": job.content.get("what"),
        "act": job.content.get("act"),
        **members(job, "state", "tries"),
        "made": moment(job.made),
        "due": None if job.done is not None else moment(job.due),
        "done": moment(job.done),
        "error": job.error,
    }


def _line(job: Job) -> str:
    when = moment(job.made if job.done is None else job.done)
    more = f": {job.error}" if job.error else ""
    return (
        f"{when}  {job.state:<9}  {job.content.get('what')} {job.leaf}  {job.party}  "
        f"{job.address}  {job.tries} tries{more}"
    )


def _sums(kind: str, jobs: list[Job]) -> list[str]:
    """How many of a kind came to what; where they are due for minutes, why."""
    jobs = [job for job in jobs if job.kind == kind]
    if not jobs:
        return []
    states = ("delivered", "waiting", "failed")
    counts = [f"{sum(job.state == state for job in jobs)} {state}" for state in states]
    notes = [f"{_NAMES[kind]}: {', '.join(counts)}"]
    now = micros(utc_now())
    stalled = [job for job in jobs if job.done is None and now - job.due > _STALLED]
    if stalled:
        why = next((job.error for job in stalled if job.error), None)
        reason = plain(why) if why else "is `suyuan worker` or `suyuan serve` running?"
        notes.append(f"  {len(stalled)} are due for minutes: {reason}")
    return notes
