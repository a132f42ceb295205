"""`suyuan holdings`, `overdue`: who has how much, and what was not done in time."""

from pathlib import Path
from typing import Any

import click

from .. import handover_json as told
from ..access import EVERYBODY, Access, Remit
from ..errors import LedgerError
from ..identifiers import parties
from ..overdue import DAYS, Overdue, overdue
from ..statements import is_division
from ..times import local, micros, zone
from ..whereabouts import missing, of_items, of_party
from .common import follow, home_option, json_option, opened, plain, say, show_json
from .recording import find_item


@click.command()
@click.argument("party", required=False)
@click.option("--item", help="Instead of a party: all that have some of this item.")
@json_option
@home_option
def holdings(*, party: str | None, item: str | None, as_json: bool, home: Path | None) -> None:
    """What PARTY has now, what is on its way to it, and what it sent that nobody has answered."""
    if (party is None) == (item is None):
        raise LedgerError("name a party, or an item by --item")
    with opened(home) as ledger:
        follow(ledger)
        uri = None if item is None else find_item(ledger, item)
        who = None if party is None else parties.read(party, ledger.trust.host)
        with ledger.reading() as reader:
            if uri is not None:
                found = told.holders(reader, uri, of_items(reader, [uri]), missing(reader, uri))
            else:
                assert who is not None
                found = told.holdings(reader, of_party(reader, who))
    if as_json:
        show_json(found)
        return
    for stock in found["holdings"]:
        click.echo(plain(_stock(stock, is_of_item=uri is not None)))
    for head in ("coming", "sent"):
        for stock in found.get(head, ()):
            click.echo(plain(f"{head}: {_stock(stock, is_of_item=True)}"))
    for one in found.get("differences", ()):
        click.echo(plain(f"difference at {one['index']}: {_much(one['missing'])} did not come"))
    say(f"as of {found['size']} links")


def _stock(found: dict[str, Any], *, is_of_item: bool) -> str:
    parts = [_much(found["quantity"]), found["name"] or "", found["item"]]
    if is_of_item:
        holder = found["holder_name"] or found["holder"] or "a name outside the ledger"
        parts.append(f"{'on its way to' if found['is_in_transit'] else 'with'} {holder}")
    if found["container"] is not None:
        parts.append(f"in {found['container']}")
    if found["is_reported"]:
        parts.append("(reported)")
    return "  ".join(part for part in parts if part)


def _much(found: dict[str, str] | None) -> str:
    if found is None:
        return "an amount that is not known"
    return f"{found['value']} {'pieces' if found['unit'] == '1' else found['unit']}"


@click.command("overdue")
@click.option("--party", help="Of one party; of an inspector, all in its remit.")
@click.option("--division", "divisions", multiple=True, help="Of all parties in a division.")
@click.option(
    "--days", type=click.IntRange(0, 3660), default=DAYS, show_default=True,
    help="So far back, what was done too late.",
)  # fmt: skip
@json_option
@home_option
def overdue_command(
    *,
    party: str | None,
    divisions: tuple[str, ...],
    days: int,
    as_json: bool,
    home: Path | None,
) -> None:
    """What was not confirmed within 24 hours, and what was entered over 36 hours after purchase.

    Without a party or a division, of all parties. What binds is marked; all else is a reminder.
    """
    if party is not None and divisions:
        raise LedgerError("give --party or --division, not both")
    for division in divisions:
        if not is_division(division):
            raise LedgerError(f"--division {division!r} has not 2, 4, 6, 9 or 12 digits")
    with opened(home) as ledger:
        follow(ledger)
        now = micros(ledger.now())
        with ledger.reading() as reader:
            of: str | Remit = Remit(divisions) if divisions else EVERYBODY
            if party is not None:
                uri = parties.read(party, ledger.trust.host)
                of = Access(reader.source, ledger.trust.genesis).remit(uri) or uri
            found = overdue(reader, of, now, days)
            size = reader.cursors().get("lineage", 0)
    if as_json:
        show_json({"size": size, "overdue": [told.overdue(one, now) for one in found]})
        return
    for one in found:
        click.echo(plain(_line(one, now)))
    is_open = sum(one.done is None for one in found)
    say(f"{is_open} open, {len(found) - is_open} done late, as of {size} links")


def _line(one: Overdue, now: int) -> str:
    hours = told.overdue(one, now)["hours_late"]
    binds = "binding" if one.duty.is_binding else "reminder"
    due = f"{local(one.duty.due, zone()):%Y-%m-%dT%H:%M}"
    state = "open" if one.done is None else "done late"
    who = one.party_name or one.party
    return f"{one.index:>6}  {state}  {one.what.value}  due {due}, {hours} h  {binds}  {who}"


COMMANDS = (holdings, overdue_command)
