"""What rules of plausibility may ask the store, besides the story of an item."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from suyuan.trace.format.times import micros, parse
from suyuan.trace.lineage.model import ItemEvent, Stay
from suyuan.trace.lineage.story import story_of

from .. import schema as t
from ..selecting import as_bytes, entry_payload
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
        self._signed.update(dict.fromkeys(unknown))
        c = t.link.c
        rows = self._material.reader.among(select(c.leaf, c.entry), c.leaf, unknown)
        self._signed.update((row.leaf, _signed(row.entry)) for row in rows)

    def events(self, item: str) -> Sequence[ItemEvent]:
        """The events that count about another item."""
        number = self._material.numbers([item]).get(item)
        return () if number is None else self._material.standing(number)

    def stays(self, item: str) -> Sequence[Stay]:
        """The stays of another item in containers."""
        number = self._material.numbers([item]).get(item)
        if number is None:
            return ()
        if number not in self._stays:
            self._stays[number] = story_of(self._material.known(number)).stays
        return self._stays[number]

    def making(self, leaf: int) -> Sequence[int]:
        """The leaves of the events that count of the transformation that one is part of."""
        material = self._material
        return [one for one in of_making(material, leaf) if not material.is_void(one)]


def of_making(material: Material, leaf: int) -> list[int]:
    """The leaves of all events of the transformation that one is part of."""
    name = material.transformation(leaf)
    if name is None:
        return [leaf]
    c = t.event.c
    query = select(c.leaf).where(c.transformation == name, c.leaf < material.stop)
    return list(material.reader.connection.execute(query.order_by(c.leaf)).scalars())


def _signed(entry: object) -> int | None:
    """The `signed_at` of an entry; None where a changed database has put something else there."""
    try:
        found = parse(entry_payload(as_bytes(entry))["signed_at"])
    except (ValueError, TypeError, KeyError):
        return None
    return None if found is None else micros(found)
