"""Batches to be coded: one type with one set of checks, however its values were given.

A row of a table, a form and a body of the API are each a mapping of FIELDS to cells, which
`BatchReader` checks; `coding` is the event that is signed of a batch, `of_event` reads it back.
"""

import tomllib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from types import MappingProxyType
from typing import Any, TypeVar

from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes, gs1
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.members import Object, objects_in, text_in
from suyuan.trace.format.messages import Language, Message, msg, msg_in, quoted
from suyuan.trace.format.quantities import decimal
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import STEPS, step_of, steps_of
from suyuan.trace.lineage.lots import TEXTS, MasterData, gs1_values

from . import values
from .cells import ERRORS, Cell, CellError, digits, is_blank, line

T = TypeVar("T")
_CODINGS = {STEPS[name].biz_step for name in steps_of("codes", "gathers")}


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch, its values checked: FIELDS by their names, and what follows from them.

    `quantity` is in `uom`, a UN/ECE code. `count` and `count_unit` are a second measure as
    written, 38 箱 beside 912.4 kg. `lot` without `gtin` is the maker's own number. `shelf_life` is
    in days, `produced` a day as 2026-11-24. `product_id` is the product's URI, where that is not
    its GTIN's. `row` is the number of its row or form.
    """

    product: str
    quantity: Decimal
    uom: str
    code: str | None = None
    gtin: str | None = None
    lot: str | None = None
    spec: str | None = None
    category: str | None = None
    produced: str | None = None
    shelf_life: int | None = None
    origin: str | None = None
    place: str | None = None
    count: Decimal | None = None
    count_unit: str | None = None
    product_id: str | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a value: its row as a spreadsheet shows it, or its form from 1, and where.

    `column` is the heading as written, or the field's name; empty for the whole row.
    """

    row: int
    column: str
    what: Message
    fix: Message

    @property
    def message(self) -> Message:
        """Where it is, what, and what to do."""
        if self.column:
            return msg("row %s, %s: %s; %s", self.row, self.column, self.what, self.fix)
        return msg("row %s: %s; %s", self.row, self.what, self.fix)

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a batch: headings that mean it, its reader, its member of a coding's ilmd.

    The usual heading is the first. Those without a reader here are read together with others.
    `width`, `example` and `heading`, else the first, are its column's in the table to fill in,
    which has the fields with a width, in the order of FIELDS.
    """

    headings: Sequence[str]
    read: Callable[[Cell, date], object] | None = None
    member: str | None = None
    width: int = 0
    example: str | float = ""
    heading: str | None = None

    def title(self, language: Language) -> str:
        """The heading of its column in a table to fill in, in a language where it has one."""
        chinese = self.heading or self.headings[0]
        return chinese if language == "zh" else next(filter(str.isascii, self.headings), chinese)


def _line(most: int) -> Callable[[Cell, date], str]:
    return lambda cell, _: line(cell, most)


def columns(
    table: str, readers: Mapping[str, Callable[[Cell, date], object]] = MappingProxyType({})
) -> Mapping[str, Field]:
    """The fields of a table of columns.toml, by name in its order."""
    text = files(__package__).joinpath("columns.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)[table].items()
    return MappingProxyType({name: Field(read=readers.get(name), **row) for name, row in rows})


FIELDS = columns(
    "batch",
    {
        "spec": _line(200),
        "category": _line(100),
        "produced": values.day,
        "shelf_life": lambda cell, _: values.days(cell),
        "origin": lambda cell, _: values.origin(cell),
        "place": lambda cell, _: values.place(cell),
    },
)
_PRODUCT_ID, _LOT = "suyuan:productId", "suyuan:lot"


@dataclass(slots=True)
class BatchReader:
    """Reads batches, and remembers which codes and lots it has met."""

    today: date
    seen: dict[Hashable, int] = field(default_factory=dict)

    def read(
        self, row: int, cells: Mapping[str, Cell], hints: Mapping[str, str | None]
    ) -> Batch | list[RowProblem]:
        """The batch of the cells under FIELDS that there are, or all that is wrong with it.

        `hints` are units that stand in a column's heading. A problem's column is the field.
        """
        return _Reading(row, cells, self, hints).batch()


def is_left_out(cells: Iterable[Cell]) -> bool:
    """Whether a row is empty, or begins with # (an example, a remark)."""
    first = next((cell for cell in cells if not is_blank(cell)), None)
    if not isinstance(first, str):
        return first is None
    text = first.strip()
    return text.startswith("#") and text not in ERRORS and text.strip("#") != ""


@dataclass(slots=True)
class RowReading:
    """One row being read: what is wrong gathers in `problems`, of each field the first."""

    row: int
    cells: Mapping[str, Cell]
    problems: dict[str, RowProblem] = field(default_factory=dict, init=False)

    def optional(
        self,
        field: str,
        value: Callable[[Cell], T],
        empty: Callable[[Cell], bool] = values.is_none,
    ) -> T | None:
        """What a field's cell says; None where it is absent, empty, or noted as a problem."""
        cell = self.cells.get(field, "")
        if empty(cell):
            return None
        try:
            return value(cell)
        except CellError as error:
            self.problem(field, error.what, error.fix)
            return None

    def problem(self, field: str, why: Message, fix: Message) -> None:
        """Note what is wrong with a field, unless something is already."""
        self.problems.setdefault(field, RowProblem(self.row, field, why, fix))


@dataclass(slots=True)
class _Reading(RowReading):
    """One batch being read."""

    reader: BatchReader
    hints: Mapping[str, str | None]

    def batch(self) -> Batch | list[RowProblem]:
        product = self.optional("product", lambda cell: line(cell, 200), empty=is_blank)
        if product is None:
            self.problem("product", msg("it is empty"), msg("give the product's name"))
        quantity, uom, count, count_unit = self._amount()
        gtin = self.optional("gtin", values.gtin)
        code = self.optional("code", values.trace_code)
        lot = self._lot(gtin)
        others = {name: self._other(name, f.read) for name, f in FIELDS.items() if f.read}
        batch = Batch(
            product or "", quantity, uom, code, gtin, lot, count=count, count_unit=count_unit,
            row=self.row, **others,
        )  # fmt: skip
        self._require_identity(batch)
        return list(self.problems.values()) or batch

    def _require_identity(self, batch: Batch) -> None:
        """A GTIN names a batch only with its lot; no batch stands in a table twice."""
        if batch.gtin and not batch.lot and "lot" not in self.problems:
            fix = msg("add the lot (批号), or leave the GTIN empty for a trace code of the ledger")
            self.problem("gtin", msg("a GTIN without a lot names a product and no batch"), fix)
        if self.problems:
            return
        key: Hashable = batch.code
        if batch.gtin and batch.lot:
            key = (batch.gtin, batch.lot)
            right = codes.of_uri(gs1.lot_uri(batch.gtin, batch.lot), "")
            if batch.code not in (None, right):
                why = msg("a batch with GTIN and lot has a code of its own that follows from them")
                own = codes.shown(right)
                fix = msg("leave the trace code empty (%(code)s is this batch's)", code=own)
                self.problem("code", why, fix)
                return
        if key is None:
            return
        before = self.reader.seen.setdefault(key, self.row)
        if before != self.row:
            why = msg("the same batch stands in row %(row)s", row=before)
            fix = msg("keep one of the rows, or give each its own")
            self.problem("gtin" if batch.gtin else "code", why, fix)

    def _amount(self) -> tuple[Decimal, str, Decimal | None, str | None]:
        """Quantity and unit; then, where a weight stands beside a count, the count and its unit."""
        quantity = self.optional("quantity", values.amount, empty=is_blank)
        weight = self.optional("weight", values.amount, empty=is_blank)
        none = (Decimal(0), "", None, None)
        if "quantity" in self.problems or "weight" in self.problems:
            return none
        if weight is None and quantity is None:
            name = "quantity" if "quantity" in self.cells else "weight"
            self.problem(name, msg("it is empty"), msg("give how much the batch has"))
            return none
        main = "quantity" if weight is None else "weight"
        number, word = weight or quantity or (Decimal(0), None)
        try:
            own = main == "weight" and "quantity" in self.cells
            value, uom = values.measured(number, self._unit(main, word, own=own))
            if weight is None or quantity is None:
                return value, uom, None, None
            main = "quantity"
            return value, uom, quantity[0], self._unit("quantity", quantity[1], own=False)
        except CellError as error:
            self.problem(main, error.what, error.fix)
            return none

    def _unit(self, field: str, word: str | None, *, own: bool) -> str:
        """The unit of a number: behind it, in the unit's column (not if `own`), in the heading."""
        written = None if own else self.optional("unit", lambda cell: line(cell, 20))
        if word and written and values.is_unit(word) and not _is_same(word, written):
            why = msg(
                "%(word)s stands behind the number, %(unit)s as unit", word=word[:20], unit=written
            )
            raise CellError(why, msg("keep one"))
        unit = word or written or self.hints.get(field)
        if unit is None:
            fix = msg("add a column 单位 (unit) with 公斤, 斤, 个 or such")
            fix = msg("head the column 重量(公斤)") if own else fix
            raise CellError(msg("it has no unit"), fix)
        if not values.is_unit(unit):
            why = msg("no unit '%(unit)s' is known", unit=quoted(unit[:20]))
            raise CellError(why, msg("公斤, 斤, 克, 吨, 升, 毫升, 个, 只"))
        return unit

    def _lot(self, gtin: str | None) -> str | None:
        def lot(cell: Cell) -> str:
            text = digits(cell, msg_in("kind", "lot"))
            if gtin is None and "gtin" not in self.problems:
                return line(text, 60)
            try:
                gs1.lot_uri(gtin or "00000000", text)
            except IdentifierError as error:
                raise CellError(error.message, msg("as it is printed on the goods")) from None
            return text

        return self.optional("lot", lot)

    def _other(self, field: str, read: Callable[[Cell, date], Any]) -> Any:
        return self.optional(field, lambda cell: read(cell, self.reader.today))


def _is_same(word: str, other: str) -> bool:
    try:
        return values.unit(word) == values.unit(other)
    except CellError:
        return word == other


def item_of(batch: Batch, host: str) -> str:
    """The batch's URI: GS1's where GTIN and lot are given, else by its trace code or a new one."""
    if batch.gtin is not None and batch.lot is not None:
        return gs1.lot_uri(batch.gtin, batch.lot)
    return codes.uri_of(batch.code or codes.new(), host)


def coding(batch: Batch, host: str, when: datetime) -> Object:
    """The commissioning event of a batch, to be signed by who codes it.

    A lot number without GTIN stands in it as `suyuan:lot`; a count of packages beside the weight
    as `suyuan:quantities`.
    """
    item = item_of(batch, host)
    gtin = f"{gs1.ID}/01/{batch.gtin}" if batch.gtin else None
    ilmd = {f.member: getattr(batch, name) for name, f in FIELDS.items() if f.member}
    ilmd |= {
        _PRODUCT_ID: batch.product_id or gtin,
        _LOT: batch.lot if batch.gtin is None else None,
    }
    extra: Object = {"ilmd": {name: value for name, value in ilmd.items() if value is not None}}
    if batch.count is not None and batch.count_unit is not None:
        second = {"item": item, "value": format(batch.count, "f"), "unit": batch.count_unit}
        extra["suyuan:quantities"] = [{**second, "kind": "count"}]
    portion = steps.Portion(item, batch.quantity, batch.uom)
    return steps.event(
        step_of("codes").name, when, [portion], place=batch.place, extra=extra, zone=zone()
    )


def of_event(event: Object, item: str) -> Batch | None:
    """The batch of a coding of one lot, without its code; None for any other event.

    Who gathers may code by that very event.
    """
    lots, place = event.get("quantityList"), event.get("bizLocation")
    if event.get("bizStep") not in _CODINGS:
        return None
    if not isinstance(lots, list) or len(lots) != 1 or lots[0].get("epcClass") != item:
        return None
    amount, data = decimal(lots[0].get("quantity")), MasterData.of(event.get("ilmd"))
    if amount is None or data.product is None:
        return None
    count, count_unit = _count(event, item)
    texts = {names[0]: getattr(data, name) for name, names in TEXTS.items()}
    known = {name: texts[f.member] for name, f in FIELDS.items() if f.member in texts}
    return Batch(
        **known,
        quantity=amount,
        uom=text_in(lots[0], "uom") or "",
        gtin=gs1_values(data.product_id or "").get("01"),
        lot=data.lot or gs1_values(item).get("10"),
        shelf_life=data.shelf_life_days,
        place=text_in(place, "id") if isinstance(place, dict) else None,
        count=count,
        count_unit=count_unit,
        product_id=data.product_id,
    )


def _count(event: Object, item: str) -> tuple[Decimal | None, str | None]:
    for part in objects_in(event, "suyuan:quantities"):
        number, unit = decimal(part.get("value")), text_in(part, "unit")
        is_count = part.get("item") == item and part.get("kind") == "count"
        if is_count and number is not None and unit is not None:
            return number, unit
    return None, None
