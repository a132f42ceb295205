"""Answers of a form as batches, held to the same rules as the rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext

from ..messages import msg
from . import values
from .cells import is_blank
from .columns import Column, Columns
from .errors import CellError
from .rows import BatchRow, RowProblem, RowReader

FIELDS = (
    "product", "spec", "category", "quantity", "unit", "produced", "shelf_life", "origin",
    "gtin", "lot", "place",
)  # fmt: skip
_COLUMNS = Columns({name: Column(at, name) for at, name in enumerate(FIELDS)}, len(FIELDS), ())


def read_form(
    forms: Sequence[Mapping[str, str]],
    today: date,
    conversions: Sequence[Mapping[str, str]] = (),
    base_units: Sequence[str] = (),
) -> list[BatchRow | list[RowProblem]]:
    """Each form's batch, or all that is wrong with it; rows are numbered from 1.

    A form maps FIELDS to what was typed; a problem's `column` is the field. `conversions` and
    `base_units`, if any, stand beside the forms: in a unit that a product's statement converts
    (1 箱 = 20 kg) an amount is taken in the base unit, and kept as counted too.
    """
    reader = RowReader(_COLUMNS, today, exact_width=False)
    found: list[BatchRow | list[RowProblem]] = []
    for at, form in enumerate(forms):
        ratios = conversions[at] if conversions else {}
        counted = _counted(form, ratios, base_units[at] if base_units else "")
        answers = form if counted is None else {**form, **counted[0]}
        row = reader.read(at + 1, [answers.get(name, "") for name in FIELDS])
        if row is None:
            row = [_no_product(at + 1)]
        elif counted is not None and isinstance(row, BatchRow):
            row = replace(row, count=counted[1], count_unit=form["unit"].strip())
        found.append(row)
    return found


def _counted(
    form: Mapping[str, str], ratios: Mapping[str, str], base: str
) -> tuple[dict[str, str], Decimal] | None:
    """What a count of packages comes to; None where it is no such count, or no number."""
    ratio = ratios.get(form.get("unit", "").strip())
    if ratio is None or is_blank(form.get("quantity", "")):
        return None
    try:
        number, word = values.amount(form["quantity"])
    except CellError:
        return None  # which the reader of rows says
    if word is not None:
        return None
    with localcontext() as context:
        context.prec = 60
        amount = number * Decimal(ratio)
    return {"quantity": format(amount, "f"), "unit": base}, number


def _no_product(number: int) -> RowProblem:
    """What a row is otherwise left out for: empty, or a remark."""
    return RowProblem(number, "product", msg("it is empty"), msg("give the product's name"))
