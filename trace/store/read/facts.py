"""What statements say of parties, places and products, as of a link."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select

from suyuan.trace.admission.ownership import Owner, candidates, counting, owner_of
from suyuan.trace.findings.rule import PlaceFacts, Registration
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.lineage.model import Product

from .. import schema as t
from .reader import Reader

LinkAt = Callable[[int], Link | None]
T = TypeVar("T")


class Facts:
    """Statements before `stop`, read once for each subject."""

    def __init__(self, reader: Reader, stop: int, link: LinkAt) -> None:
        self._reader = reader
        self._stop = stop
        self._link = link
        self._said: dict[tuple[str, str], list[tuple[int, str, Object]]] = {}

    def registration(self, party: str, before: int) -> Registration | None:
        """What a party was registered as by the newest statement with a smaller index."""
        found = self._newest(party, "party", before)
        if found is None or found.get("op") == "leave":
            return None
        return Registration(
            name=found.get("name"),
            roles=tuple(found["roles"]),
            division=str(found["division"]),
            places=tuple(found["places"]),
            gs1=tuple(found["gs1"]),
            part_of=found.get("part_of"),
        )

    def owner(self, uri: str, before: int) -> Owner | None:
        """Whose a product, a place or an item is by the authority's statements before an index."""
        known = self._reader.subject_numbers(set(candidates(uri)))
        return owner_of(
            uri, lambda one: self._newest(one, "ownership", before) if one in known else None
        )

    def place(self, uri: str, before: int) -> PlaceFacts | None:
        """What a place is, by its owner, else by the only party that states it as its own."""
        stated = [one for one in self.statements(uri, "place") if one[0] < before]
        own = {actor for _, actor, said in stated if said["party"] == actor}
        found = self._counting(uri, "place", before, own.pop() if len(own) == 1 else None)
        return None if found is None else PlaceFacts(str(found["party"]), str(found["division"]))

    def product(self, uri: str, before: int, coder: str | None = None) -> Product | None:
        """What a product is, by its owner, else by who coded the lot of it."""
        found = self._counting(uri, "product", before, coder)
        if found is None:
            return None
        return Product(
            uri=uri,
            name=found.get("name"),
            spec=found.get("spec"),
            category=str(found["category"]),
            unit=str(found["unit"]),
            conversions={k: Decimal(v) for k, v in found.get("conversions", {}).items()},
            shelf_life=found.get("shelf_life_days"),
        )

    def _newest(self, subject: str, kind: str, before: int) -> Object | None:
        found = [one for one in self.statements(subject, kind) if one[0] < before]
        return found[-1][2] if found else None

    def _counting(self, uri: str, kind: str, before: int, speaker: str | None) -> Object | None:
        found = self.statements(uri, kind)
        stated = [(actor, said) for leaf, actor, said in found if leaf < before]
        return counting(stated, self.owner(uri, before), speaker) if stated else None

    def statements(self, subject: str, kind: str) -> list[tuple[int, str, Object]]:
        """Leaf, actor and statement of all of a kind about a subject, in order."""
        if (subject, kind) not in self._said:
            self._said[subject, kind] = [
                (leaf, link.actor, link.statement)
                for leaf in self._leaves(subject)
                if (link := self._link(leaf)) is not None
                and link.statement is not None
                and link.statement["type"] == kind
            ]
        return self._said[subject, kind]

    def _leaves(self, subject: str) -> list[int]:
        """The leaves of the statements about a subject, ascending."""
        number = self._reader.subject(subject)
        if number is None:  # as of most places
            return []
        c = t.link_item.c
        query = (
            select(c.leaf)
            .join(t.chain, c.chain == t.chain.c.id)
            .outerjoin(t.event, t.event.c.leaf == c.leaf)
            .where(t.chain.c.subject == number, c.leaf < self._stop, t.event.c.leaf.is_(None))
            .order_by(c.leaf)
        )
        return list(self._reader.connection.execute(query).scalars())
