"""`suyuan witnessing`, `alarms`: have checkpoints cosigned, and what others hold against them."""

import os
import pwd
from collections.abc import Iterator, Sequence
from typing import Any

import click

from suyuan.trace.store.beside.witness_rows import Alarm, Standing, WitnessBook
from suyuan.trace.store.read.log_reader import StoredCheckpoint
from suyuan.trace.watch import alarms as alarming
from suyuan.trace.watch.quorum import policy_of
from suyuan.trace.watch.witnessing import Witnessing

from ..command import Run, argument, command, option
from ..options import MIRROR
from ..terminal import FINDINGS, UNDECIDED, members, moment, plain, say, show
from .policy import policy_json

witnessing = click.Group(
    "witnessing", help="Have this ledger's checkpoints cosigned by the witnesses of its policy."
)
alarms = click.Group("alarms", help="What witnesses, or a mirror, hold against this ledger.")


@command("ask", witnessing, json=True)
def ask(run: Run) -> int:
    """Ask the witnesses once about the newest checkpoint, as `suyuan worker` does each second.

    Exit code 3 where the quorum is not met, 1 where an alarm is raised.
    """
    asking = Witnessing(run.ledger)
    try:
        result = asking.round()
    finally:
        asking.close()
    standing = _book(run).standing()
    newest = result.kept
    value = {
        "size": result.size,
        "kept": _checkpoint_json(newest),
        "cosigned": list(result.cosigned),
        "why": result.why,
        "alarms": [_alarm_json(alarm) for alarm in result.raised],
    }
    if newest is None:
        run.answer(value, [str(result.why)])
    else:
        line = f"size {newest.size}, witnessed {moment(newest.committed)}"
        run.answer(value, [line], f"cosigned by {', '.join(result.cosigned)}")
    _say_alarms(result.raised)
    if result.raised:
        return FINDINGS
    before = standing.kept
    is_done = newest is not None or (before is not None and before.size >= result.size)
    return 0 if is_done or policy_of(standing.trust) is None else UNDECIDED


@command("status", witnessing, json=True)
def status(run: Run) -> None:
    """What is witnessed, what is only logged, and what each witness answered last."""
    book = _book(run)
    standing, raised = book.standing(), book.alarms(unresolved=True)
    value = _status_json(standing)
    listed = [_alarm_json(alarm) for alarm in raised]
    run.answer(value | {"alarms": listed}, _status_lines(value))
    if not run.as_json:
        if value["policy"] is None:
            say("the trust file asks for no witness: see `suyuan policy set`")
        _say_alarms(raised)


@command("check", witnessing, json=True)
def check(run: Run, mirror: str | None = MIRROR) -> int:
    """Ask the witnesses, and a mirror, whether links were lost here, as `serve` does at its start.

    Exit code 1 where something is in doubt, 3 where nobody answers.
    """
    result = alarming.check(run.ledger, mirror=mirror)
    value = {
        "size": result.size,
        "said": {
            name: members(head, "size", "note", "refusal") for name, head in result.said.items()
        },
        "silent": dict(result.silent),
        "doubts": [members(one, "kind", "stops", "reason") for one in result.doubts],
        "alarms": [_alarm_json(alarm) for alarm in result.raised],
    }
    lines = [f"{'STOPS' if one.stops else 'ALARM'}  {one.reason}" for one in result.doubts]
    if not result.doubts and result.said:
        lines.append(f"{', '.join(result.said)}: nothing more than the {result.size} here")
    silent = [plain(f"{name} says nothing: {why}") for name, why in result.silent.items()]
    run.answer(value, lines, *silent)
    if result.doubts:
        return FINDINGS
    if not result.said:
        say("nobody was asked" if not result.silent else "nobody answers: nothing was shown")
        return UNDECIDED
    return 0


@command("list", alarms, json=True)
def list_alarms(
    run: Run,
    with_resolved: bool = option("--all", help="Those that were resolved too."),
) -> int:
    """The alarms that nobody has resolved yet; exit code 1 where there are any."""
    raised = _book(run).alarms()
    shown = [alarm for alarm in raised if with_resolved or alarm.resolved is None]
    run.answer(
        [_alarm_json(alarm) for alarm in shown],
        (line for alarm in shown for line in _alarm_lines(alarm)),
    )
    return FINDINGS if any(alarm.resolved is None for alarm in raised) else 0


@command("resolve", alarms)
def resolve_alarm(
    run: Run,
    number: int = argument(metavar="ID", type=click.IntRange(1)),
    reason: str = option(help="Why the alarm was false; kept with your name."),
) -> None:
    """End an alarm that was false: signing goes on, and who said so is kept.

    The witnesses are asked again first. While they still know more than this ledger has, or hold
    another history under its signature, it is refused: such a ledger needs a new origin.
    """
    done = alarming.resolve(run.ledger, number, reason, _person())
    show([f"alarm {done.id} is resolved"])


def _book(run: Run) -> WitnessBook:
    return WitnessBook(run.ledger.database.engine)


def _say_alarms(raised: Sequence[Alarm]) -> None:
    for alarm in raised:
        say(plain(f"ALARM {alarm.id}: {alarm.reason}"))


def _alarm_json(alarm: Alarm) -> dict[str, Any]:
    return alarm.to_dict() | {"raised": moment(alarm.raised), "resolved": moment(alarm.resolved)}


def _alarm_lines(alarm: Alarm) -> Iterator[str]:
    state = "STOPS SIGNING" if alarm.stops else "alarm"
    state = state if alarm.resolved is None else "resolved"
    yield f"{alarm.id:>4}  {moment(alarm.raised)}  {state}  {alarm.kind}: {alarm.reason}"
    if alarm.resolution is not None:
        by, why = alarm.resolution.get("by"), alarm.resolution.get("reason")
        yield f"      {moment(alarm.resolved)} by {by}: {why}"


def _checkpoint_json(checkpoint: StoredCheckpoint | None) -> dict[str, Any] | None:
    if checkpoint is None:
        return None
    return {"size": checkpoint.size, "at": moment(checkpoint.committed)}


def _person() -> str:
    """Who runs this command, by the system's word."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def _status_json(standing: Standing) -> dict[str, Any]:
    value = policy_json(standing.trust)
    newest = standing.kept
    for witness in value["witnesses"]:
        row = standing.witnesses.get(witness["name"])
        witness |= {
            "size": None if row is None else row.size,
            "asked": None if row is None else moment(row.asked),
            "answered": None if row is None else moment(row.answered),
            "error": None if row is None else row.error,
        }
    return value | {
        "size": standing.size,
        "kept": _checkpoint_json(newest),
        "logged": standing.size - (0 if newest is None else min(newest.size, standing.size)),
        "stopped": standing.stopped,
    }


def _status_lines(value: dict[str, Any]) -> Iterator[str]:
    newest = value["kept"]
    yield f"signed     size {value['size']}"
    size = "nothing yet" if newest is None else f"size {newest['size']}, {newest['at']}"
    yield f"witnessed  {size}"
    yield f"waiting    {value['logged']} links are logged and not yet witnessed"
    for witness in value["witnesses"]:
        size = "never answered" if witness["size"] is None else f"size {witness['size']}"
        when = witness["answered"] or witness["asked"] or "not asked"
        yield f"{witness['name']}: {size}, {when}"
        if witness["error"]:
            yield f"    {witness['error']}"
