"""Links that are not in the ledger, among those that are: what the rules would say of them."""

from collections.abc import Collection, Sequence
from types import SimpleNamespace

from suyuan.trace.format.event_items import rows
from suyuan.trace.format.link import Link
from suyuan.trace.format.times import micros
from suyuan.trace.format.times import parse as parse_time

from ..read.reader import Reader
from .follow_events import row as event_row
from .material import Material
from .rule_context import Asking


class Supposed(Material):
    """The material of a ledger to which some links have just been appended."""

    def __init__(self, reader: Reader, links: Sequence[Link]) -> None:
        size = reader.size()
        self.supposed = {size + number: link for number, link in enumerate(links)}
        super().__init__(reader, size + len(links), self.supposed, {})
        self._rows_of: dict[int, list[SimpleNamespace]] = {}
        for leaf, link in self.supposed.items():
            self._suppose(leaf, link)

    def _suppose(self, leaf: int, link: Link) -> None:
        """Its rows, as the followers would write them; new subjects have numbers below 0."""
        event = event_row(leaf, link)
        self._before[leaf] = sorted(ref.index for ref in link.after if ref.ledger is None)
        self._void[leaf] = None
        actor = self._number(link.actor)
        for row in rows(link):
            number = self._number(row.item)
            quantity = row.quantity
            self._rows_of.setdefault(number, []).append(
                SimpleNamespace(
                    **event,
                    subject=number,
                    actor=actor,
                    role=int(row.role),
                    quantity=None if quantity is None else quantity.micro,
                    unit=None if quantity is None else quantity.unit,
                )
            )

    def _number(self, uri: str) -> int:
        found = self.numbers([uri]).get(uri)
        if found is None:
            found = -1 - len(self._numbers)
            self._numbers[uri], self._uris[found] = found, uri
        return found

    def _rows(self, items: Sequence[int]) -> list[object]:
        stored = list(super()._rows([item for item in items if item >= 0]))
        return [*stored, *(row for item in items for row in self._rows_of.get(item, ()))]

    def _load_void(self, leaves: Collection[int]) -> None:
        super()._load_void([leaf for leaf in leaves if leaf not in self.supposed])

    def _load_makings(self, names: Collection[str]) -> None:
        super()._load_makings(names)
        for leaf in sorted(self.supposed):
            name = self.transformation(leaf)
            if name is not None:
                self._transformations.setdefault(name, leaf)

    def transformation(self, leaf: int) -> str | None:
        """The key of an event's own transformationID; None where it has none."""
        if leaf in self.supposed:
            found = event_row(leaf, self.supposed[leaf])["transformation"]
            return None if found is None else str(found)
        return super().transformation(leaf)


class SupposedAsking(Asking):
    """The context of rules over it."""

    def __init__(self, material: Supposed) -> None:
        super().__init__(material)
        self._supposed = material

    def signed(self, leaf: int) -> int | None:
        """When a link says that it was signed."""
        link = self._supposed.supposed.get(leaf)
        when = None if link is None else parse_time(link.signed_at)
        return super().signed(leaf) if when is None else micros(when)

    def making(self, leaf: int) -> Sequence[int]:
        """The leaves of the transformation that one is part of."""
        name = self._supposed.transformation(leaf)
        mine = [
            one
            for one in sorted(self._supposed.supposed)
            if one == leaf or (name is not None and self._supposed.transformation(one) == name)
        ]
        return sorted({*super().making(leaf), *mine})
