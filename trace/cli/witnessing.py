"""`suyuan witnessing`: have checkpoints cosigned, and see how that stands."""

from pathlib import Path
from typing import Any

import click

from .. import alarms as alarming
from ..quorum import policy_of
from ..store.witnessing import Standing, WitnessBook
from ..witnessing import Witnessing
from .alarms import alarm_json, shown_time
from .common import home_option, json_option, opened, plain, say, show_json
from .policies import policy_json

FOUND, UNDECIDED = 1, 3

mirror_option = click.option(
    "--mirror",
    metavar="URL",
    envvar="SUYUAN_MIRROR",
    help="A published copy of the log to compare with: its prefix [SUYUAN_MIRROR].",
)


@click.group()
def witnessing() -> None:
    """Have this ledger's checkpoints cosigned by the witnesses of its policy."""


@witnessing.command()
@json_option
@home_option
def ask(*, home: Path | None, as_json: bool) -> int:
    """Ask the witnesses once about the newest checkpoint, as `suyuan worker` does each second.

    Exit code 3 where the quorum is not met, 1 where an alarm is raised.
    """
    with opened(home) as ledger:
        asking = Witnessing(ledger)
        try:
            found = asking.round()
        finally:
            asking.close()
        where = WitnessBook(ledger.database.engine).standing()
    kept = found.kept
    if as_json:
        show_json(
            {
                "size": found.size,
                "kept": None
                if kept is None
                else {"size": kept.size, "at": shown_time(kept.committed)},
                "cosigned": list(found.cosigned),
                "why": found.why,
                "alarms": [alarm_json(one) for one in found.raised],
            }
        )
    elif kept is not None:
        click.echo(f"size {kept.size}, witnessed {shown_time(kept.committed)}")
        say(f"cosigned by {', '.join(found.cosigned)}")
    else:
        click.echo(plain(str(found.why)))
    for one in found.raised:
        say(plain(f"ALARM {one.id}: {one.reason}"))
    if found.raised:
        return FOUND
    is_done = kept is not None or (where.kept is not None and where.kept.size >= found.size)
    return 0 if is_done or policy_of(where.trust) is None else UNDECIDED


@witnessing.command()
@json_option
@home_option
def status(*, home: Path | None, as_json: bool) -> None:
    """What is witnessed, what is only logged, and what each witness answered last."""
    with opened(home) as ledger:
        book = WitnessBook(ledger.database.engine)
        where, raised = book.standing(), book.alarms(unresolved=True)
    told = _status(where)
    if as_json:
        show_json(told | {"alarms": [alarm_json(one) for one in raised]})
        return
    kept = told["kept"]
    click.echo(f"signed     size {told['size']}")
    newest = "nothing yet" if kept is None else f"size {kept['size']}, {kept['at']}"
    click.echo(f"witnessed  {newest}")
    click.echo(f"waiting    {told['logged']} links are logged and not yet witnessed")
    for one in told["witnesses"]:
        size = "never answered" if one["size"] is None else f"size {one['size']}"
        when = one["answered"] or one["asked"] or "not asked"
        click.echo(plain(f"{one['name']}: {size}, {when}"))
        if one["error"]:
            click.echo(plain(f"    {one['error']}"))
    if told["policy"] is None:
        say("the trust file asks for no witness: see `suyuan policy set`")
    for alarm in raised:
        say(plain(f"ALARM {alarm.id}: {alarm.reason}"))


@witnessing.command()
@mirror_option
@json_option
@home_option
def check(*, home: Path | None, mirror: str | None, as_json: bool) -> int:
    """Ask the witnesses, and a mirror, whether links were lost here, as `serve` does at its start.

    Exit code 1 where something is in doubt, 3 where nobody answers.
    """
    with opened(home) as ledger:
        found = alarming.check(ledger, mirror=mirror)
    if as_json:
        show_json(
            {
                "size": found.size,
                "said": {
                    who: {"size": one.size, "note": one.note, "refusal": one.refusal}
                    for who, one in found.said.items()
                },
                "silent": dict(found.silent),
                "doubts": [
                    {"kind": one.kind, "stops": one.stops, "reason": one.reason}
                    for one in found.doubts
                ],
                "alarms": [alarm_json(one) for one in found.raised],
            }
        )
    else:
        for one in found.doubts:
            click.echo(plain(f"{'STOPS' if one.stops else 'ALARM'}  {one.reason}"))
        for who, why in found.silent.items():
            say(plain(f"{who} says nothing: {why}"))
        if not found.doubts and found.said:
            click.echo(plain(f"{', '.join(found.said)}: nothing more than the {found.size} here"))
    if found.doubts:
        return FOUND
    if not found.said:
        say("nobody was asked" if not found.silent else "nobody answers: nothing was shown")
        return UNDECIDED
    return 0


def _status(where: Standing) -> dict[str, Any]:
    told = policy_json(where.trust)
    kept = where.kept
    for one in told["witnesses"]:
        row = where.witnesses.get(one["name"])
        one |= {
            "size": None if row is None else row.size,
            "asked": None if row is None else shown_time(row.asked),
            "answered": None if row is None else shown_time(row.answered),
            "error": None if row is None else row.error,
        }
    return told | {
        "size": where.size,
        "kept": None if kept is None else {"size": kept.size, "at": shown_time(kept.committed)},
        "logged": where.size - (0 if kept is None else min(kept.size, where.size)),
        "stopped": where.stopped,
    }


COMMANDS = (witnessing,)
