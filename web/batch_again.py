"""The same as yesterday: what a supplier registered on its last day, to be registered anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from suyuan.trace.imports import units
from suyuan.trace.lineage.lots import gs1_values
from suyuan.trace.quantities import decimal_text
from suyuan.trace.store.read import Reader
from suyuan.trace.supplies import Batch, OwnProduct, last_day, moved
from suyuan.trace.times import zone

from .batch_form import BatchIn

MOST = 60


@dataclass(frozen=True, slots=True)
class AgainBatch:
    """A batch as it may be registered again today: what it is, its form, the lot number it had."""

    title: str
    batch: BatchIn
    lot: str | None


@dataclass(frozen=True, slots=True)
class Again:
    """The batches of the last day before today; `more` are not among them."""

    day: date | None
    batches: tuple[AgainBatch, ...]
    more: int


def again(reader: Reader, party: str, products: Sequence[OwnProduct], now: datetime) -> Again:
    """What a party registered on its last day before today, with dates moved to today."""
    today = now.astimezone(zone()).date()
    found = last_day(reader, party, today)
    known = {one.uri: one for one in products}
    day = found[0].day if found else None
    shown = tuple(_again(one, known, today) for one in found[:MOST])
    return Again(day, shown, len(found) - len(shown))


def answers(batch: Batch, products: dict[str, OwnProduct], today: date) -> BatchIn:
    """The form that would register a batch again today, without its lot number."""
    product = products.get(batch.product_id or "")
    amount, unit = _amount(batch, product)
    produced = moved(batch, today)
    begins = batch.begun if produced == today else None
    common = BatchIn.model_validate(
        {
            "quantity": decimal_text(amount),
            "unit": unit,
            "produced": "" if produced is None else produced.isoformat(),
            "shelf_life": "" if batch.shelf_life_days is None else str(batch.shelf_life_days),
            "origin": batch.origin or "",
            "place": batch.place or "",
            "begin": begins or "",
        }
    )
    if product is not None:
        return common.model_copy(update={"product": product.uri})
    names = {"name": batch.product, "spec": batch.spec or "", "category": batch.category or ""}
    gtin = gs1_values(batch.product_id or "").get("01", "")
    return common.model_copy(update=names | {"gtin": gtin})


def _again(batch: Batch, products: dict[str, OwnProduct], today: date) -> AgainBatch:
    lot = batch.lot or gs1_values(batch.item).get("10")
    name = " ".join(filter(None, (batch.product, batch.spec)))
    return AgainBatch(name, answers(batch, products, today), lot)


def _amount(batch: Batch, product: OwnProduct | None) -> tuple[Decimal, str]:
    """As counted, where the product's statement says how much that is; else as measured."""
    ratio = None if product is None else product.conversions.get(batch.count_unit or "")
    if ratio is not None and batch.count is not None and batch.count_unit is not None:
        same_unit = product is not None and batch.uom == product.unit
        if same_unit and batch.count * Decimal(ratio) == batch.quantity:
            return batch.count, batch.count_unit
    uom = batch.uom or "H87"
    return batch.quantity, uom if units.is_unit(uom) else "H87"
