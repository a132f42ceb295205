"""`suyuan alarms`: what others hold against this ledger, and its end."""

import os
import pwd
from pathlib import Path
from typing import Any

import click

from ..alarms import resolve
from ..store.witnessing import Alarm, WitnessBook
from ..times import from_micros
from .common import home_option, json_option, opened, plain, show_json

FOUND = 1


@click.group()
def alarms() -> None:
    """What witnesses, or a mirror, hold against this ledger."""


@alarms.command("list")
@click.option("--all", "with_resolved", is_flag=True, help="Those that were resolved too.")
@json_option
@home_option
def list_alarms(*, home: Path | None, with_resolved: bool, as_json: bool) -> int:
    """The alarms that nobody has resolved yet; exit code 1 where there are any."""
    with opened(home) as ledger:
        found = WitnessBook(ledger.database.engine).alarms()
    shown = [one for one in found if with_resolved or one.resolved is None]
    if as_json:
        show_json([alarm_json(one) for one in shown])
    else:
        for one in shown:
            state = "STOPS SIGNING" if one.stops else "alarm"
            state = state if one.resolved is None else "resolved"
            when = shown_time(one.raised)
            click.echo(plain(f"{one.id:>4}  {when}  {state}  {one.kind}: {one.reason}"))
            if one.resolution is not None:
                by, why = one.resolution.get("by"), one.resolution.get("reason")
                click.echo(plain(f"      {shown_time(one.resolved)} by {by}: {why}"))
    return FOUND if any(one.resolved is None for one in found) else 0


@alarms.command("resolve")
@click.argument("number", metavar="ID", type=click.IntRange(1))
@click.option("--reason", required=True, help="Why the alarm was false; kept with your name.")
@home_option
def resolve_alarm(*, number: int, reason: str, home: Path | None) -> None:
    """End an alarm that was false: signing goes on, and who said so is kept.

    The witnesses are asked again first. While they still know more than this ledger has, or hold
    another history under its signature, it is refused: such a ledger needs a new origin.
    """
    with opened(home) as ledger:
        done = resolve(ledger, number, reason, _person())
    click.echo(f"alarm {done.id} is resolved")


def alarm_json(one: Alarm) -> dict[str, Any]:
    """An alarm for programs."""
    return one.to_dict() | {"raised": shown_time(one.raised), "resolved": shown_time(one.resolved)}


def shown_time(value: int | None) -> str | None:
    """An instant of the store as people and programs read it."""
    if value is None:
        return None
    try:
        found = from_micros(value)
    except (OverflowError, TypeError):
        return "at a time that cannot be read"
    return f"{found:%Y-%m-%dT%H:%M:%SZ}"


def _person() -> str:
    """Who runs this command, by the system's word."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


COMMANDS = (alarms,)
