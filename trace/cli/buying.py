"""`suyuan purchase`: what was bought, entered by the buyer where the supplier pushed nothing."""

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from ..disclosures import Kept
from ..errors import LedgerError
from ..identifiers.gs1 import lot_uri
from ..identifiers.parties import uscc_uri
from ..ledger import Ledger
from ..pen import Draft
from ..quantities import UNITS
from ..receiving import MAX_PROOF, Purchase, Supplier, enter
from ..slips import awaited
from ..steps import Portion
from ..times import zone
from .common import (
    follow,
    home_option,
    instant,
    json_option,
    key_options,
    opened,
    pen_for,
    say,
    show_json,
)
from .recording import find_item


@click.command()
@click.argument("item")
@click.option("--name", required=True, help="What it is: the product's name.")
@click.option("--quantity", required=True, help="How much was bought, as a decimal number.")
@click.option("--unit", default="KGM", show_default=True, help="UN/ECE unit code; - for pieces.")
@click.option("--spec", help="Its specification, as 500 g a bag.")
@click.option("--produced", help="The production date, 2026-11-24.")
@click.option("--lot", help="The producer's lot; with --gtin it names the item.")
@click.option("--gtin", help="The product's GTIN, where the package has one.")
@click.option("--shelf-life", type=click.IntRange(0, 36500), help="Days.")
@click.option("--producer", help="Who made it.")
@click.option(
    "--proof",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The proof of conformity: a PDF, JPEG, PNG or WebP, which is open to all.",
)
@click.option("--bought", help="The day of the purchase [default: today].")
@click.option("--supplier", required=True, help="The supplier's name; hidden without a USCC.")
@click.option("--supplier-uscc", help="The supplier's unified social credit code.")
@click.option("--supplier-address", help="Hidden where there is no USCC.")
@click.option("--supplier-contact", help="Always hidden.")
@click.option("--place", help="Where: a place's URI.")
@click.option("--time", "when", help="When it came, 2026-11-24T08:30 [default: now].")
@key_options
@json_option
@home_option
def purchase(
    *,
    item: str,
    name: str,
    quantity: str,
    unit: str,
    spec: str | None,
    produced: str | None,
    lot: str | None,
    gtin: str | None,
    shelf_life: int | None,
    producer: str | None,
    proof: Path | None,
    bought: str | None,
    supplier: str,
    supplier_uscc: str | None,
    supplier_address: str | None,
    supplier_contact: str | None,
    place: str | None,
    when: str | None,
    key_file: str | None,
    actor: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Enter what was bought of a supplier who pushed nothing; the chain begins at the buyer.

    ITEM is `new` (with --gtin and --lot, that lot), a trace code or a URI.
    """
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        uri = _item(ledger, item, gtin, lot)
        now = ledger.now()
        uscc = None if supplier_uscc is None else uscc_uri(supplier_uscc).rsplit(":", 1)[1]
        said = Purchase(
            portion=Portion(uri, *_amount(quantity, unit)),
            name=name,
            bought=now.astimezone(zone()).date() if bought is None else _day("bought", bought),
            supplier=Supplier(supplier, uscc, supplier_address, supplier_contact),
            spec=spec,
            produced=None if produced is None else _day("produced", produced),
            lot=lot,
            shelf_life_days=shelf_life,
            producer=producer,
            proof=None if proof is None else _read(proof),
            place=place,
        )
        _require_unsent(ledger, pen.actor, uri)
        came = None if when is None else instant(when, now)
        entered = enter(said, now, when=came, zone=zone())
        draft = Draft(event=entered.event)
        kept = [Kept(stored, pen.actor) for stored in entered.disclosures]
        (receipt,) = ledger.write(pen, [draft], entered.attachments, kept)
        follow(ledger)
        missing = said.missing()
        if as_json:
            event_id = entered.event["eventID"]
            found = {"item": uri, "eventID": event_id, "missing": missing}
            show_json(found | receipt.to_dict())
            return
        click.echo(uri)
        say(f"recorded at index {receipt.index}, {receipt.hash}: this chain begins at the buyer")
        if missing:
            say(f"the measures ask for more: {', '.join(missing)}")


def _item(ledger: Ledger, text: str, gtin: str | None, lot: str | None) -> str:
    if gtin is None:
        return find_item(ledger, text, may_be_new=True)
    if text != "new" or lot is None:
        raise LedgerError("--gtin names a lot together with ITEM new and --lot")
    return lot_uri(gtin, lot)


def _require_unsent(ledger: Ledger, party: str, item: str) -> None:
    """Raise LedgerError where a supplier has pushed this item, and it waits to be confirmed."""
    follow(ledger)
    with ledger.reading() as reader:
        index = awaited(reader, party, item)
    if index is not None:
        raise LedgerError(
            f"{item} was pushed by its supplier, index {index}: `suyuan confirm {index}` answers it"
        )


def _amount(quantity: str, unit: str) -> tuple[Decimal, str | None]:
    try:
        value = Decimal(quantity)
    except InvalidOperation:
        raise LedgerError(f"--quantity {quantity!r} is no number") from None
    if unit != "-" and unit not in UNITS:
        raise LedgerError(f"unit {unit!r} is none of {', '.join(sorted(UNITS))}, or - for pieces")
    if not value.is_finite():
        raise LedgerError(f"--quantity {quantity!r} is no amount")
    return value, None if unit == "-" else unit


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LedgerError(f"--{option} {text!r} is no date of the calendar: 2026-11-24") from None


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_PROOF + 1)


COMMANDS = (purchase,)
