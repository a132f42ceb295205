"""A table of shops held against itself and the ledger: what becomes of each row, what is signed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from suyuan.keys.validity import significant
from suyuan.trace.admission import acts
from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.identifiers import codes, division_table
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.goods.profiles import Profiles
from suyuan.trace.lineage.lots import fold
from suyuan.trace.store.read import profile_rows, registered
from suyuan.trace.store.read.reader import Reader

from .. import profiling
from .batches import RowProblem
from .registering import TooMany, wrong_cells
from .shops import FIELDS, Shop
from .table import Table, WrongRow
from .table_again import as_text

MOST = 400
"""Shops that are admitted together: two links each, in one array."""

_COUNTY = 6  # digits of a division, among whose parties namesakes are looked for
_END = 4  # characters in which names end alike: less says nothing
_FORMS = re.compile(
    "(?:有限责任公司|股份有限公司|有限公司|个体工商户|个体户|经营部|经营店|商行|商店|商铺|店铺|门店"
    "|摊位|摊|店|companylimited|co.?,?ltd.?|ltd.?|inc.?)+$"
)
_SIGNS = re.compile(r"[\W_]+")
Signed = tuple[Object, list[Kept]]
"""A statement, and what it hides."""


@dataclass(frozen=True, slots=True)
class Alike:
    """What a row may be once more: a party of the ledger, or another row."""

    why: Message
    party: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of a row: `problems`, or `there` under its credit code, or what is signed of it.

    `alike` is what it may be once more; `cells` are those of a wrong row, by field.
    """

    number: int
    name: str = ""
    problems: tuple[RowProblem, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    alike: tuple[Alike, ...] = ()
    there: Alike | None = None
    signed: tuple[Signed, ...] = ()

    @property
    def fate(self) -> str:
        """`wrong`, `there`, `alike` or `good`."""
        known = "there" if self.there else "alike" if self.alike else "good"
        return "wrong" if self.problems else known


def check(reader: Reader, genesis: Genesis, actor: str, table: Table[Shop]) -> list[Row]:
    """What becomes of each row of a table, in order: what `actor` would sign; nothing is stored.

    Raises TableError for a file that cannot be read as a whole, TooMany for over MOST rows.
    """
    read: list[Shop | list[RowProblem]] = []
    for row in table:
        if len(read) == MOST:
            raise TooMany
        read.append(row)
    known = _Known(reader, genesis, actor, [row for row in read if isinstance(row, Shop)])
    return [
        _row(known, row)
        if isinstance(row, Shop)
        else Row(row[0].row, _name(row), tuple(row), wrong_cells(row, FIELDS))
        for row in read
    ]


def _name(row: list[RowProblem]) -> str:
    """What a wrong row calls the shop."""
    return as_text(row.cells.get("name", ""))[:60] if isinstance(row, WrongRow) else ""


def _row(known: "_Known", shop: Shop) -> Row:
    there = known.there(shop)
    if there is not None:
        return Row(shop.row, shop.name, there=there)
    signed = tuple(statements(known.reader, known.genesis, known.actor, shop))
    return Row(shop.row, shop.name, alike=tuple(known.alike(shop)), signed=signed)


def statements(reader: Reader, genesis: Genesis, actor: str, shop: Shop) -> Iterator[Signed]:
    """What `actor` signs of a shop: that it is admitted, and what is told further of it, if any."""
    uri = shop.uri or codes.uri_of(codes.new(), genesis.host, "party")
    yield acts.admit(uri, shop.name, shop.roles, shop.division), []
    personal = {name: getattr(shop, name) for name in profiling.PERSONAL if getattr(shop, name)}
    if shop.licence is not None or personal:
        licences = None if shop.licence is None else [shop.licence]
        yield profiling.hide(acts.profile(uri, licences=licences, **personal), actor)


class _Known:
    """What shops of a table may be once more: by credit code, licence, and name in a division."""

    def __init__(self, reader: Reader, genesis: Genesis, actor: str, shops: list[Shop]) -> None:
        self.reader, self.genesis, self.actor = reader, genesis, actor
        self._names: dict[str, list[tuple[str, str, str, str | int]]] = {}
        self._licences: dict[str, list[tuple[str, str | int]]] = {}
        for county in sorted({significant(shop.division)[:_COUNTY] for shop in shops}):
            for uri, name, division in registered.within(reader, county):
                self._add_name(name, division, uri)
        numbers = {_number(shop) for shop in shops} - {""}
        over = {genesis.authority, *profile_rows.registrars(reader)}
        profiles = Profiles(reader, genesis)
        for number, uri in profile_rows.licensed(reader, numbers, over):
            party = reader.party(uri)
            counting = {profile_rows.licence_key(row.number) for row in profiles.of(uri).licences}
            if party is not None and party.left is None and number in counting:
                self._licences.setdefault(number, []).append((party.name or uri, uri))

    def there(self, shop: Shop) -> Alike | None:
        """Who is admitted by now under a shop's credit code."""
        party = None if shop.uri is None else self.reader.party(shop.uri)
        if party is None or party.left is not None:
            return None
        return Alike(msg("%(name)s has this credit code", name=party.name or party.uri), party.uri)

    def alike(self, shop: Shop) -> Iterator[Alike]:
        """What this shop may be once more; then it is known to the rows below."""
        number = _number(shop)
        for name, where in self._licences.get(number, ()):
            yield _alike(where, msg("%(name)s has this licence number", name=name))
        own = core(shop.name, shop.division)
        for other, name, division, where in self._names.get(own[-_END:], ()):
            if _is_near(division, shop.division) and _ends_with(*sorted((own, other), key=len)):
                is_same = fold(name) == fold(shop.name)
                yield _alike(where, _namesake(name, is_same=is_same))
        self._add_name(shop.name, shop.division, shop.row)
        if number:
            self._licences.setdefault(number, []).append((shop.name, shop.row))

    def _add_name(self, name: str, division: str, where: str | int) -> None:
        text = core(name, division)
        self._names.setdefault(text[-_END:], []).append((text, name, division, where))


def _alike(where: str | int, why: Message) -> Alike:
    if isinstance(where, str):
        return Alike(why, where)
    return Alike(msg("row %(row)s: %(why)s", row=where, why=why))


def _namesake(name: str, *, is_same: bool) -> Message:
    if is_same:
        return msg("%(name)s is in this division", name=name)
    return msg("%(name)s in this division is called nearly the same", name=name)


def _number(shop: Shop) -> str:
    return "" if shop.licence is None else profile_rows.licence_key(shop.licence["number"])


def _is_near(one: str, other: str) -> bool:
    """Whether one of two divisions is in the other."""
    first, second = significant(one), significant(other)
    return first.startswith(second) or second.startswith(first)


def _ends_with(short: str, long: str) -> bool:
    """Whether names are the same, or one ends with the other, which is no part of a number."""
    if short == long:
        return True
    cut = long[: -len(short)][-1:] + short[:1]
    is_within = cut.isascii() and cut.isalnum()
    return len(short) >= _END and long.endswith(short) and not is_within


def core(name: str, division: str) -> str:
    """What is left of a name to be compared: without place, legal form, signs, width and case."""
    text = _SIGNS.sub("", fold(name))
    for place in _places(significant(division)):
        text = text.removeprefix(place)
    return _FORMS.sub("", text) or text


@lru_cache(maxsize=1_024)
def _places(division: str) -> tuple[str, ...]:
    """The names of a division from the province down, each also without what kind it is."""
    names = [fold(name) for _, name in division_table.path(division)]
    return tuple(form for name in names for form in (name, name[:-1]) if len(form) > 1)
