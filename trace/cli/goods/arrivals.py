"""`suyuan arrivals`, `confirm`, `purchase`, `inbox`: slips of a party, answers, purchases."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.exchange import handover_json
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.identifiers.gs1 import lot_uri
from suyuan.trace.format.identifiers.parties import uscc_uri
from suyuan.trace.format.messages import Message, msg, row
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import micros, zone
from suyuan.trace.goods.handover.overdue import What
from suyuan.trace.goods.handover.reply import Amount, Reply
from suyuan.trace.goods.handover.slips import Line, Slip, Slips, Why, awaited, waiting
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.lineage.model import Sent
from suyuan.trace.recall.inbox import Inbox, inbox
from suyuan.trace.recording import record_step
from suyuan.trace.recording.imports.purchasing import MAX_PROOF, Purchase, Supplier, enter
from suyuan.trace.recording.receiving import confirm
from suyuan.trace.recording.record_step import amount, read_day

from ..command import (
    CAME,
    DAYS,
    PLACE,
    UNIT,
    Run,
    argument,
    as_of,
    command,
    follow,
    if_given,
    option,
    recorded,
)
from ..files import read
from ..names import Lots, act_words, much, party_words
from ..terminal import Text, local_time, say, show, show_json

_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)([A-Z][A-Z0-9]{1,2}|-)?", re.ASCII)
_INDEX = re.compile("[0-9]{1,12}", re.ASCII)
_WHY = {
    Why.DISPATCH: msg("dispatched by %(sender)s"),
    Why.RETURN: msg("sent back by %(sender)s"),
    Why.REFUSAL: msg("not taken in by %(sender)s"),
}
_STATES = {
    Sent.CONFIRMED: msg("confirmed"),
    Sent.DIFFERENT: msg("confirmed with a difference"),
    Sent.REFUSED: msg("refused"),
    Sent.OUTSIDE: msg("sent outside the ledger"),
}
DUTIES = {What.CONFIRM: msg("to confirm"), What.ENTER: msg("to enter a purchase")}


@command("arrivals", signs=True, json=True)
def arrivals(
    run: Run, who: str | None = option("--party", help="Whose arrivals [default: the signer's].")
) -> None:
    """What was sent to a party and waits for its answer, by when it has to be given."""
    party = run.party(who)
    with run.following() as reader:
        now = micros(run.now())
        slips = Slips(reader).arrivals(party)
        size = reader.cursors().get("lineage", 0)
        lots = Lots(reader, run.host, _items(slips), party)
    listed = [handover_json.slip(slip, now) for slip in slips]
    run.answer(
        {"party": party, "size": size, "arrivals": listed},
        (line for slip in slips for line in _slip_lines(slip, now, lots)),
        msg("%s waiting, %s", len(slips), as_of(size)),
    )


@command("inbox", signs=True, json=True)
def inbox_command(
    run: Run, who: str | None = option("--party", help="Whose inbox [default: the signer's].")
) -> None:
    """What waits for a party: arrivals to confirm, holds and recalls, what is overdue."""
    party = run.party(who)
    with run.following() as reader:
        now = micros(run.now())
        waits = inbox(reader, run.genesis, party, now)
        if run.as_json:
            show_json(handover_json.inbox(reader, waits, now))
            return
        stocks = (stock.item for concern in waits.acts for stock in concern.stocks)
        lots = Lots(reader, run.host, [*_items(waits.arrivals), *stocks], party)
    _show_inbox(waits, now, lots)


@command("confirm", signs=True, json=True)
def confirm_command(
    run: Run,
    dispatch: str = argument(),
    lines: tuple[str, ...] = argument(),
    is_all: bool = option("--all", help="All else of it came as on the slip."),
    refuse: tuple[str, ...] = option(help="ITEM[=QUANTITY[UNIT]], what is refused."),
    refuse_all: bool = option(help="All of it is refused."),
    reason: str | None = option(help="Why it is refused."),
    difference_reason: str | None = option(help="Why another quantity came."),
    is_rest: bool = option("--rest", help="What an earlier confirmation left open."),
    is_sure: bool = option("--sure", help="Over ten times what was sent did come."),
    place: str | None = PLACE,
    when: str | None = CAME,
) -> None:
    """Answer DISPATCH, the index of a slip in `arrivals` or a code of what was sent.

    LINES are ITEM=QUANTITY[UNIT], what came of an item where it is not what the slip says, in the
    slip's unit unless another is given (- for pieces). What is neither named nor covered by --all
    stays open.
    """
    if refuse_all and (is_all or lines or refuse):
        raise LedgerError("--refuse-all stands alone: what is refused as a whole did not come")
    pen = run.pen
    follow(run.ledger)
    item = None if _INDEX.fullmatch(dispatch) else run.item(dispatch)
    with run.reading() as reader:
        index = int(dispatch) if item is None else waiting(reader, pen.actor, item, is_rest=is_rest)
        units = Slips(reader).units(index)
    weighed = {}
    for text in lines:
        item, amount = _named(run, text, units)
        if amount is None:
            raise LedgerError("%s must be ITEM=QUANTITY[UNIT]; all as sent is --all", repr(text))
        weighed[item] = amount
    answer = Reply(
        weighed=weighed,
        refused=dict(_named(run, text, units) for text in refuse),
        is_all=is_all,
        refuses_all=refuse_all,
        reason=reason,
        difference_reason=difference_reason,
        is_rest=is_rest,
        is_sure=is_sure,
        place=place,
        when=if_given(when, run.instant),
    )
    done = confirm(run.ledger, pen, index, answer, zone())
    follow(run.ledger)
    sender = party_words(done.slip.sender_name, done.slip.sender)
    links = list(zip(done.events, done.receipts, strict=True))
    value = [{"event": event, **receipt.to_dict()} for event, receipt in links]
    run.answer(
        {"dispatch": done.slip.index, "links": value},
        (
            f"{receipt.index}  {event['bizStep'].rsplit(':', 1)[-1]}  {receipt.hash}"
            for event, receipt in links
        ),
        msg("index %s of %s is answered", index, sender),
    )


def _named(run: Run, text: str, units: dict[str, str | None]) -> tuple[str, Amount | None]:
    """An item and how much of it; without a unit, in the one in which its slip was written."""
    name, sign, typed = text.rpartition("=")
    match = _AMOUNT.fullmatch(typed) if sign else None
    if match is None:
        try:
            return run.item(text), None  # a URI may hold an equals sign itself
        except (IdentifierError, NotFound):
            if not sign:
                raise
            raise LedgerError(
                "%s is no amount: write ITEM=29.5 or ITEM=29.5KGM", repr(typed[:40])
            ) from None
    item, unit = run.item(name), match.group(2)
    value, read = record_step.amount(match.group(1), unit or "-")
    assert value is not None
    return item, Amount(value, units.get(item) if unit is None else read)


def _items(slips: Iterable[Slip]) -> Iterator[str]:
    for slip in slips:
        for line in slip.lines:
            yield from (line.item, *(content.item for content in line.contents))


def _slip_lines(slip: Slip, now: int, lots: Lots) -> Iterator[Text]:
    due: Message | None = None
    if slip.duty is not None:
        by = local_time(slip.duty.due)
        due = msg("OVERDUE since %s", by) if now > slip.duty.due else msg("answer by %s", by)
        due = due if slip.duty.is_binding else msg("%s (reminder)", due)
    sender = party_words(slip.sender_name, slip.sender)
    why = Message(_WHY[slip.why].msgid, {"sender": sender})
    sent = None if slip.sent is None else msg("sent %s", local_time(slip.sent))
    yield row(f"{slip.index:>6}", why, sent, due)
    for line in slip.lines:
        yield row(" " * 8, _line(line, lots))
        for content in line.contents:
            inside = row(lots.words(content.item), much(content.quantity))
            yield row(" " * 10, msg("holds %s", inside))
    if slip.notes:
        yield row(" " * 8, msg("delivery notes: %s", slip.notes))
    if slip.reason:
        yield row(" " * 8, msg("reason: %s", slip.reason))


def _line(line: Line, lots: Lots) -> Message:
    quantity = line.sent.quantity
    how_much = msg("all of it") if quantity is None else much(quantity)
    return row(lots.words(line.item), how_much, _STATES.get(line.sent.state))


def _show_inbox(waits: Inbox, now: int, lots: Lots) -> None:
    arrivals = [line for slip in waits.arrivals for line in _slip_lines(slip, now, lots)]
    overdue = [
        row(f"{late.index:>6}", DUTIES[late.what], msg("due %s", local_time(late.duty.due)))
        for late in waits.overdue
    ]
    for title, lines in (
        (msg("to confirm:"), arrivals),
        (msg("holds and recalls:"), list(_act_lines(waits, lots))),
        (msg("overdue:"), overdue),
    ):
        if lines:
            say(title)
        show(lines)
    say("%s waiting, %s", waits.count, as_of(waits.size))


def _act_lines(waits: Inbox, lots: Lots) -> Iterator[Text]:
    for concern in waits.acts:
        act = concern.act
        yield row(
            f"{act.leaf:>6}",
            act_words(act),
            act.uri,
            msg("to acknowledge") if concern.is_due else None,
        )
        for stock in concern.stocks:
            yield row(" " * 8, lots.words(stock.item), much(stock.quantity))


@command("purchase", signs=True, json=True)
def purchase(
    run: Run,
    item: str = argument(),
    name: str = option(help="What it is: the product's name."),
    quantity: str = option(help="How much was bought, as a decimal number."),
    unit: str = UNIT,
    spec: str | None = option(help="Its specification, as 500 g a bag."),
    produced: str | None = option(help="The production date, 2026-11-24."),
    lot: str | None = option(help="The producer's lot; with --gtin it names the item."),
    gtin: str | None = option(help="The product's GTIN, where the package has one."),
    shelf_life: int | None = option(type=DAYS, help="Days."),
    producer: str | None = option(help="Who made it."),
    proof: Path | None = option(
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="The proof of conformity: a PDF, JPEG, PNG or WebP, which is open to all.",
    ),
    bought: str | None = option(help="The day of the purchase [default: today]."),
    supplier: str = option(help="The supplier's name; hidden without a USCC."),
    supplier_uscc: str | None = option(help="The supplier's unified social credit code."),
    supplier_address: str | None = option(help="Hidden where there is no USCC."),
    supplier_contact: str | None = option(help="Always hidden."),
    place: str | None = PLACE,
    when: str | None = CAME,
) -> None:
    """Enter what was bought of a supplier who pushed nothing; the chain begins at the buyer.

    ITEM is `new` (with --gtin and --lot, that lot), a trace code or a URI.
    """
    actor = run.pen.actor
    if gtin is None:
        uri = run.item(item, may_be_new=True)
    elif item == "new" and lot is not None:
        uri = lot_uri(gtin, lot)
    else:
        raise LedgerError("--gtin names a lot together with ITEM new and --lot")
    now = run.now()
    uscc = None if supplier_uscc is None else uscc_uri(supplier_uscc).rsplit(":", 1)[1]
    bill = Purchase(
        portion=Portion(uri, *amount(quantity, unit)),
        name=name,
        bought=now.astimezone(zone()).date() if bought is None else read_day(bought, "--bought"),
        supplier=Supplier(supplier, uscc, supplier_address, supplier_contact),
        spec=spec,
        produced=None if produced is None else read_day(produced, "--produced"),
        lot=lot,
        shelf_life_days=shelf_life,
        producer=producer,
        proof=None if proof is None else read(proof, MAX_PROOF + 1),
        place=place,
    )
    with run.following() as reader:
        index = awaited(reader, actor, uri)
    if index is not None:
        raise LedgerError(
            "%s was pushed by its supplier, index %s: `suyuan confirm %s` answers it",
            uri,
            index,
            index,
        )
    came = if_given(when, run.instant)
    event, disclosures = enter(bill, actor, now, when=came, zone=zone())
    attachments = () if bill.proof is None else (bill.proof,)
    (receipt,) = run.sign([Draft(event=event)], attachments, disclosures)
    missing = [str(name) for name in bill.missing()]
    value = {"item": uri, "eventID": event["eventID"], "missing": missing}
    run.answer(
        value | receipt.to_dict(),
        [uri],
        msg("%s: this chain begins at the buyer", recorded(receipt)),
        *([msg("the law asks for more: %s", bill.missing())] if missing else []),
    )
