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
        self._registrations: dict[int, Registration] = {}
        self._stated: dict[tuple[str, str], list[tuple[int, str, Object]]] = {}

    def registration(self, party: str, before: int) -> Registration | None:
        """What a party was registered as by the newest statement with a smaller index."""
        statement = self._newest(party, "party", before)
        if statement is None or statement.get("op") == "leave":
            return None
        known = self._registrations.get(id(statement))  # which `_stated` keeps
        if known is None:
            known = self._registrations[id(statement)] = _registration(statement)
        return known

    def owner(self, uri: str, before: int) -> Owner | None:
        """Whose a product, a place or an item is by the authority's statements before an index."""
        known = self._reader.subject_numbers(set(candidates(uri)))
        return owner_of(uri, lambda u: self._newest(u, "ownership", before) if u in known else None)

    def place(self, uri: str, before: int) -> PlaceFacts | None:
        """What a place is, by its owner, else by the only party that states it as its own."""
        stated = [row for row in self.statements(uri, "place") if row[0] < before]
        own = {actor for _, actor, statement in stated if statement["party"] == actor}
        place = self._counting(uri, "place", before, own.pop() if len(own) == 1 else None)
        return None if place is None else PlaceFacts(str(place["party"]), str(place["division"]))

    def product(self, uri: str, before: int, coder: str | None = None) -> Product | None:
        """What a product is, by its owner, else by who coded the lot of it."""
        product = self._counting(uri, "product", before, coder)
        if product is None:
            return None
        return Product(
            uri=uri,
            name=product.get("name"),
            spec=product.get("spec"),
            category=str(product["category"]),
            unit=str(product["unit"]),
            conversions={k: Decimal(v) for k, v in product.get("conversions", {}).items()},
            shelf_life=product.get("shelf_life_days"),
        )

    def _newest(self, subject: str, kind: str, before: int) -> Object | None:
        rows = [row for row in self.statements(subject, kind) if row[0] < before]
        return rows[-1][2] if rows else None

    def _counting(self, uri: str, kind: str, before: int, speaker: str | None) -> Object | None:
        rows = self.statements(uri, kind)
        stated = [(actor, statement) for leaf, actor, statement in rows if leaf < before]
        return counting(stated, self.owner(uri, before), speaker) if stated else None

    def statements(self, subject: str, kind: str) -> list[tuple[int, str, Object]]:
        """Leaf, actor and statement of all of a kind about a subject, in order."""
        if (subject, kind) not in self._stated:
            self._stated[subject, kind] = [
                (leaf, link.actor, link.statement)
                for leaf in self._leaves(subject)
                if (link := self._link(leaf)) is not None
                and link.statement is not None
                and link.statement["type"] == kind
            ]
        return self._stated[subject, kind]

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


def _registration(statement: Object) -> Registration:
    return Registration(
        name=statement.get("name"),
        roles=tuple(statement["roles"]),
        division=str(statement["division"]),
        places=tuple(statement["places"]),
        gs1=tuple(statement["gs1"]),
        part_of=statement.get("part_of"),
    )
