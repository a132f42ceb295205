"""`suyuan policy`, `witnessing`, `alarms`, `auditors`: witnesses, alarms, readers of entries."""

import os
import pwd
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.json_values import pick
from suyuan.trace.format.messages import msg, row
from suyuan.trace.ledger.home import database_url, is_demo, require_private
from suyuan.trace.ledger.ledger import TRUST_FILE, read_trust
from suyuan.trace.store.beside.witness_rows import Alarm, Standing, WitnessBook
from suyuan.trace.store.database import Database
from suyuan.trace.store.files.auditors import Auditors
from suyuan.trace.store.read.log_reader import StoredCheckpoint
from suyuan.trace.watch import alarms as alarming
from suyuan.trace.watch.quorum import counting, policy_of, set_policy, warnings
from suyuan.trace.watch.witnessing import Witnessing

from ..command import MIRROR, Run, argument, command, option
from ..command_help import Group
from ..files import text_of
from ..terminal import FINDINGS, UNDECIDED, Text, local_time, moment, say, show, show_json

witnessing = Group(
    "witnessing", help="Have this ledger's checkpoints cosigned by the witnesses of its policy."
)
alarms = Group("alarms", help="What witnesses, or a mirror, hold against this ledger.")


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
        line = msg("size %s, witnessed %s", newest.size, local_time(newest.committed))
        run.answer(value, [line], msg("cosigned by %s", result.cosigned))
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
    run.answer(value | {"alarms": listed}, _status_lines(standing, value))
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
        "said": {name: pick(head, "size", "note", "refusal") for name, head in result.said.items()},
        "silent": dict(result.silent),
        "doubts": [pick(finding, "kind", "stops", "reason") for finding in result.doubts],
        "alarms": [_alarm_json(alarm) for alarm in result.raised],
    }
    lines: list[Text] = [
        row(msg("STOPS SIGNING") if finding.stops else msg("ALARM"), finding.reason)
        for finding in result.doubts
    ]
    if not result.doubts and result.said:
        lines.append(msg("%s: nothing more than the %s here", list(result.said), result.size))
    silent = [msg("%s says nothing: %s", name, why) for name, why in result.silent.items()]
    run.answer(value, lines, *silent)
    if result.doubts:
        return FINDINGS
    if not result.said:
        asked = msg("nobody answers: nothing was shown")
        say(asked if result.silent else msg("nobody was asked"))
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
    show([msg("alarm %s is resolved", done.id)])


def _book(run: Run) -> WitnessBook:
    return WitnessBook(run.ledger.database.engine)


def _say_alarms(raised: Sequence[Alarm]) -> None:
    for alarm in raised:
        say("ALARM %s: %s", alarm.id, alarm.reason)


def _alarm_json(alarm: Alarm) -> dict[str, Any]:
    return alarm.to_dict() | {"raised": moment(alarm.raised), "resolved": moment(alarm.resolved)}


def _alarm_lines(alarm: Alarm) -> Iterator[Text]:
    state = msg("STOPS SIGNING") if alarm.stops else msg("ALARM")
    state = state if alarm.resolved is None else msg("resolved")
    yield row(f"{alarm.id:>4}", local_time(alarm.raised), state, f"{alarm.kind}: {alarm.reason}")
    if alarm.resolution is not None and alarm.resolved is not None:
        by, why = alarm.resolution.get("by"), alarm.resolution.get("reason")
        yield row(" " * 4, msg("%s by %s: %s", local_time(alarm.resolved), by, why))


def _checkpoint_json(checkpoint: StoredCheckpoint | None) -> dict[str, Any] | None:
    if checkpoint is None:
        return None
    return {"size": checkpoint.size, "at": moment(checkpoint.committed)}


def _person() -> str:
    """The system's name of the user who runs this command."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def _status_json(standing: Standing) -> dict[str, Any]:
    value = policy_json(standing.trust)
    newest = standing.kept
    for witness in value["witnesses"]:
        row = standing.witnesses.get(witness["name"])
        witness.update(dict.fromkeys(("size", "asked", "answered", "error")))
        if row is not None:
            times = {"asked": moment(row.asked), "answered": moment(row.answered)}
            witness.update(pick(row, "size", "error") | times)
    return value | {
        "size": standing.size,
        "kept": _checkpoint_json(newest),
        "logged": standing.size - (0 if newest is None else min(newest.size, standing.size)),
        "stopped": standing.stopped,
    }


def _status_lines(standing: Standing, value: dict[str, Any]) -> Iterator[Text]:
    newest, nothing = standing.kept, msg("nothing yet")
    yield msg("signed: size %s", standing.size)
    if newest is None:
        yield msg("witnessed: %s", nothing)
    else:
        yield msg("witnessed: size %s, %s", newest.size, local_time(newest.committed))
    yield msg("waiting: %s records are logged and not yet witnessed", value["logged"])
    for witness in value["witnesses"]:
        answer = standing.witnesses.get(witness["name"])
        if answer is None:
            yield msg("%s: not asked", witness["name"])
            continue
        size = msg("never answered") if answer.size is None else msg("size %s", answer.size)
        when = answer.answered or answer.asked
        time = msg("not asked") if when is None else local_time(when)
        yield row(msg("%s: %s", witness["name"], size), time, gap=", ")
        if witness["error"]:
            yield row(" ", witness["error"])


policy = Group("policy", help="Which witnesses this ledger asks, and how many make a quorum.")


@command("show", policy, json=True)
def show_policy(run: Run) -> None:
    """The policy of the trust file, and what it means."""
    trust = read_trust(run.home / TRUST_FILE)
    if run.as_json:
        show_json(policy_json(trust) | {"warnings": list(map(str, warnings(trust)))})
        return
    click.echo(trust.policy, nl=not trust.policy.endswith("\n"))
    explain(trust)


@command("set", policy)
def set_command(
    run: Run,
    file: str = argument(metavar="FILE|none", type=click.Path(dir_okay=False)),
    auditing: tuple[str, ...] = option(metavar="NAME", help="A witness that audits; repeated."),
) -> None:
    """Write a tlog-policy FILE into the trust file, and into the database's copy of it.

    The file is written first. Where only one of the two was, the ledger is refused until this is
    run again with the same FILE; so are the homes of other machines on the same database. Running
    servers ask by the new policy at once, and are to be started again to serve the new trust file.
    """
    if is_demo(run.home):
        raise LedgerError("a demo has no witnesses: its keys are known to everyone")
    require_private(run.home)
    text = read_policy(file)
    database = Database.at(run.home, database_url())
    try:
        trust = set_policy(run.home, database, text, auditing)
    finally:
        database.close()
    explain(trust)
    say("Give %s anew to those who verify; start running servers again.", run.home / TRUST_FILE)


def read_policy(file: str) -> str:
    """The text of a policy file, or `none`; LedgerError where it cannot be read."""
    return file if file == "none" else text_of(Path(file), "is no tlog-policy: it is not UTF-8")


def policy_json(trust: Trust) -> dict[str, Any]:
    """A trust file's policy for programs."""
    policy = policy_of(trust)
    if policy is None:
        return {"policy": None, "auditing": [], "quorum": 0, "witnesses": []}
    names = counting(policy)
    return {
        "policy": trust.policy,
        "auditing": list(trust.auditing),
        "quorum": policy.least(),
        "witnesses": [
            {
                "name": witness.name,
                "key": str(witness.key),
                "url": witness.url,
                "counts": witness.name in names,
                "audits": witness.name in trust.auditing,
            }
            for witness in policy.witnesses
        ],
    }


def explain(trust: Trust) -> None:
    """Print a policy's quorum and warnings on standard error."""
    policy = policy_of(trust)
    if policy is not None:
        names, least = counting(policy), policy.least()
        say(
            "%s of %s make the quorum: it is met with %s silent, and holds with %s of them "
            "colluding",
            least,
            len(names),
            len(names) - least,
            max(0, 2 * least - len(names) - 1),
        )
    for line in warnings(trust):
        say("warning: %s", line)


@click.group(cls=Group)
def auditors() -> None:
    """Who reads the entries of a ledger whose trust file says `entries: private`.

    Besides inspectors who are signed in. An auditor sets SUYUAN_LOG_TOKEN to the token.
    """


@command("add", auditors)
def add_auditor(run: Run, name: str = argument()) -> None:
    """Give an auditor, a witness say, a token; it is shown once."""
    show([_auditors(run).add(name)])
    if run.ledger.trust.entries == "public":
        say("the records of this ledger are public: nobody needs a token to read them")


@command("list", auditors)
def list_auditors(run: Run) -> None:
    """The auditors by name."""
    show(_auditors(run).names())


@command("remove", auditors)
def remove_auditor(run: Run, name: str = argument()) -> None:
    """Take an auditor's token away, from now on."""
    _auditors(run).remove(name)
    show([msg("removed: %s", name)])


def _auditors(run: Run) -> Auditors:
    return Auditors(run.ledger.home, run.ledger.trust.origin)
