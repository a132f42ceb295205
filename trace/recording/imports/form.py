"""Batches as a form has them: checked, to be signed; and one's last batches as forms again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext

from suyuan.trace.format import steps
from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg
from suyuan.trace.format.quantities import decimal_text
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import zone
from suyuan.trace.lineage.lots import first_day
from suyuan.trace.store.read.reader import Reader

from ..supplies import OwnProduct, Registered, last_day
from . import values
from .batches import FIELDS, Batch, BatchReader, RowProblem, coding, is_left_out
from .cells import Cell, CellError, is_blank
from .registering import taken

Form = Mapping[str, str]
"""What was typed, by MEMBERS. `product` is the URI of one's own product; else `name` is one.
`begin` is the step, `harvest` or `catch`, to be recorded before the coding, if any."""

_TYPED = tuple(name for name in FIELDS if name not in ("code", "product", "weight"))
MEMBERS = ("product", "name", *_TYPED, "begin")
_MOST_AGAIN = 60


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
    form: Form
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
    products: Mapping[str, OwnProduct],
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
        return sorted(problems, key=lambda one: one.row)
    return [
        _coded(batch, form["begin"], host, now) for batch, form in zip(batches, forms, strict=True)
    ]


def names(reader: Reader, batches: Sequence[Coded]) -> dict[str, str | None]:
    """What batches and their places are called, by URI."""
    named: dict[str, str | None] = {one.item: one.name for one in batches}
    places = ((one.events[-1].get("bizLocation") or {}).get("id") for one in batches)
    return named | {place: reader.name(place) for place in places if place is not None}


def again(reader: Reader, party: str, products: Sequence[OwnProduct], now: datetime) -> Again:
    """What a party registered on its last day before today, with dates moved to today."""
    today = now.astimezone(zone()).date()
    before = last_day(reader, party, today)
    known = {one.uri: one for one in products}
    forms = tuple(
        AgainForm(title_of(one.batch), form_of(one, known, today), one.batch.lot)
        for one in before[:_MOST_AGAIN]
    )
    return Again(before[0].day if before else None, forms, len(before) - len(forms))


def title_of(batch: Batch) -> str:
    """What a batch is called: its product's name and specification."""
    return " ".join(filter(None, (batch.product, batch.spec)))


def form_of(one: Registered, products: Mapping[str, OwnProduct], today: date) -> Form:
    """The form that would register a batch again today, without its lot number."""
    batch, product = one.batch, products.get(one.batch.product_id or "")
    amount, unit = _amount(batch, product)
    produced = _moved(one, today)
    form = dict.fromkeys(MEMBERS, "")
    known = {name: getattr(batch, name, None) for name in _TYPED}
    form |= {name: str(value) for name, value in known.items() if value is not None}
    form |= {"quantity": decimal_text(amount), "unit": unit, "produced": produced, "lot": ""}
    if produced == today.isoformat():
        form["begin"] = one.begun or ""
    if product is None:
        return form | {"name": batch.product}
    return form | {"product": product.uri, "spec": "", "category": "", "gtin": ""}


def _moved(one: Registered, today: date) -> str:
    """A batch's production date as it would be today; empty where it has none."""
    produced = first_day(one.batch.produced)
    if produced is None:
        return ""
    return min(today, produced + timedelta(days=(today - one.day).days)).isoformat()


def _amount(batch: Batch, product: OwnProduct | None) -> tuple[Decimal, str]:
    """As counted, where the product's statement says how much that is; else as measured."""
    ratio = None if product is None else product.conversions.get(batch.count_unit or "")
    if ratio is not None and batch.count is not None and batch.count_unit is not None:
        is_same_unit = product is not None and batch.uom == product.unit
        if is_same_unit and batch.count * Decimal(ratio) == batch.quantity:
            return batch.count, batch.count_unit
    return batch.quantity, batch.uom if values.is_unit(batch.uom) else "H87"


def _read(
    reader: BatchReader, number: int, form: Form, products: Mapping[str, OwnProduct]
) -> tuple[Batch | None, list[RowProblem]]:
    """A form's batch, if it is one in itself, and what is wrong with the form."""
    product = products.get(form["product"])
    if form["product"] and product is None:
        fix = msg("choose one of your products, or give a name")
        return None, [RowProblem(number, "product", msg("it is no product of yours"), fix)]
    cells = _cells(form, product)
    count = None if product is None else _count(form, product)
    if product is not None and count is not None:
        cells |= {"quantity": _times(count, product.conversions[form["unit"].strip()])}
        cells["unit"] = product.unit
    if is_left_out(cells.values()):
        batch: Batch | list[RowProblem] = [
            RowProblem(number, "product", msg("it is empty"), msg("give the product's name"))
        ]
    else:
        batch = reader.read(number, cells, {})
    product_id, problems = _product_id(number, form, product)
    if not isinstance(batch, Batch):
        name = "product" if product is not None else "name"
        renamed = (replace(one, column=name) if one.column == "product" else one for one in batch)
        return None, [*renamed, *problems]
    if form["begin"] and batch.produced != reader.today.isoformat():
        what = msg("what begins today was produced today")
        problems.append(RowProblem(number, "begin", what, msg("record the harvest as a step")))
    if count is not None:
        batch = replace(batch, count=count, count_unit=form["unit"].strip())
    return replace(batch, product_id=product_id), problems


def _cells(form: Form, product: OwnProduct | None) -> dict[str, Cell]:
    """A form as the reader of batches takes it: a GTIN names a batch with its lot only."""
    cells: dict[str, Cell] = {"product": form["name"], **{name: form[name] for name in _TYPED}}
    if product is not None:
        cells |= {"product": product.name, "spec": product.spec or "", "gtin": product.gtin or ""}
        cells["category"] = product.category
    if values.is_none(form["lot"]):
        del cells["gtin"]
    return cells


def _product_id(
    number: int, form: Form, product: OwnProduct | None
) -> tuple[str | None, list[RowProblem]]:
    """The product's URI, and what is wrong with a GTIN that stands without a lot."""
    if product is not None or not form["gtin"].strip():
        return None if product is None else product.uri, []
    try:
        return f"{ID}/01/{values.gtin(form['gtin'])}", []
    except CellError as error:
        is_read = not values.is_none(form["lot"])  # among the cells
        return None, [] if is_read else [RowProblem(number, "gtin", error.what, error.fix)]


def _count(form: Form, product: OwnProduct) -> Decimal | None:
    """How many packages, where the product's statement says how much is in one."""
    if form["unit"].strip() not in product.conversions or is_blank(form["quantity"]):
        return None
    try:
        number, word = values.amount(form["quantity"])
    except CellError:
        return None  # which the reader of batches says
    return number if word is None else None


def _times(count: Decimal, ratio: str) -> str:
    with localcontext() as context:
        context.prec = 60
        return format(count * Decimal(ratio), "f")


def _coded(batch: Batch, begin: str, host: str, now: datetime) -> Coded:
    event = coding(batch, host, now)
    item = str(event["quantityList"][0]["epcClass"])
    if not begin:
        return Coded(item, batch.product, (event,))
    portion = Portion(item, batch.quantity, batch.uom)
    first = steps.event(begin, now, [portion], place=batch.place, zone=zone())
    return Coded(item, batch.product, (first, event))
