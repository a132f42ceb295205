"""`suyuan arrivals`, `confirm`, `inbox`: what was sent to a party, and its answer."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from .. import handover_json as told
from ..errors import LedgerError
from ..identifiers import parties
from ..identifiers.errors import IdentifierError
from ..ledger import Ledger
from ..lineage.model import Sent
from ..quantities import UNITS, Quantity
from ..recall.inbox import Inbox, inbox
from ..receiving import Confirmed, confirm
from ..reply import Amount, Reply
from ..resolve import NotFound
from ..slips import Line, Slip, Slips, waiting
from ..times import local, micros, zone
from .common import (
    follow,
    home_option,
    instant,
    json_option,
    key_options,
    opened,
    pen_for,
    plain,
    say,
    show_json,
)
from .recording import find_item

_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)([A-Z][A-Z0-9]{1,2}|-)?", re.ASCII)
_INDEX = re.compile("[0-9]{1,12}", re.ASCII)


def party_of(ledger: Ledger, party: str | None, key_file: str | None, actor: str | None) -> str:
    """The party that a command is about: --party, else whose key signs."""
    if party is not None:
        return parties.read(party, ledger.trust.host)
    return pen_for(ledger, key_file, actor).actor


@click.command()
@click.option("--party", "who", help="Whose arrivals [default: the signer's].")
@key_options
@json_option
@home_option
def arrivals(
    *, who: str | None, key_file: str | None, actor: str | None, as_json: bool, home: Path | None
) -> None:
    """What was sent to a party and waits for its answer, by when it has to be given."""
    with opened(home) as ledger:
        party = party_of(ledger, who, key_file, actor)
        follow(ledger)
        now = micros(ledger.now())
        with ledger.reading() as reader:
            found = Slips(reader).arrivals(party)
            size = reader.cursors().get("lineage", 0)
        if as_json:
            listed = [told.slip(slip, now) for slip in found]
            show_json({"party": party, "size": size, "arrivals": listed})
            return
        for slip in found:
            show_slip(slip, now)
        say(f"{len(found)} waiting, as of {size} links")


@click.command("inbox")
@click.option("--party", "who", help="Whose inbox [default: the signer's].")
@key_options
@json_option
@home_option
def inbox_command(
    *, who: str | None, key_file: str | None, actor: str | None, as_json: bool, home: Path | None
) -> None:
    """What waits for a party: arrivals to confirm, holds and recalls, what is overdue."""
    with opened(home) as ledger:
        party = party_of(ledger, who, key_file, actor)
        follow(ledger)
        now = micros(ledger.now())
        with ledger.reading() as reader:
            found = inbox(reader, ledger.trust.genesis, party, now)
            if as_json:
                show_json(told.inbox(reader, found, now))
                return
        _show_inbox(found, now)


@click.command("confirm")
@click.argument("dispatch")
@click.argument("lines", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="All else of it came as on the slip.")
@click.option("--refuse", multiple=True, help="ITEM[=QUANTITY[UNIT]], what is refused.")
@click.option("--refuse-all", is_flag=True, help="All of it is refused.")
@click.option("--reason", help="Why it is refused.")
@click.option("--difference-reason", help="Why another quantity came.")
@click.option("--rest", "is_rest", is_flag=True, help="What an earlier confirmation left open.")
@click.option("--sure", "is_sure", is_flag=True, help="Over ten times what was sent did come.")
@click.option("--place", help="Where: a place's URI.")
@click.option("--time", "when", help="When it came, 2026-11-24T08:30 [default: now].")
@key_options
@json_option
@home_option
def confirm_command(
    *,
    dispatch: str,
    lines: tuple[str, ...],
    is_all: bool,
    refuse: tuple[str, ...],
    refuse_all: bool,
    reason: str | None,
    difference_reason: str | None,
    is_rest: bool,
    is_sure: bool,
    place: str | None,
    when: str | None,
    key_file: str | None,
    actor: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Answer DISPATCH, the index of a slip in `arrivals` or a code of what was sent.

    LINES are ITEM=QUANTITY[UNIT], what came of an item where it is not what the slip says, in the
    slip's unit unless another is given (- for pieces). What is neither named nor covered by --all
    stays open.
    """
    if refuse_all and (is_all or lines or refuse):
        raise LedgerError("--refuse-all stands alone: what is refused as a whole did not come")
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        follow(ledger)
        index = _index(ledger, pen.actor, dispatch, is_rest=is_rest)
        units = _units(ledger, index)
        weighed = {}
        for text in lines:
            item, amount = _named(ledger, text, units)
            if amount is None:
                raise LedgerError(f"{text!r} must be ITEM=QUANTITY[UNIT]; all as sent is --all")
            weighed[item] = amount
        answer = Reply(
            weighed=weighed,
            refused=dict(_named(ledger, text, units) for text in refuse),
            is_all=is_all,
            refuses_all=refuse_all,
            reason=reason,
            difference_reason=difference_reason,
            is_rest=is_rest,
            is_sure=is_sure,
            place=place,
            when=None if when is None else instant(when, ledger.now()),
        )
        done = confirm(ledger, pen, index, answer, zone())
        follow(ledger)
        if as_json:
            show_json(_done(done))
            return
        for event, receipt in zip(done.events, done.receipts, strict=True):
            step = event["bizStep"].rsplit(":", 1)[-1]
            click.echo(f"{receipt.index}  {step}  {receipt.hash}")
        say(f"index {index} of {plain(done.slip.sender_name or done.slip.sender)} is answered")


def _done(done: Confirmed) -> dict[str, Any]:
    return {
        "dispatch": done.slip.index,
        "links": [
            {"event": event, **receipt.to_dict()}
            for event, receipt in zip(done.events, done.receipts, strict=True)
        ],
    }


def _index(ledger: Ledger, party: str, text: str, *, is_rest: bool) -> int:
    if _INDEX.fullmatch(text):
        return int(text)
    item = find_item(ledger, text)
    with ledger.reading() as reader:
        return waiting(reader, party, item, is_rest=is_rest)


def _units(ledger: Ledger, index: int) -> dict[str, str | None]:
    """The unit in which each item of a slip was written, for amounts that say none."""
    with ledger.reading() as reader:
        return Slips(reader).units(index)


def _named(ledger: Ledger, text: str, units: dict[str, str | None]) -> tuple[str, Amount | None]:
    name, sign, said = text.rpartition("=")
    match = _AMOUNT.fullmatch(said) if sign else None
    if match is None:
        try:
            return find_item(ledger, text), None  # a URI may hold an equals sign itself
        except (IdentifierError, NotFound):
            if not sign:
                raise
            said = plain(said[:40])
            raise LedgerError(f"{said!r} is no amount: write ITEM=29.5 or ITEM=29.5KGM") from None
    item, unit = find_item(ledger, name), match.group(2)
    try:
        value = Decimal(match.group(1))
    except InvalidOperation:
        raise LedgerError(f"{said!r} is no amount") from None
    if unit is None:
        return item, Amount(value, units.get(item))
    if unit != "-" and unit not in UNITS:
        raise LedgerError(f"unit {unit!r} is none of {', '.join(sorted(UNITS))}, or - for pieces")
    return item, Amount(value, None if unit == "-" else unit)


def show_slip(slip: Slip, now: int) -> None:
    """A slip for people."""
    due = "" if slip.duty is None else f"  {_by(slip.duty.due, now)}"
    binds = "" if slip.duty is None or slip.duty.is_binding else " (reminder)"
    who = slip.sender_name or slip.sender
    when = "" if slip.sent is None else f"  sent {_local(slip.sent)}"
    click.echo(plain(f"{slip.index:>6}  {slip.why.value} from {who}{when}{due}{binds}"))
    for line in slip.lines:
        click.echo(plain(f"          {_line(line)}"))
        for content in line.contents:
            much = _quantity(content.quantity)
            click.echo(plain(f"            holds {content.name or ''} {much}  {content.item}"))
    for text in (*slip.notes, *([f"reason: {slip.reason}"] if slip.reason else [])):
        click.echo(plain(f"          {text}"))


def _line(line: Line) -> str:
    much = _quantity(line.sent.quantity) or "all of it"
    state = "" if line.sent.state is Sent.OPEN else f"  {line.sent.state.value}"
    return f"{line.name or ''} {much}  {line.item}{state}".strip()


def _quantity(quantity: Quantity | None) -> str:
    if quantity is None:
        return ""
    return f"{quantity.text} {'pieces' if quantity.unit == '1' else quantity.unit}"


def _by(due: int, now: int) -> str:
    return f"{'OVERDUE since' if now > due else 'answer by'} {_local(due)}"


def _local(micro: int) -> str:
    return f"{local(micro, zone()):%Y-%m-%dT%H:%M}"


def _show_inbox(found: Inbox, now: int) -> None:
    _head("to confirm", found.arrivals)
    for slip in found.arrivals:
        show_slip(slip, now)
    _head("holds and recalls", found.acts)
    for act in found.acts:
        due = "  to acknowledge" if act.is_due else ""
        drill = " (drill)" if act.act.drill else ""
        level = "" if act.act.level is None else f" level {act.act.level}"
        click.echo(plain(f"{act.act.leaf:>6}  {act.act.kind}{level}{drill} {act.act.uri}{due}"))
        for stock in act.stocks:
            much = _quantity(stock.quantity)
            click.echo(plain(f"          {much}  {stock.item}"))
    _head("overdue", found.overdue)
    for one in found.overdue:
        click.echo(plain(f"{one.index:>6}  {one.what.value}, due {_local(one.duty.due)}"))
    say(f"{found.count} waiting, as of {found.size} links")


def _head(text: str, found: Iterable[object]) -> None:
    if found:
        say(f"{text}:")


COMMANDS = (arrivals, confirm_command, inbox_command)
