"""A product as its party typed it, and the statement that it comes to."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from suyuan.keys.validity import Party
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg, quoted
from suyuan.trace.format.quantities import UNITS
from suyuan.trace.recording.supplies import OwnProduct
from suyuan.trace.store.read.reader import Reader

from . import values
from .batches import RowProblem
from .cells import CellError, line

T = TypeVar("T")


class ProductForm:
    """What was typed of a product, being checked; what is wrong gathers in `problems`.

    `typed` has texts by name, and in `conversions` pairs of `unit` and `amount`; `known` are the
    party's products, by their URIs.
    """

    def __init__(
        self,
        reader: Reader,
        host: str,
        party: Party,
        typed: Mapping[str, Any],
        known: Mapping[str, OwnProduct],
    ) -> None:
        self.reader, self.host, self.party, self.typed = reader, host, party, typed
        self.known = known
        self.problems: list[RowProblem] = []

    def statement(self) -> Object:
        """The statement; of no use where `problems` were seen."""
        typed = self.typed
        name = self._read("name", typed["name"], lambda text: line(text, 200))
        spec = self._read("spec", typed["spec"], lambda text: line(text, 200))
        category = self._read("category", typed["category"], lambda text: line(text, 100))
        if not typed["name"].strip():
            self._wrong("name", msg("it is empty"), msg("give the product's name"))
        if not typed["category"].strip():
            self._wrong("category", msg("it is empty"), msg("choose the category, as 蔬菜/叶菜类"))
        unit = self._read("unit", typed["unit"] or "KGM", _unit)
        conversions = self._conversions(unit)
        days = self._read("shelf_life", typed["shelf_life"], values.days)
        uri = self._uri()
        stated = {"type": "product", "uri": uri, "name": name, "category": category, "unit": unit}
        more = {"spec": spec, "shelf_life_days": days, "conversions": conversions}
        return stated | {member: value for member, value in more.items() if value or value == 0}

    def _uri(self) -> str | None:
        if self.typed["uri"]:
            return str(self.typed["uri"])
        gtin = self._read("gtin", self.typed["gtin"], values.gtin)
        if gtin is None:
            return codes.uri_of(codes.new(), self.host, "product")
        if not _is_under(gtin, self.party.gs1):
            listed = ", ".join(self.party.gs1)
            fix = (
                msg("one under %(prefixes)s", prefixes=listed)
                if listed
                else msg("leave it empty: none is registered for you")
            )
            self._wrong("gtin", msg("%(gtin)s is not under your company prefixes", gtin=gtin), fix)
        uri = f"{ID}/01/{gtin}"
        if uri in self.known:
            self._wrong(
                "gtin",
                msg("%(gtin)s is a product of yours already", gtin=gtin),
                msg("change that one"),
            )
        elif (owner := self.reader.owner(uri)) and owner.party not in (None, self.party.uri):
            self._wrong(
                "gtin", msg("%(gtin)s is another party's", gtin=gtin), msg("look at it again")
            )
        return uri

    def _conversions(self, unit: str | None) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in self.typed["conversions"]:
            if not one["unit"].strip() and not one["amount"].strip():
                continue
            word = self._read("conversions", one["unit"], lambda text: line(text, 20))
            number = self._read("conversions", one["amount"], _ratio)
            if not one["unit"].strip():
                self._wrong("conversions", msg("it has no unit"), msg("say what it is, as 箱"))
            elif not one["amount"].strip():
                self._wrong(
                    "conversions",
                    msg("it is empty"),
                    msg("how much is in one %(unit)s", unit=str(word)),
                )
            elif word and number:
                if word in found:
                    self._wrong(
                        "conversions",
                        msg("%(unit)s stands there twice", unit=word),
                        msg("keep one"),
                    )
                elif _measures_as(word, unit):
                    what = msg("%(unit)s is a measure by itself", unit=word)
                    self._wrong("conversions", what, msg("packages only, as 箱, 筐, 袋"))
                found[word] = number
        return found

    def _read(self, field: str, text: str, value: Callable[[str], T]) -> T | None:
        if not text.strip():
            return None
        try:
            return value(text)
        except CellError as error:
            self._wrong(field, error.what, error.fix)
            return None

    def _wrong(self, field: str, what: Message, fix: Message) -> None:
        self.problems.append(RowProblem(1, field, what, fix))


def _unit(text: str) -> str:
    """The UN/ECE code of a measure that others are stated in."""
    code, factor = values.unit(text)
    if factor != 1:
        raise CellError(
            msg("%(unit)s is stored as %(code)s", unit=text[:20], code=code),
            msg("公斤, 克, 升 or 个"),
        )
    return code


def _ratio(text: str) -> str:
    number, word = values.amount(text)
    if word is not None:
        raise CellError(
            msg("'%(value)s' is no number", value=quoted(text[:30])),
            msg("digits, with a point before decimals"),
        )
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _measures_as(word: str, unit: str | None) -> bool:
    """Whether a word is a measure of the same kind as the product's unit, as 斤 is of 公斤."""
    try:
        code = values.unit(word)[0]
    except CellError:
        return False
    mine, base = UNITS.get(code), UNITS.get(unit or "")
    return mine is not None and base is not None and mine[0] == base[0]


def _is_under(gtin: str, prefixes: Sequence[str]) -> bool:
    return any(gtin[1:].startswith(prefix) for prefix in prefixes)
