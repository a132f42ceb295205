"""`suyuan purchase`: what was bought, entered by the buyer where the supplier pushed nothing."""

from pathlib import Path

import click

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.gs1 import lot_uri
from suyuan.trace.format.identifiers.parties import uscc_uri
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import zone
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.goods.handover.slips import awaited
from suyuan.trace.recording.receiving import MAX_PROOF, Purchase, Supplier, enter
from suyuan.trace.recording.record_step import amount, read_day

from ..command import CAME, DAYS, PLACE, UNIT, Run, argument, command, option
from ..files import read


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
    uri = _item(run, item, gtin, lot)
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
            f"{uri} was pushed by its supplier, index {index}: `suyuan confirm {index}` answers it"
        )
    entered = enter(bill, now, when=None if when is None else run.instant(when), zone=zone())
    disclosures = [Kept(stored, actor) for stored in entered.disclosures]
    (receipt,) = run.sign([Draft(event=entered.event)], entered.attachments, disclosures)
    missing = bill.missing()
    value = {"item": uri, "eventID": entered.event["eventID"], "missing": missing}
    run.answer(
        value | receipt.to_dict(),
        [uri],
        f"recorded at index {receipt.index}, {receipt.hash}: this chain begins at the buyer",
        *([f"the measures ask for more: {', '.join(missing)}"] if missing else []),
    )


def _item(run: Run, text: str, gtin: str | None, lot: str | None) -> str:
    if gtin is None:
        return run.item(text, may_be_new=True)
    if text != "new" or lot is None:
        raise LedgerError("--gtin names a lot together with ITEM new and --lot")
    return lot_uri(gtin, lot)
