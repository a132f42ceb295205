"""What rules of plausibility may ask the store, besides the story of an item."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select

from suyuan.trace.format.event_items import rows
from suyuan.trace.format.link import Link
from suyuan.trace.format.times import parse_micros
from suyuan.trace.lineage.model import ItemEvent, Stay
from suyuan.trace.lineage.story import story_of

from .. import schema as t
from ..read.reader import Reader
from ..selecting import as_bytes, entry_payload
from .event_joins import voids
from .follow_events import row as event_row
from .item_events import EventRow
from .material import Material


class Asking:
    """The context of rules, over the material of one batch (plausibility.rule.Context)."""

    def __init__(self, material: Material, signed: dict[int, int | None] | None = None) -> None:
        """`signed` is what is known already of when links were signed, and learns what is not."""
        self._material = material
        self._signed: dict[int, int | None] = {} if signed is None else signed
        self._stays: dict[int, Sequence[Stay]] = {}  # of items that many others ask for
        self.registration = material.facts.registration
        self.place = material.facts.place
        self.product = material.facts.product
        self.owner = material.facts.owner
        self.statements = material.facts.statements
        self.event = material.event
        self.link = material.link
        self.load = material.load_links

    def signed(self, leaf: int) -> int | None:
        """When a link says that it was signed, in microseconds UTC."""
        if leaf not in self._signed:
            self.prepare([leaf])
        return self._signed[leaf]

    def prepare(self, leaves: Collection[int]) -> None:
        """Read when these links were signed, many at once."""
        unknown = sorted({leaf for leaf in leaves if leaf not in self._signed})
        if not unknown:
            return
        self._signed.update(dict.fromkeys(unknown))
        c = t.link.c
        rows = self._material.reader.among(select(c.leaf, c.entry), c.leaf, unknown)
        self._signed.update((row.leaf, _signed(row.entry)) for row in rows)

    def events(self, item: str) -> Sequence[ItemEvent]:
        """The events that count about another item."""
        number = self._material.numbers([item]).get(item)
        return () if number is None else self._material.counting(number)

    def stays(self, item: str) -> Sequence[Stay]:
        """The stays of another item in containers."""
        number = self._material.numbers([item]).get(item)
        if number is None:
            return ()
        if number not in self._stays:
            self._stays[number] = story_of(self._material.known(number)).stays
        return self._stays[number]

    def making(self, leaf: int) -> Sequence[int]:
        """The leaves of the events that count of the transformation that an event is part of."""
        material = self._material
        return [other for other in of_making(material, leaf) if not material.is_void(other)]


def of_making(material: Material, leaf: int) -> list[int]:
    """The leaves of all events of the transformation that an event is part of."""
    name = material.transformation(leaf)
    if name is None:
        return [leaf]
    c = t.event.c
    query = select(c.leaf).where(c.transformation == name, c.leaf < material.stop)
    return list(material.reader.connection.execute(query.order_by(c.leaf)).scalars())


def _signed(entry: object) -> int | None:
    """The `signed_at` of an entry; None where a changed database has put something else there."""
    try:
        return parse_micros(entry_payload(as_bytes(entry))["signed_at"])
    except (ValueError, TypeError, KeyError):
        return None


class Supposed(Material):
    """The material of a ledger to which some links have just been appended."""

    def __init__(self, reader: Reader, links: Sequence[Link]) -> None:
        size = reader.size()
        self.supposed = {size + number: link for number, link in enumerate(links)}
        voided = voids(reader, list(self.supposed.items()))  # what a correction takes back
        super().__init__(
            reader, size + len(links), self.supposed, {void.leaf: void.by for void in voided}
        )
        self._new: dict[str, int] = {}  # subjects that are not in the ledger, with numbers below 0
        self._rows_of: dict[int, list[EventRow]] = {}
        for leaf, link in self.supposed.items():
            self._suppose(leaf, link)

    def _suppose(self, leaf: int, link: Link) -> None:
        """Its rows, as the followers would write them."""
        columns = event_row(leaf, link)
        event = {name: columns[name] for name in EventRow._fields if name in columns}
        self._before[leaf] = sorted(ref.index for ref in link.after if ref.ledger is None)
        self._void[leaf] = leaf if "errorDeclaration" in (link.event or {}) else None
        actor = self._number(link.actor)
        for row in rows(link):
            number = self._number(row.item)
            quantity = row.quantity
            self._rows_of.setdefault(number, []).append(
                EventRow(
                    subject=number,
                    actor=actor,
                    role=int(row.role),
                    quantity=None if quantity is None else quantity.micro,
                    unit=None if quantity is None else quantity.unit,
                    **event,
                )
            )

    def _number(self, uri: str) -> int:
        number = self.numbers([uri]).get(uri)
        return self._new.setdefault(uri, -1 - len(self._new)) if number is None else number

    def numbers(self, uris: Iterable[str]) -> dict[str, int]:
        """The numbers of items that stand in the ledger, or would."""
        wanted = set(uris)
        new = {uri: self._new[uri] for uri in wanted & self._new.keys()}
        return super().numbers(wanted - new.keys()) | new

    def uri(self, number: int) -> str:
        """The URI of a subject."""
        return self.uris([number])[number]

    def uris(self, numbers: Iterable[int]) -> dict[int, str]:
        """The URIs of subjects by their numbers."""
        new = {number: uri for uri, number in self._new.items()}
        wanted = set(numbers)
        return super().uris(wanted - new.keys()) | {n: new[n] for n in wanted & new.keys()}

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
            key = event_row(leaf, self.supposed[leaf])["transformation"]
            return None if key is None else str(key)
        return super().transformation(leaf)


class SupposedAsking(Asking):
    """The context of rules over it."""

    def __init__(self, material: Supposed) -> None:
        super().__init__(material)
        self._supposed = material

    def signed(self, leaf: int) -> int | None:
        """When a link says that it was signed."""
        link = self._supposed.supposed.get(leaf)
        time = None if link is None else parse_micros(link.signed_at)
        return super().signed(leaf) if time is None else time

    def making(self, leaf: int) -> Sequence[int]:
        """The leaves of the transformation that an event is part of."""
        name = self._supposed.transformation(leaf)
        own = [
            other
            for other in sorted(self._supposed.supposed)
            if other == leaf or (name is not None and self._supposed.transformation(other) == name)
        ]
        return sorted({*super().making(leaf), *own})
