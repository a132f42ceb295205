"""Amounts far from what a party usually enters: a slip of the finger, asked about once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from suyuan.trace.format.event_items import Role, mentions
from suyuan.trace.format.members import Object, text_in
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.vocabulary import step_named
from suyuan.trace.lineage.lots import MasterData
from suyuan.trace.store.read import own_records
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

FACTOR = 10
"""So many times the median of a product and step, or less than one in so many, is unusual."""


@dataclass(frozen=True, slots=True)
class Unusual:
    """An amount of an item that is far from the usual one."""

    item: str
    name: str
    quantity: Quantity
    usual: Quantity


class Usual:
    """What an actor usually enters, each product and step looked up once."""

    def __init__(self, reader: Reader, actor: str) -> None:
        self._reader, self._actor = reader, actor
        self._medians: dict[tuple[str, str, str], int | None] = {}

    def unusual(self, events: Iterable[Object]) -> Iterator[Unusual]:
        """The amounts in events to be signed that are far from the usual."""
        events = list(events)
        items = {mention.item for event in events for mention in mentions(event)}
        lots = Lineage(self._reader).lots(sorted(items))
        for event in events:
            step = step_named(text_in(event, "bizStep") or "", text_in(event, "disposition") or "")
            data = MasterData.of(event.get("ilmd"))
            for mention in mentions(event):
                lot, is_new = lots.get(mention.item), mention.role & (Role.OBJECT | Role.OUTPUT)
                stated = data.product if is_new else None
                name = stated or (None if lot is None else lot.name or lot.product)
                if step is None or name is None or mention.quantity is None:
                    continue
                median = self._median(step.name, name, mention.quantity.unit)
                if median is not None and _is_far(mention.quantity.micro, median):
                    usual = Quantity(median, mention.quantity.unit)
                    yield Unusual(mention.item, name, mention.quantity, usual)

    def limits(self, step: str, name: str, unit: str) -> tuple[int, int, int] | None:
        """The median, the least and the most that is not unusual, in millionths; None of few."""
        median = self._median(step, name, unit)
        return None if median is None else (median, -(-median // FACTOR), FACTOR * median)

    def _median(self, step: str, name: str, unit: str) -> int | None:
        key = step, name, unit
        if key not in self._medians:
            self._medians[key] = own_records.usual(self._reader, self._actor, *key)
        return self._medians[key]


def _is_far(micro: int, median: int) -> bool:
    return micro > FACTOR * median or FACTOR * micro < median
