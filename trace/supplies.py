"""A supplier's own: the products that it has stated, and the batches that it registered last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from .identifiers.gs1 import ID
from .lineage.lots import MasterData
from .members import Object, objects_in, text_in
from .quantities import decimal
from .recorded import link_at
from .store import registered
from .store.read import Reader
from .times import micros, zone
from .times import parse as instant

LATEST = 200
"""How many of the newest batches are looked at: what was registered on the last day, and before."""

_BEGINNINGS = {"urn:suyuan:step:harvest": "harvest", "urn:suyuan:step:catch": "catch"}


@dataclass(frozen=True, slots=True)
class OwnProduct:
    """A product as its party states it; `index` is its statement's, `unit` a UN/ECE code.

    `conversions` say how much of the unit is in one of another, as decimal strings: 箱 20.
    """

    uri: str
    index: int
    name: str
    category: str
    unit: str
    spec: str | None = None
    conversions: Mapping[str, str] = field(default_factory=dict)
    shelf_life_days: int | None = None

    @property
    def gtin(self) -> str | None:
        """Its GTIN, where its URI is one."""
        return self.uri.removeprefix(f"{ID}/01/") if self.uri.startswith(f"{ID}/01/") else None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as its coding says: what, how much, when and where.

    `day` is that of the event in the ledger's zone; `count` and `count_unit` a second measure;
    `begun` the step `harvest` or `catch` that its party recorded of it first, if any.
    """

    item: str
    index: int
    day: date
    product: str
    product_id: str | None
    spec: str | None
    category: str | None
    quantity: Decimal
    uom: str | None
    count: Decimal | None
    count_unit: str | None
    produced: date | None
    shelf_life_days: int | None
    origin: str | None
    place: str | None
    lot: str | None
    begun: str | None


def products_of(reader: Reader, party: str) -> list[OwnProduct]:
    """The products that a party has stated, as it last did, by name.

    One whose name is hidden is left out: nobody could choose it.
    """
    stated = [_product(reader, party, *row) for row in registered.products(reader, party)]
    products = [product for product in stated if product is not None]
    return sorted(products, key=lambda product: (product.name, product.spec or "", product.uri))


def _product(reader: Reader, party: str, uri: str, leaf: int) -> OwnProduct | None:
    link = link_at(reader, leaf)
    said = None if link is None or link.actor != party else link.statement
    if said is None or said["type"] != "product" or said["uri"] != uri or "name" not in said:
        return None
    return OwnProduct(
        uri=uri,
        index=leaf,
        name=str(said["name"]),
        category=str(said["category"]),
        unit=str(said["unit"]),
        spec=said.get("spec"),
        conversions=dict(said.get("conversions", {})),
        shelf_life_days=said.get("shelf_life_days"),
    )


def batches_of(reader: Reader, party: str, before: date | None = None) -> list[Batch]:
    """The LATEST batches that a party registered, newest first; with `before`, before that day.

    As of what followers have seen. Those whose coding cannot be repeated in a form (several lots
    in one event, no amount) are left out.
    """
    until = None if before is None else micros(datetime.combine(before, time(), zone()))
    rows = registered.codings(reader, party, LATEST, until)
    batches = [_batch(reader, party, *row) for row in rows]
    return [batch for batch in batches if batch is not None]


def last_day(reader: Reader, party: str, today: date) -> list[Batch]:
    """The batches of the newest day before today, in the order in which they were registered."""
    before = batches_of(reader, party, today)
    day = max((batch.day for batch in before), default=None)
    return sorted((b for b in before if b.day == day), key=lambda batch: batch.index)


def moved(batch: Batch, today: date) -> date | None:
    """A batch's production date as it would be today, where it has one."""
    if batch.produced is None:
        return None
    return min(today, batch.produced + timedelta(days=(today - batch.day).days))


def _batch(reader: Reader, party: str, item: str, leaf: int) -> Batch | None:
    link = link_at(reader, leaf)
    event = None if link is None or link.actor != party or link.is_received else link.event
    if event is None or event.get("bizStep") != "commissioning":
        return None
    lots, when = event.get("quantityList"), instant(event["eventTime"])
    if not isinstance(lots, list) or len(lots) != 1 or when is None:
        return None
    amount, data = decimal(lots[0].get("quantity")), MasterData.of(event.get("ilmd"))
    if lots[0].get("epcClass") != item or amount is None or data.product is None:
        return None
    count, unit = _count(event, item)
    place = event.get("bizLocation")
    return Batch(
        item=item,
        index=leaf,
        day=when.astimezone(zone()).date(),
        product=data.product,
        product_id=data.product_id,
        spec=data.spec,
        category=data.category,
        quantity=amount,
        uom=lots[0].get("uom"),
        count=count,
        count_unit=unit,
        produced=data.produced,
        shelf_life_days=data.shelf_life_days,
        origin=data.origin,
        place=text_in(place, "id") if isinstance(place, dict) else None,
        lot=data.lot,
        begun=_begun(reader, party, item),
    )


def _count(event: Object, item: str) -> tuple[Decimal | None, str | None]:
    for part in objects_in(event, "suyuan:quantities"):
        number, unit = decimal(part.get("value")), text_in(part, "unit")
        is_count = part.get("item") == item and part.get("kind") == "count"
        if is_count and number is not None and unit is not None:
            return number, unit
    return None, None


def _begun(reader: Reader, party: str, item: str) -> str | None:
    stored = reader.in_chain(item, party, 0)
    link = None if stored is None else link_at(reader, stored.index)
    event = None if link is None else link.event
    return None if event is None else _BEGINNINGS.get(str(event.get("bizStep")))
