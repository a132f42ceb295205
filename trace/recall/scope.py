"""What a recall would reach: items, and how much of them is in whose hands now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.lineage.model import Lot, Stock
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader


@dataclass(frozen=True, slots=True)
class Reached:
    """An item in a scope, named itself or made from such, and the recalls that it is under."""

    item: str
    lot: Lot | None
    is_asked: bool
    stocks: tuple[Stock, ...]
    acts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Items by URI, as of `size` links, but not what is `inside` containers among them.

    Nor `containers` that items are in now: that stops only by naming them too.
    """

    items: tuple[Reached, ...]
    inside: tuple[str, ...]
    containers: tuple[str, ...]
    size: int

    def remaining(self) -> dict[str, int]:
        """All that is left anywhere, in millionths by unit; what is not known is not in it."""
        return by_unit(stock for one in self.items for stock in one.stocks)

    def holders(self) -> dict[str, list[Stock]]:
        """What each party has or waits for; the empty name is on its way out of the ledger."""
        by_holder: dict[str, list[Stock]] = {}
        for item in self.items:
            for stock in item.stocks:
                by_holder.setdefault(stock.holder or "", []).append(stock)
        return dict(sorted(by_holder.items()))


def scope(reader: Reader, items: Sequence[str], *, forward: bool) -> Scope:
    """The scope of a recall of items, `forward` with all made from them; LedgerError if unknown."""
    known = reader.subject_numbers(set(items))
    if unknown := sorted(set(items) - known.keys()):
        raise LedgerError(f"this ledger has no record of {', '.join(unknown[:3])}")
    lineage, book = Lineage(reader), ActBook(reader)
    named = sorted(set(items))
    reach = lineage.reach(named, forward=True) if forward else named
    stocks = lineage.trace(named) if forward else lineage.stock(named)
    by_item: dict[str, list[Stock]] = {}
    for stock in stocks:
        by_item.setdefault(stock.item, []).append(stock)
    lots = lineage.lots(reach)
    acts: dict[str, list[str]] = {}
    for covered in book.covering(reach):
        if covered.cleared is None and covered.act.kind == "recall" and covered.act.is_in_force:
            acts.setdefault(covered.item, []).append(covered.act.uri)
    return Scope(
        tuple(
            Reached(
                item,
                lots.get(item),
                item in known,
                tuple(by_item.get(item, ())),
                tuple(acts.get(item, ())),
            )
            for item in sorted(reach, key=lambda item: (item not in known, item))
        ),
        tuple(sorted(book.inside(named) - set(reach))),
        tuple(sorted(_containers(lineage, stocks) - set(reach))),
        lineage.size(),
    )


def _containers(lineage: Lineage, stocks: Iterable[Stock]) -> set[str]:
    todo = {stock.container for stock in stocks if stock.container is not None}
    containers: set[str] = set()
    while todo:
        containers |= todo
        stays = [stay for container in todo for stay in lineage.stays(container)]
        todo = {stay.container for stay in stays if stay.left is None} - containers
    return containers


def by_unit(stocks: Iterable[Stock]) -> dict[str, int]:
    """All of these stocks, in millionths by unit; what is not known is not in it."""
    totals: dict[str, int] = {}
    for stock in stocks:
        if stock.quantity is not None:
            unit = stock.quantity.unit
            totals[unit] = totals.get(unit, 0) + stock.quantity.micro
    return dict(sorted(totals.items()))
