"""`suyuan holdings`, `overdue`: stocks of parties and items, and duties not done in time."""

from collections.abc import Iterator
from typing import Any

import click

from suyuan.trace.admission.access import EVERYBODY, Access, Remit
from suyuan.trace.exchange import handover_json
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.divisions import read
from suyuan.trace.format.messages import msg, msg_in, row
from suyuan.trace.format.times import micros
from suyuan.trace.goods.handover.overdue import DAYS, Overdue, overdue
from suyuan.trace.goods.holdings import missing, of_items, of_party

from ..command import Run, argument, as_of, command, follow, if_given, option
from ..names import Lots, much, party_words
from ..terminal import Text, local_time
from .arrivals import DUTIES


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
    holder = if_given(party, run.party)
    with run.reading() as reader:
        if uri is not None:
            stocks = of_items(reader, [uri])
            value = handover_json.holders(reader, uri, stocks, missing(reader, uri))
        else:
            assert holder is not None
            value = handover_json.holdings(reader, of_party(reader, holder))
        placed = [stock for part in _PARTS for stock in value.get(part, ())]
        lots = Lots(reader, run.host, (stock["item"] for stock in placed), holder)
        packs = Lots(reader, run.host, filter(None, (stock["container"] for stock in placed)))
    run.answer(value, _lines(value, lots, packs), as_of(value["size"]))


_PARTS = {
    "holdings": msg("in stock"),
    "coming": msg("coming"),
    "sent": msg_in("holdings", "sent"),
}


def _lines(value: dict[str, Any], lots: Lots, packs: Lots) -> Iterator[Text]:
    for part, title in _PARTS.items():
        for stock in value.get(part, ()):
            is_known = "party" in value and part == "holdings"  # whose stock it is
            who = None if is_known else _holder(stock)
            head = title if "party" in value else None
            pack = stock["container"]
            yield row(
                head,
                lots.words(stock["item"]),
                much(stock["quantity"]),
                who,
                None if pack is None else msg("in %s", packs.words(pack)),
                msg("(reported)") if stock["is_reported"] else None,
            )
    for difference in value.get("differences", ()):
        amount = much(difference["missing"])
        yield msg("difference at index %s: %s did not come", difference["index"], amount)


def _holder(stock: dict[str, Any]) -> Text:
    holder: Text = msg("a name outside the ledger")
    if stock["holder"] is not None:
        holder = party_words(stock["holder_name"], stock["holder"])
    return msg("on its way to %s", holder) if stock["is_in_transit"] else msg("with %s", holder)


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
        msg("%s open, %s done late, %s", is_open, len(late) - is_open, as_of(size)),
    )


def _line(late: Overdue, now: int) -> Text:
    return row(
        f"{late.index:>6}",
        msg_in("overdue", "open") if late.done is None else msg("done late"),
        DUTIES[late.what],
        msg("due %s, %s h", local_time(late.duty.due), late.hours_late(now)),
        msg("binding") if late.duty.is_binding else msg("reminder"),
        party_words(late.party_name, late.party),
    )
