"""Looking for parties, lots and codes, each question over a bounded number of rows."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, text

from suyuan.keys.validity import Party
from suyuan.trace.lineage.lots import fold

from .. import schema as t
from ..append.link_rows import party_of
from ..selecting import paged
from .reader import Reader

Span = tuple[str, str]  # of divisions, both ends included, compared as text
LotKey = tuple[int, int]  # leaf of its coding, number of the item
_BLOCK = 200
_COMMON = 1_000  # a term of more parties than these is not counted further
LOOKED = 5_000  # rows that one question looks at
NAMES = 20_000  # names of lots that one question looks at
MATCHED = 200  # names of lots whose lots are merged
PART = 4  # characters of a code; as many as stand in one of its printed groups
ALIKE = 200  # codes, or lot numbers, that begin alike
_LENGTH = 16
_GROUPS = range(0, _LENGTH, PART)
_LAST = "Z"  # of the letters of codes

# One seek in the index for each name, however many lots have it.
_NAMES = """
WITH RECURSIVE found(name) AS (
    SELECT min(name) FROM lot
    UNION ALL
    SELECT (SELECT min(lot.name) FROM lot WHERE lot.name > found.name)
    FROM found WHERE found.name IS NOT NULL
)
SELECT name FROM found WHERE name IS NOT NULL LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Parties:
    """Some parties; `after` is where to go on, None at the end."""

    found: list[Party]
    after: str | None


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot as its coding has it; `actor` is the first of the parties asked for with a chain."""

    item: str
    key: LotKey
    name: str | None
    category: str | None
    produced: str | None
    coder: str | None
    actor: str


@dataclass(frozen=True, slots=True)
class Lots:
    """Some lots, the newest first; `after` is where to go on. `is_short`: not all names matched."""

    found: list[LotRow]
    after: LotKey | None
    is_short: bool


def within(spans: Sequence[Span]) -> ColumnElement[bool]:
    """Whether a party's division lies in one of these spans."""
    return or_(*(t.party.c.division.between(low, high) for low, high in spans))


def codes_with(reader: Reader, part: str) -> Iterator[tuple[str, str | None]]:
    """The item, and for a chain's code its actor, of codes in which `part` stands, by code.

    Found are those in which a printed group of four lies within the part: so each beginning and
    end of a code, and each part of seven characters. Its cost follows how many begin so.
    """
    item, actor = t.subject.alias(), t.subject.alias()
    query = (
        select(t.code.c.code, item.c.uri, actor.c.uri.label("actor"))
        .select_from(t.code)
        .join(item, t.code.c.subject == item.c.id)
        .outerjoin(actor, t.code.c.actor == actor.c.id)
    )
    rows: dict[str, tuple[str, str | None]] = {}
    for shift in range(min(PART, len(part) - PART + 1)):
        rest = part[shift:]
        for start in _GROUPS:
            if start < shift or start + len(rest) > _LENGTH:
                continue
            begins = _column(start).between(rest, rest.ljust(_LENGTH - start, _LAST))
            for row in reader.connection.execute(query.where(begins).limit(ALIKE)):
                if row.code.startswith(part, start - shift):
                    rows[row.code] = row.uri, row.actor
    for code in sorted(rows):
        yield rows[code]


def _column(start: int) -> ColumnElement[Any]:
    """The rest of a code from a group on; with the number in the text, as its index has it."""
    return func.substr(t.code.c.code, literal_column(str(start + 1))) if start else t.code.c.code


def numbered_lots(reader: Reader, folded: str) -> Sequence[str]:
    """The items with this folded lot number, or of four characters and more beginning so."""
    number = t.lot.c.number
    query: Select[Any] = (
        select(t.subject.c.uri)
        .join_from(t.lot, t.subject, t.subject.c.id == t.lot.c.item)
        .order_by(number, t.lot.c.leaf, t.lot.c.item)
        .limit(ALIKE)
    )
    is_part = len(folded) >= PART
    within = number.between(folded, folded + "\U0010ffff") if is_part else number == folded
    return reader.connection.execute(query.where(within)).scalars().all()


def terms(folded: str) -> set[str]:
    """All pairs of neighbouring characters of a folded name, and single ones that are no ASCII.

    A Chinese character by itself is worth looking for, a letter is not.
    """
    pairs = {folded[at : at + 2] for at in range(len(folded) - 1)}
    return pairs | {character for character in folded if not character.isascii()}


def required_terms(folded: str) -> set[str]:
    """The terms that every name has in which `folded` stands; none for a single ASCII letter."""
    if len(folded) == 1:
        return terms(folded)
    return {folded[at : at + 2] for at in range(len(folded) - 1)}


@dataclass(frozen=True)
class Search:
    """Questions over one reader, about the parties that `covers` is true of, in these spans."""

    _reader: Reader
    _spans: Sequence[Span]
    _covers: Callable[[Party], bool]

    # Parties.

    def named(self, folded: str, most: int, after: str = "") -> Parties:
        """Parties in whose folded name this stands, by URI; none for a single ASCII letter."""
        rarest = self._rarest(required_terms(folded))
        if rarest is None:
            return Parties([], None)
        query = (
            select(t.term.c.uri.label("at"), t.party, t.subject.c.uri)
            .select_from(t.term)
            .join(t.subject, t.subject.c.uri == t.term.c.uri)
            .join(t.party, t.party.c.subject == t.subject.c.id)
            .where(t.term.c.term == rarest)
        )

        def is_named(party: Party) -> bool:
            return folded in fold(party.name or "") and self._covers(party)

        rows = self._paged(query, {"at": t.term.c.uri}, (after,))
        return self._parties(rows, is_named, most, lambda row: str(row.at))

    def all(self, most: int, after: str = "") -> Parties:
        """All parties by division, then in the order in which they were met first."""
        c = t.party.c
        start = self._reader.party(after) if after else None
        number = self._reader.subject_numbers({after}).get(after, 0)
        query = (
            select(t.party, t.subject.c.uri)
            .join(t.subject, t.subject.c.id == c.subject)
            .where(within(self._spans))
        )
        key = ("", 0) if start is None else (start.division, number)
        rows = self._paged(query, {"division": c.division, "subject": c.subject}, key)
        return self._parties(rows, self._covers, most, lambda row: str(row.uri))

    def _paged(
        self, query: Select[Any], keys: Mapping[str, ColumnElement[Any]], after: tuple[Any, ...]
    ) -> Iterator[Any]:
        return islice(paged(self._reader.connection, query, keys, after, _BLOCK), LOOKED)

    @staticmethod
    def _parties(
        rows: Iterator[Any], is_one: Callable[[Party], bool], most: int, place: Callable[[Any], str]
    ) -> Parties:
        """The parties in a part of these rows, and where to go on."""
        parties: list[Party] = []
        for looked, row in enumerate(rows, 1):
            party = party_of(row.uri, row)
            if is_one(party):
                parties.append(party)
            if len(parties) == most or looked == LOOKED:
                return Parties(parties, place(row))
        return Parties(parties, None)

    def _rarest(self, wanted: Collection[str]) -> str | None:
        """Of these terms the one that the fewest parties have, as far as they are counted."""
        counts = {}
        for term in sorted(wanted):
            first = select(t.term.c.uri).where(t.term.c.term == term).limit(_COMMON).subquery()
            query = select(func.count()).select_from(first)
            counts[term] = self._reader.connection.execute(query).scalar_one()
        return min(counts, key=lambda term: counts[term], default=None)

    # Lots.

    def lots(
        self,
        folded: str | None,
        most: int,
        *,
        after: LotKey | None = None,
        since: int = 0,
        until: int | None = None,
        category: str | None = None,
    ) -> Lots:
        """Lots of which one of these parties has a chain, the newest coding first.

        With this in their folded name, coded from leaf `since` until before `until`.
        """
        ranges: list[ColumnElement[bool]] = [t.lot.c.leaf >= since]
        if until is not None:
            ranges.append(t.lot.c.leaf < until)
        names, is_short = (None, False) if folded is None else self._names(folded)
        if names is None:
            rows = self._newest(ranges, after)
        else:
            runs = [self._newest([*ranges, t.lot.c.name == name], after) for name in names]
            rows = merge(*runs, key=lambda row: (row.leaf, row.item), reverse=True)
        lots: list[LotRow] = []
        key, looked = after, 0
        while block := list(islice(rows, _BLOCK)):
            wanted = [row for row in block if category is None or row.category == category]
            actors = self._actors([row.item for row in wanted])
            for row in block:
                key, looked = (row.leaf, row.item), looked + 1
                if row.item in actors and (category is None or row.category == category):
                    about = row.name, row.category, row.produced, row.coder
                    lots.append(LotRow(row.uri, key, *about, actors[row.item]))
                if len(lots) == most or looked >= LOOKED:
                    return Lots(lots, key, is_short)
        return Lots(lots, None, is_short)

    def is_known(self, item: str) -> bool:
        """Whether one of these parties has a chain about an item."""
        number = self._reader.subject(item)
        return number is not None and number in self._actors([number])

    def _newest(self, ranges: Sequence[ColumnElement[bool]], after: LotKey | None) -> Iterator[Any]:
        c = t.lot.c
        query = (
            select(t.lot, t.subject.c.uri).join(t.subject, t.subject.c.id == c.item).where(*ranges)
        )
        keys = {"leaf": c.leaf, "item": c.item}
        return paged(self._reader.connection, query, keys, after, _BLOCK, descending=True)

    def _names(self, folded: str) -> tuple[list[str], bool]:
        """The names of lots in which this stands, and whether there may be more of them."""
        rows = self._reader.connection.execute(text(_NAMES), {"most": NAMES + 1})
        names = list(rows.scalars())
        matched = [name for name in names[:NAMES] if folded in fold(name)]
        return matched[:MATCHED], len(names) > NAMES or len(matched) > MATCHED

    def _actors(self, items: Sequence[int]) -> dict[int, str]:
        """For each of these items the first of the parties asked for that has a chain about it."""
        actor = t.subject.alias()
        query = (
            select(t.chain.c.subject.label("item"), actor.c.uri, t.party)
            .join(t.party, t.party.c.subject == t.chain.c.actor)
            .join(actor, actor.c.id == t.chain.c.actor)
            .where(t.chain.c.subject.in_(items), within(self._spans))
            .order_by(t.chain.c.id)
        )
        actors: dict[int, str] = {}
        for row in self._reader.connection.execute(query):
            if row.item not in actors and self._covers(party_of(row.uri, row)):
                actors[row.item] = row.uri
        return actors
