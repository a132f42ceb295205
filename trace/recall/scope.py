"""What a recall would reach: items, and how much of them is in whose hands now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import LedgerError
from ..identifiers import codes
from ..lineage.model import Lot, Stock
from ..quantities import Quantity
from ..store.lineage import Lineage
from ..store.read import Reader
from ..store.recalls import ActBook
from .course import amount
from .telling import Name


@dataclass(frozen=True, slots=True)
class Reached:
    """An item in a scope; `is_asked` where it was named itself, else it was made from such.

    `acts` are the recalls that it is under already.
    """

    item: str
    lot: Lot | None
    is_asked: bool
    stocks: tuple[Stock, ...]
    acts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Items by URI, as of `size` links; `inside` and `containers` are not in it by themselves.

    `inside` is what is in the containers among the items; `containers` those that items are in
    now, and theirs: what is packed in them can be stopped only by naming them too.
    """

    items: tuple[Reached, ...]
    inside: tuple[str, ...]
    containers: tuple[str, ...]
    size: int

    def remaining(self) -> dict[str, int]:
        """All that is left anywhere, in millionths by unit; what is not known is not in it."""
        return _by_unit(stock for one in self.items for stock in one.stocks)

    def holders(self) -> dict[str, list[Stock]]:
        """What each party has or waits for; the empty name is on its way out of the ledger."""
        found: dict[str, list[Stock]] = {}
        for one in self.items:
            for stock in one.stocks:
                found.setdefault(stock.holder or "", []).append(stock)
        return dict(sorted(found.items()))


def scope(reader: Reader, items: Sequence[str], *, forward: bool) -> Scope:
    """The scope of a recall of these items; with `forward`, of all that was made from them too.

    Raises LedgerError for an item that the ledger has no record of.
    """
    known = reader.subject_numbers(set(items))
    unknown = sorted(set(items) - known.keys())
    if unknown:
        raise LedgerError(f"this ledger has no record of {', '.join(unknown[:3])}")
    lineage, book = Lineage(reader), ActBook(reader)
    asked = set(items)
    found = lineage.reach(sorted(asked), forward=True) if forward else sorted(asked)
    stocks: dict[str, list[Stock]] = {}
    held = lineage.trace(sorted(asked)) if forward else lineage.stock(sorted(asked))
    for stock in held:
        stocks.setdefault(stock.item, []).append(stock)
    lots = lineage.lots(found)
    acts: dict[str, list[str]] = {}
    for covered in book.covering(found):
        if covered.cleared is None and covered.act.kind == "recall" and covered.act.is_in_force:
            acts.setdefault(covered.item, []).append(covered.act.uri)
    return Scope(
        tuple(
            Reached(
                item,
                lots.get(item),
                item in asked,
                tuple(stocks.get(item, ())),
                tuple(acts.get(item, ())),
            )
            for item in sorted(found, key=lambda item: (item not in asked, item))
        ),
        tuple(sorted(book.inside(asked) - set(found))),
        tuple(sorted(_containers(lineage, held) - set(found))),
        lineage.size(),
    )


def _containers(lineage: Lineage, stocks: Iterable[Stock]) -> set[str]:
    todo = {stock.container for stock in stocks if stock.container is not None}
    found: set[str] = set()
    while todo:
        found |= todo
        outer = {stay.container for one in todo for stay in lineage.stays(one) if stay.left is None}
        todo = outer - found
    return found


def _by_unit(stocks: Iterable[Stock]) -> dict[str, int]:
    found: dict[str, int] = {}
    for stock in stocks:
        if stock.quantity is not None:
            unit = stock.quantity.unit
            found[unit] = found.get(unit, 0) + stock.quantity.micro
    return dict(sorted(found.items()))


def scope_json(found: Scope, host: str, name: Name) -> dict[str, Any]:
    """A scope for programs."""
    return {
        "size": found.size,
        "count": len(found.items),
        "remaining": _amounts(found.remaining()),
        "holders": [
            {
                "holder": uri or None,
                "name": name(uri) if uri else None,
                "is_reported": all(stock.is_reported for stock in stocks),
                "items": len({stock.item for stock in stocks}),
                "quantities": _amounts(_by_unit(stocks)),
            }
            for uri, stocks in found.holders().items()
        ],
        "items": [
            {
                "item": one.item,
                "code": codes.of_uri(one.item, host),
                "name": None if one.lot is None else one.lot.name,
                "produced": None if one.lot is None else one.lot.produced,
                "asked": one.is_asked,
                "recalled_by": list(one.acts),
                "remaining": [_stock(stock) for stock in one.stocks],
            }
            for one in found.items
        ],
        "inside": list(found.inside),
        "containers": list(found.containers),
    }


def _stock(stock: Stock) -> Mapping[str, Any]:
    return {
        "holder": stock.holder,
        "in_transit": stock.is_in_transit,
        "from": stock.sender,
        "is_reported": stock.is_reported,
        "container": stock.container,
        "quantity": None if stock.quantity is None else amount(stock.quantity),
    }


def _amounts(by_unit: Mapping[str, int]) -> list[Mapping[str, str]]:
    return [amount(Quantity(micro, unit)) for unit, micro in by_unit.items()]
