"""A supplier's forms: batches to be signed, its last ones as forms again, and its products."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from typing import Any, TypeVar

from suyuan.keys.validity import Party
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes, divisions
from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg, quoted
from suyuan.trace.format.quantities import UNITS, decimal_text
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import zone
from suyuan.trace.lineage.lots import first_day
from suyuan.trace.store.read.reader import Reader

from ..supplies import ProductJson, Registered, last_day
from . import values
from .batches import FIELDS, Batch, BatchReader, RowProblem, coding, is_left_out
from .cells import Cell, CellError, is_blank, line
from .registering import taken

T = TypeVar("T")

Form = Mapping[str, str]
"""What was typed, by MEMBERS. `product` is the URI of one's own product; else `name` is one.
`begin` is the step, `harvest` or `catch`, to be recorded before the coding, if any."""

_TYPED = tuple(name for name in FIELDS if name not in ("code", "product", "weight"))
MEMBERS = ("product", "name", *_TYPED, "begin")
_MOST_AGAIN = 60
_WIDE = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Coded:
    """A batch to be signed: its item, what it is called, and its events in order."""

    item: str
    name: str
    events: tuple[Object, ...]


@dataclass(frozen=True, slots=True)
class AgainForm:
    """A batch as it may be registered again: what it is, its form, the lot number that it had."""

    title: str
    batch: Form
    lot: str | None


@dataclass(frozen=True, slots=True)
class Again:
    """The batches of the last day before today; `more` are not among them."""

    day: date | None
    batches: tuple[AgainForm, ...]
    more: int


def coded(
    reader: Reader,
    forms: Sequence[Form],
    *,
    host: str,
    actor: str,
    products: Mapping[str, ProductJson],
    now: datetime,
) -> list[Coded] | list[RowProblem]:
    """The batches of forms, or all that is wrong with any of them.

    A problem's row is the form's number from 1, its column the member that is wrong.
    """
    batches: list[Batch] = []
    problems: list[RowProblem] = []
    of_forms = BatchReader(now.astimezone(zone()).date())
    for number, form in enumerate(forms, 1):
        batch, wrong = _read(of_forms, number, form, products)
        problems += wrong
        if batch is not None:
            batches.append(batch)
    for row, problem in taken(reader, host, actor, batches).items():
        problems.append(RowProblem(row, "lot", problem.what, msg("give another lot number")))
    if problems:
        return sorted(problems, key=lambda problem: problem.row)
    return [
        _coded(batch, form["begin"], host, now) for batch, form in zip(batches, forms, strict=True)
    ]


def names(reader: Reader, batches: Sequence[Coded]) -> dict[str, str | None]:
    """What batches and their places are called, by URI."""
    named: dict[str, str | None] = {batch.item: batch.name for batch in batches}
    places = ((batch.events[-1].get("bizLocation") or {}).get("id") for batch in batches)
    return named | {place: reader.name(place) for place in places if place is not None}


def again(reader: Reader, party: str, products: Sequence[ProductJson], now: datetime) -> Again:
    """What a party registered on its last day before today, with dates moved to today."""
    today = now.astimezone(zone()).date()
    before = last_day(reader, party, today)
    known = {product.uri: product for product in products}
    forms = tuple(
        AgainForm(title_of(batch.batch), form_of(batch, known, today), batch.batch.lot)
        for batch in before[:_MOST_AGAIN]
    )
    return Again(before[0].day if before else None, forms, len(before) - len(forms))


def title_of(batch: Batch) -> str:
    """What a batch is called: its product's name and specification."""
    return " ".join(filter(None, (batch.product, batch.spec)))


def form_of(registered: Registered, products: Mapping[str, ProductJson], today: date) -> Form:
    """The form that would register a batch again today, without its lot number."""
    batch, product = registered.batch, products.get(registered.batch.product_id or "")
    amount, unit = _amount(batch, product)
    produced = _moved(registered, today)
    form = dict.fromkeys(MEMBERS, "")
    known = {name: getattr(batch, name, None) for name in _TYPED}
    form |= {name: str(value) for name, value in known.items() if value is not None}
    form |= {"quantity": decimal_text(amount), "unit": unit, "produced": produced, "lot": ""}
    if produced == today.isoformat():
        form["begin"] = registered.begun or ""
    if product is None:
        return form | {"name": batch.product}
    return form | {"product": product.uri, "spec": "", "category": "", "gtin": ""}


def _moved(registered: Registered, today: date) -> str:
    """A batch's production date as it would be today; empty where it has none."""
    produced = first_day(registered.batch.produced)
    if produced is None:
        return ""
    return min(today, produced + timedelta(days=(today - registered.day).days)).isoformat()


def _amount(batch: Batch, product: ProductJson | None) -> tuple[Decimal, str]:
    """The amount as counted, where the product's statement converts it; else as measured."""
    ratio = None if product is None else product.conversions.get(batch.count_unit or "")
    if ratio is not None and batch.count is not None and batch.count_unit is not None:
        is_same_unit = product is not None and batch.uom == product.unit
        if is_same_unit and batch.count * Decimal(ratio) == batch.quantity:
            return batch.count, batch.count_unit
    return batch.quantity, batch.uom if values.is_unit(batch.uom) else "H87"


def _read(
    reader: BatchReader, number: int, form: Form, products: Mapping[str, ProductJson]
) -> tuple[Batch | None, list[RowProblem]]:
    """A form's batch, if it is one in itself, and what is wrong with the form."""
    product = products.get(form["product"])
    if form["product"] and product is None:
        fix = msg("choose one of your products, or give a name")
        return None, [RowProblem(number, "product", msg("it is no product of yours"), fix)]
    cells = _cells(form, product)
    count = None if product is None else _count(form, product)
    if product is not None and count is not None:
        ratio = Decimal(product.conversions[form["unit"].strip()])
        cells |= {"quantity": format(_WIDE.multiply(count, ratio), "f"), "unit": product.unit}
    if is_left_out(cells.values()):
        batch: Batch | list[RowProblem] = [
            RowProblem(number, "product", msg("it is empty"), msg("give the product's name"))
        ]
    else:
        batch = reader.read(number, cells, {})
    product_id, problems = _product_id(number, form, product)
    if not isinstance(batch, Batch):
        name = "product" if product is not None else "name"
        renamed = (replace(p, column=name) if p.column == "product" else p for p in batch)
        return None, [*renamed, *problems]
    if form["begin"] and batch.produced != reader.today.isoformat():
        why = msg("what begins today was produced today")
        problems.append(RowProblem(number, "begin", why, msg("record the harvest as a step")))
    if count is not None:
        batch = replace(batch, count=count, count_unit=form["unit"].strip())
    return replace(batch, product_id=product_id), problems


def _cells(form: Form, product: ProductJson | None) -> dict[str, Cell]:
    """A form as the reader of batches takes it: a GTIN names a batch with its lot only."""
    cells: dict[str, Cell] = {"product": form["name"], **{name: form[name] for name in _TYPED}}
    cells["origin"] = divisions.exact(form["origin"]) or form["origin"]
    if product is not None:
        cells |= {"product": product.name, "spec": product.spec or "", "gtin": product.gtin or ""}
        cells["category"] = product.category
    if values.is_none(form["lot"]):
        del cells["gtin"]
    return cells


def _product_id(
    number: int, form: Form, product: ProductJson | None
) -> tuple[str | None, list[RowProblem]]:
    """The product's URI, and what is wrong with a GTIN that stands without a lot."""
    if product is not None or not form["gtin"].strip():
        return None if product is None else product.uri, []
    try:
        return f"{ID}/01/{values.gtin(form['gtin'])}", []
    except CellError as error:
        is_read = not values.is_none(form["lot"])  # among the cells
        return None, [] if is_read else [RowProblem(number, "gtin", error.what, error.fix)]


def _count(form: Form, product: ProductJson) -> Decimal | None:
    """How many packages, where the product's statement says how much is in one."""
    if form["unit"].strip() not in product.conversions or is_blank(form["quantity"]):
        return None
    try:
        number, word = values.amount(form["quantity"])
    except CellError:
        return None  # which the reader of batches says
    return number if word is None else None


def _coded(batch: Batch, begin: str, host: str, now: datetime) -> Coded:
    event = coding(batch, host, now)
    item = str(event["quantityList"][0]["epcClass"])
    portion = Portion(item, batch.quantity, batch.uom)
    first = [steps.event(begin, now, [portion], place=batch.place, zone=zone())] if begin else []
    return Coded(item, batch.product, (*first, event))


def product_statement(
    reader: Reader,
    host: str,
    party: Party,
    typed: Mapping[str, Any],
    known: Mapping[str, ProductJson],
) -> tuple[Object, list[RowProblem]]:
    """The statement that adds or changes a party's product, and what is wrong with what was typed.

    `typed` has texts by name, and in `conversions` pairs of `unit` and `amount`; `known` are the
    party's products by URI. The statement is of no use where anything is wrong.
    """
    form = _ProductForm(reader, host, party, typed, known)
    return form.statement(), form.problems


@dataclass(slots=True)
class _ProductForm:
    reader: Reader
    host: str
    party: Party
    typed: Mapping[str, Any]
    known: Mapping[str, ProductJson]
    problems: list[RowProblem] = field(default_factory=list)

    def statement(self) -> Object:
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
        stated = {"type": "product", "uri": self._uri(), "name": name, "category": category}
        more = {"spec": spec, "shelf_life_days": days, "conversions": conversions}
        more = {member: value for member, value in more.items() if value or value == 0}
        return stated | {"unit": unit} | more

    def _uri(self) -> str | None:
        if self.typed["uri"]:
            return str(self.typed["uri"])
        gtin = self._read("gtin", self.typed["gtin"], values.gtin)
        if gtin is None:
            return codes.uri_of(codes.new(), self.host, "product")
        prefixes = self.party.gs1
        if not any(gtin[1:].startswith(prefix) for prefix in prefixes):
            fix = msg("leave it empty: none is registered for you")
            if prefixes:
                fix = msg("one under %(prefixes)s", prefixes=", ".join(prefixes))
            self._wrong("gtin", msg("%(gtin)s is not under your company prefixes", gtin=gtin), fix)
        uri = f"{ID}/01/{gtin}"
        if uri in self.known:
            why = msg("%(gtin)s is a product of yours already", gtin=gtin)
            self._wrong("gtin", why, msg("change that one"))
        elif (owner := self.reader.owner(uri)) and owner.party not in (None, self.party.uri):
            why = msg("%(gtin)s is another party's", gtin=gtin)
            self._wrong("gtin", why, msg("look at it again"))
        return uri

    def _conversions(self, unit: str | None) -> dict[str, str]:
        conversions: dict[str, str] = {}
        for row in self.typed["conversions"]:
            is_named, is_given = bool(row["unit"].strip()), bool(row["amount"].strip())
            if not is_named and not is_given:
                continue
            word = self._read("conversions", row["unit"], lambda text: line(text, 20))
            number = self._read("conversions", row["amount"], _ratio)
            if not is_named:
                self._wrong("conversions", msg("it has no unit"), msg("say what it is, as 箱"))
            elif not is_given:
                fix = msg("how much is in one %(unit)s", unit=str(word))
                self._wrong("conversions", msg("it is empty"), fix)
            elif word and number:
                if word in conversions:
                    why = msg("%(unit)s stands there twice", unit=word)
                    self._wrong("conversions", why, msg("keep one"))
                elif _measures_as(word, unit):
                    why = msg("%(unit)s is a measure by itself", unit=word)
                    self._wrong("conversions", why, msg("packages only, as 箱, 筐, 袋"))
                conversions[word] = number
        return conversions

    def _read(self, field: str, text: str, value: Callable[[str], T]) -> T | None:
        if not text.strip():
            return None
        try:
            return value(text)
        except CellError as error:
            self._wrong(field, error.what, error.fix)
            return None

    def _wrong(self, field: str, why: Message, fix: Message) -> None:
        self.problems.append(RowProblem(1, field, why, fix))


def _unit(text: str) -> str:
    """The UN/ECE code of a measure that others are stated in."""
    code, factor = values.unit(text)
    if factor != 1:
        why = msg("%(unit)s is stored as %(code)s", unit=text[:20], code=code)
        raise CellError(why, msg("公斤, 克, 升 or 个"))
    return code


def _ratio(text: str) -> str:
    number, word = values.amount(text)
    if word is not None:
        why = msg("'%(value)s' is no number", value=quoted(text[:30]))
        raise CellError(why, msg("digits, with a point before decimals"))
    return decimal_text(number)


def _measures_as(word: str, unit: str | None) -> bool:
    """Whether a word is a measure of the same kind as the product's unit, as 斤 is of 公斤."""
    try:
        code = values.unit(word)[0]
    except CellError:
        return False
    own, base = UNITS.get(code), UNITS.get(unit or "")
    return own is not None and base is not None and own[0] == base[0]
