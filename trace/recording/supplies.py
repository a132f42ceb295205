"""A supplier's own: the products that it has stated, and the batches that it registered last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.times import micros, zone
from suyuan.trace.format.times import parse as instant
from suyuan.trace.format.vocabulary import STEPS, steps_of
from suyuan.trace.lineage.model import Lot
from suyuan.trace.store.read import registered
from suyuan.trace.store.read.reader import Reader

from .imports.batches import Batch, of_event

LATEST = 200
"""How many of the newest batches are looked at: what was registered on the last day, and before."""

GTIN = f"{ID}/01/"
_BEGINNINGS = {STEPS[name].biz_step: name for name in steps_of("gathers")}


class ProductJson(Form):
    """A product as its party stated it last."""

    uri: str
    index: int = described("The statement's")
    name: str
    spec: str | None
    category: str
    unit: str = described("UN/ECE Recommendation 20")
    conversions: dict[str, str]  # how much of the unit is in one of another: 箱 20
    shelf_life_days: int | None
    gtin: str | None


class ProductsJson(Form):
    """A party's products, by name."""

    party: str
    products: list[ProductJson]


@dataclass(frozen=True, slots=True)
class Registered:
    """A batch as its coding says, and where that stands: its item, its link's index.

    `day` is that of the event in the ledger's zone; `begun` the step that its
    party recorded of it first, if any.
    """

    batch: Batch
    item: str
    index: int
    day: date
    begun: str | None


def products_of(reader: Reader, party: str) -> list[ProductJson]:
    """The products that a party has stated, as it last did, by name.

    One whose name is hidden is left out: nobody could choose it.
    """
    stated = [_product(reader, party, *row) for row in registered.stated(reader, party, "product")]
    products = [product for product in stated if product is not None]
    return sorted(products, key=lambda product: (product.name, product.spec or "", product.uri))


def _product(reader: Reader, party: str, uri: str, leaf: int) -> ProductJson | None:
    link = reader.parsed(leaf)
    known = None if link is None or link.actor != party else link.statement
    if known is None or known["type"] != "product" or known["uri"] != uri or "name" not in known:
        return None
    return ProductJson(
        uri=uri,
        index=leaf,
        name=str(known["name"]),
        spec=known.get("spec"),
        category=str(known["category"]),
        unit=str(known["unit"]),
        conversions=dict(known.get("conversions", {})),
        shelf_life_days=known.get("shelf_life_days"),
        gtin=uri.removeprefix(GTIN) if uri.startswith(GTIN) else None,
    )


def batches_of(reader: Reader, party: str, before: date | None = None) -> list[Registered]:
    """The LATEST batches that a party registered, newest first; with `before`, before that day.

    As of what followers have seen. Those whose coding cannot be repeated in a form (several lots
    in one event, no amount) are left out.
    """
    until = None if before is None else micros(datetime.combine(before, time(), zone()))
    codings = registered.codings(reader, party, LATEST, until)
    return [row for coding in codings if (row := _registered(reader, party, *coding)) is not None]


def last_day(reader: Reader, party: str, today: date) -> list[Registered]:
    """The batches of the newest day before today, in the order in which they were registered."""
    before = batches_of(reader, party, today)
    day = max((row.day for row in before), default=None)
    return sorted((row for row in before if row.day == day), key=lambda row: row.index)


def _registered(reader: Reader, party: str, item: str, leaf: int) -> Registered | None:
    link = reader.parsed(leaf)
    if link is None or link.actor != party or link.is_received or link.event is None:
        return None
    batch, when = of_event(link.event, item), instant(link.event["eventTime"])
    if batch is None or when is None:
        return None
    day = when.astimezone(zone()).date()
    stored = reader.in_chain(item, party, 0)
    first = None if stored is None else reader.parsed(stored.index)
    event = {} if first is None or first.event is None else first.event
    return Registered(batch, item, leaf, day, _BEGINNINGS.get(str(event.get("bizStep"))))


def packages_of(reader: Reader, lots: Iterable[Lot]) -> dict[str, tuple[str, dict[str, Decimal]]]:
    """By item the unit of a lot's product, and how much of it is in each of its packages.

    As who coded the lot states its products, which are read once for each.
    """
    products: dict[str, dict[str, ProductJson]] = {}
    packages = {}
    for lot in lots:
        if lot.product is None or lot.coder is None:
            continue
        if lot.coder not in products:
            products[lot.coder] = {p.uri: p for p in products_of(reader, lot.coder)}
        product = products[lot.coder].get(lot.product)
        if product is not None:
            ratios = {name: Decimal(ratio) for name, ratio in product.conversions.items()}
            packages[lot.item] = (product.unit, ratios)
    return packages
