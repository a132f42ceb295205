"""`suyuan holdings`, `overdue`: stocks of parties and items, and duties not done in time."""

from collections.abc import Iterator
from typing import Any

import click

from suyuan.trace.admission.access import EVERYBODY, Access, Remit
from suyuan.trace.exchange import handover_json
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.divisions import read
from suyuan.trace.format.times import micros
from suyuan.trace.goods.handover.overdue import DAYS, Overdue, overdue
from suyuan.trace.goods.holdings import missing, of_items, of_party

from ..command import Run, argument, command, follow, if_given, option
from ..terminal import local_time, quantity_words


@command("holdings", json=True)
def holdings(
    run: Run,
    party: str | None = argument(),
    item: str | None = option(help="Instead of a party: all that have some of this item."),
) -> None:
    """What PARTY has now, what is on its way to it, and what it sent that nobody has answered."""
    if (party is None) == (item is None):
        raise LedgerError("name a party, or an item by --item")
    follow(run.ledger)
    uri = if_given(item, run.item)
    with run.reading() as reader:
        if uri is not None:
            stocks = of_items(reader, [uri])
            value = handover_json.holders(reader, uri, stocks, missing(reader, uri))
        else:
            assert party is not None
            value = handover_json.holdings(reader, of_party(reader, run.party(party)))
    lines = _lines(value, is_of_item=item is not None)
    run.answer(value, lines, f"as of {value['size']} links")


def _lines(value: dict[str, Any], *, is_of_item: bool) -> Iterator[str]:
    for stock in value["holdings"]:
        yield _stock(stock, is_of_item=is_of_item)
    for head in ("coming", "sent"):
        for stock in value.get(head, ()):
            yield f"{head}: {_stock(stock, is_of_item=True)}"
    for difference in value.get("differences", ()):
        yield f"difference at {difference['index']}: {_much(difference['missing'])} did not come"


def _stock(stock: dict[str, Any], *, is_of_item: bool) -> str:
    parts = [_much(stock["quantity"]), stock["name"] or "", stock["item"]]
    if is_of_item:
        holder = stock["holder_name"] or stock["holder"] or "a name outside the ledger"
        parts.append(f"{'on its way to' if stock['is_in_transit'] else 'with'} {holder}")
    if stock["container"] is not None:
        parts.append(f"in {stock['container']}")
    if stock["is_reported"]:
        parts.append("(reported)")
    return "  ".join(part for part in parts if part)


def _much(quantity: dict[str, str] | None) -> str:
    return quantity_words(quantity) or "an amount that is not known"


@command("overdue", json=True)
def overdue_command(
    run: Run,
    party: str | None = option(help="Of one party; of an inspector, all in its remit."),
    divisions: tuple[str, ...] = option("--division", help="Of all parties in a division."),
    days: int = option(
        type=click.IntRange(0, 3660), default=DAYS, help="So far back, what was done too late."
    ),
) -> None:
    """What was not confirmed within 24 hours, and what was entered over 36 hours after purchase.

    Without a party or a division, of all parties. What binds is marked; all else is a reminder.
    """
    if party is not None and divisions:
        raise LedgerError("give --party or --division, not both")
    divisions = tuple(map(read, divisions))
    with run.following() as reader:
        now = micros(run.now())
        scope: str | Remit = Remit(divisions) if divisions else EVERYBODY
        if party is not None:
            uri = run.party(party)
            scope = Access(reader, run.genesis).remit(uri) or uri
        late = overdue(reader, scope, now, days)
        size = reader.cursors().get("lineage", 0)
    is_open = sum(duty.done is None for duty in late)
    run.answer(
        {"size": size, "overdue": [duty.write(now) for duty in late]},
        (_line(duty, now) for duty in late),
        f"{is_open} open, {len(late) - is_open} done late, as of {size} links",
    )


def _line(late: Overdue, now: int) -> str:
    hours = late.hours_late(now)
    binds = "binding" if late.duty.is_binding else "reminder"
    due = local_time(late.duty.due)
    state = "open" if late.done is None else "done late"
    party = late.party_name or late.party
    return f"{late.index:>6}  {state}  {late.what.value}  due {due}, {hours} h  {binds}  {party}"
