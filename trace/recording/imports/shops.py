"""Shops to be admitted, as rows of a table: one type with one set of checks."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from suyuan.trace.format.identifiers import divisions, parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import LANGUAGES, Message, msg, quoted
from suyuan.trace.format.statements import ADMITTED
from suyuan.trace.format.vocabulary import LICENCES, ROLES

from .batches import RowProblem, RowReading, columns
from .cells import Cell, CellError, TableError, bare, checked, digits, is_blank, line
from .table import Column, Kind
from .values import any_day

FIELDS = columns("shop")
_BEGINNINGS = {"SC": "production", "JY": "business", "YB": "filing"}  # of numbers, by law
_FOREVER = frozenset(("长期", "长期有效", "永久", "permanent", "indefinite"))
_BETWEEN = re.compile(r"[、,，;；/+＋&\n]+")


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop to be admitted, its values checked.

    `uri` is that of its credit code, None where it has none and a code is to be made; `licence`
    is a member of `licences` of a profile. `person`, `phone` and `address` are personal data.
    """

    row: int
    name: str
    roles: tuple[str, ...]
    division: str
    uri: str | None = None
    licence: Object | None = None
    person: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds for a table: in which divisions one admits, which of namesakes are `near`, and
    what is meant by a row that names no role or no division.
    """

    includes: Callable[[str], bool]
    near: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    division: str = ""


def kind_of(usual: Usual) -> Kind[Shop]:
    """The table of shops, for what holds of it."""
    return Kind(
        FIELDS,
        lambda _: partial(_read, usual, {}),
        partial(_require, usual),
        msg("a first row of 名称, 角色, 行政区划 and such"),
        msg("a table with headings and a row for each shop"),
        "新增经营主体",
    )


def _read(
    usual: Usual, seen: dict[str, int], row: int, cells: Mapping[str, Cell], _: object
) -> Shop | list[RowProblem]:
    return _Reading(row, cells, usual, seen).shop()


@dataclass(slots=True)
class _Reading(RowReading):
    """One shop being read; `seen` are the rows of the credit codes that were met."""

    usual: Usual
    seen: dict[str, int]

    def shop(self) -> Shop | list[RowProblem]:
        usual = self.usual
        name = self.optional("name", lambda cell: line(cell, 200), empty=is_blank)
        if name is None:
            self.problem("name", msg("it is empty"), msg("give the shop's name"))
        found = self.optional("roles", _roles) or usual.roles
        if not found:
            self.problem("roles", msg("it is empty"), _all_roles())
        division = self.optional("division", self._division) or usual.division
        if not division:
            self.problem("division", msg("it is empty"), msg("give the division's name"))
        shop = Shop(
            self.row, name or "", found, division,
            self.optional("number", _credit_code), self._licence(),
            **{part: self._text(part) for part in ("person", "phone", "address")},
        )  # fmt: skip
        self._require_once(shop)
        return list(self.problems.values()) or shop

    def _text(self, field: str) -> str:
        read = _phone if field == "phone" else lambda cell: line(cell, 200)
        return self.optional(field, read) or ""

    def _division(self, cell: Cell) -> str:
        usual = self.usual
        try:
            code = divisions.read(digits(cell, msg("division")), usual.near)
        except IdentifierError as error:
            raise CellError(error.message, msg("as 厦门市湖里区")) from None
        if not usual.includes(code):
            why = msg("%(division)s is not in your remit", division=divisions.whole(code) or code)
            remit = [divisions.whole(part) or part for part in usual.near]
            raise CellError(why, msg("give one that you look after: %(remit)s", remit=remit))
        return code

    def _licence(self) -> Object | None:
        number = self.optional("licence", lambda c: line(digits(c, msg("licence number")), 100))
        kind, last = self.optional("kind", _licence_kind), self.optional("expires", _last_day)
        if number is None:
            if last:
                fix = msg("give its number too")
                self.problem("licence", msg("a licence has no number"), fix)
            return None
        kind = kind or _BEGINNINGS.get(number[:2].upper())
        if kind is None and "kind" not in self.problems:
            why = msg("it is empty, and the number does not say it")
            self.problem("kind", why, _among(LICENCES.values()))
        return {"kind": kind, "number": number} | ({"expires": last} if last else {})

    def _require_once(self, shop: Shop) -> None:
        if self.problems or shop.uri is None:
            return
        before = self.seen.setdefault(shop.uri, self.row)
        if before != self.row:
            why = msg("the same credit code stands in row %(row)s", row=before)
            self.problem("number", why, msg("keep one of the rows, or correct the code"))


def _credit_code(cell: Cell) -> str:
    try:
        return parties.uscc_uri(digits(cell, msg("credit code")).replace(" ", "").upper())
    except IdentifierError:
        why = msg("'%(value)s' is no credit code", value=quoted(str(checked(cell))[:30]))
        fix = msg("18 characters, as on the business licence; leave it empty if it has none")
        raise CellError(why, fix) from None


def _phone(cell: Cell) -> str:
    return line(digits(cell, msg("phone number")), 60)


def _last_day(cell: Cell) -> str:
    """The last day as YYYY-MM-DD; empty where it does not end."""
    if isinstance(cell, str) and bare(cell) in _FOREVER:
        return ""
    return any_day(cell).isoformat()


def _roles(cell: Cell) -> tuple[str, ...]:
    parts = filter(bare, _BETWEEN.split(line(cell, 200)))
    return tuple(dict.fromkeys(_named(part, _role_words(), _all_roles()) for part in parts))


def _licence_kind(cell: Cell) -> str:
    return _named(line(cell, 100), _licence_words(), _among(LICENCES.values()))


def _named(text: str, known: Mapping[str, str], fix: Message) -> str:
    if bare(text) not in known:
        raise CellError(msg("'%(value)s' is not known", value=quoted(text.strip()[:30])), fix)
    return known[bare(text)]


@cache
def _role_words() -> Mapping[str, str]:
    """The roles of those who are admitted, by all that they are called."""
    roles = [(name, ROLES[name]) for name in ADMITTED]
    words = {name: (name, *role.called, *_in_each_language(role.words)) for name, role in roles}
    return {bare(word): name for name, each in words.items() for word in each}


@cache
def _licence_words() -> Mapping[str, str]:
    words = {kind: _in_each_language(text) for kind, text in LICENCES.items()}
    return {bare(word): kind for kind, each in words.items() for word in each}


def _in_each_language(words: str) -> Sequence[str]:
    return [Message(words).text(language) for language in LANGUAGES]


def _among(words: Iterable[str]) -> Message:
    return msg("give one of these: %(names)s", names=[Message(text) for text in words])


def _all_roles() -> Message:
    return _among(ROLES[name].words for name in ADMITTED)


def _require(usual: Usual, columns: Mapping[str, Column], where: str) -> None:
    needed = {"名称 (name)": "name"}
    needed |= {} if usual.roles else {"角色 (role)": "roles"}
    needed |= {} if usual.division else {"行政区划 (division)": "division"}
    for heading, name in needed.items():
        if name not in columns:
            why = msg("no column %(heading)s", heading=heading)
            raise TableError(where, why, msg("add it: each shop needs it"))
