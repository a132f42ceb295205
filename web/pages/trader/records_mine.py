"""/me/records: one's own records, looked for, and each with what hangs on it, to be put right."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from pydantic import ValidationError

from suyuan.trace.exchange import my_records
from suyuan.trace.exchange.my_records import Hanging
from suyuan.trace.recording import correcting
from suyuan.trace.store.read import own_records
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.access.own_records import RecordsIn, find, own, seen_steps
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.text import records_shown
from suyuan.web.text.languages import keep_language
from suyuan.web.text.names import titled
from suyuan.web.text.recalls_names import namer, names_of, places_of
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import Words as _l

from ..office.signin import page
from .process import UNITS

routes = Routes("records_mine")
_MOST_CHOICES = 200  # products, or counterparties, to choose from; a search finds the others
_FILTERS = ("q", "since", "until", "step", "product", "party", "order")
_LABELS: Mapping[str, Words] = {
    "product": _l("Product"),
    "spec": _l("Specification"),
    "category": _l("Category"),
    "lot": _l("Lot number"),
    "produced": _l("Produced or harvested on"),
    "shelf_life": _l("Shelf life in days, if there is one"),
    "origin": _l("Origin: a division's digits, or words"),
    "substance": _l("Substance"),
    "dose": _l("Dose"),
    "withdrawal": _l("Days to wait before harvest"),
    "result": _l("Result"),
    "reason": _l("Reason"),
    "temperature": _l("Temperature in °C"),
    "note": _l("Number of the delivery note"),
    "certificate": _l("Number of the certificate"),
    "supplier": _l("Supplier"),
    "to_name": _l("Recipient"),
}
_MODES = {"produced": "date", "shelf_life": "numeric", "withdrawal": "numeric"}


@routes.get("/me/records", SIGNED_IN)
def listed(acting: Acting, reader: Reader) -> Response:
    """What one has recorded: the newest first, or as the query asks."""
    wanted, wrong = _wanted()
    found = find(reader, acting, wanted)
    names = records_shown.Names(reader, acting.uri)
    typed = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    steps = own_records.values(reader, acting.uri, "step")
    seen = seen_steps(acting)
    return page(
        "trader/records.html",
        module="pages/trader/record.js",
        acting=acting,
        records=[names.shown(record) for record in found.records],
        typed=typed,
        wrong=wrong,
        steps=[(step, records_shown.step(step)) for step in steps if seen is None or step in seen],
        products=_choices(reader, acting, "name", names.party),
        parties=_choices(reader, acting, "counterparty", names.party),
        next=found.after and keep_language("/me/records", **typed, after=found.after),
        is_first="after" not in request.args,
        tables={
            form: keep_language("/api/v1/records/table", **typed, form=form)
            for form in ("xlsx", "csv")
        },
    )


def _wanted() -> tuple[RecordsIn, set[str]]:
    """The query; what is wrong in it is left out, by name."""
    known = {name: request.args[name] for name in RecordsIn.model_fields if request.args.get(name)}
    try:
        return RecordsIn.model_validate(known), set()
    except ValidationError as error:
        wrong = {str(problem["loc"][0]) for problem in error.errors()}
        left = {name: value for name, value in known.items() if name not in wrong}
        return RecordsIn.model_validate(left), wrong


def _choices(
    reader: Reader, acting: Acting, field: own_records.Field, named: Any
) -> list[tuple[str, str]]:
    values = own_records.values(reader, acting.uri, field)[:_MOST_CHOICES]
    return sorted(((value, named(value)) for value in values), key=lambda choice: choice[1])


@routes.get("/me/records/<int:index>", SIGNED_IN)
def record(acting: Acting, reader: Reader, index: int) -> Response:
    """One record: what it says, what hangs on it, and the form that puts it right."""
    link = own(reader, acting, index)
    items = [ref.item for ref in link.items]
    names = records_shown.Names(reader, acting.uri)
    rows = own_records.about(reader, items, acting.uri, index)
    shown_rows = [names.shown(row) for row in rows if row.index == index]
    form, name = correcting.correctable(link), namer(reader)
    places = places_of(reader, acting.party)
    return page(
        "trader/record.html",
        acting=acting,
        index=index,
        link=link,
        rows=shown_rows,
        form=form,
        titles={row.record.item: row.product or row.code for row in shown_rows},
        labels=_LABELS,
        modes=_MODES,
        places=places,
        units=UNITS,
        lots=names_of(reader, correcting.lots_of(reader, acting.uri)[:_MOST_CHOICES], acting.uri),
        hangs=_hanging(my_records.hanging(reader, index, link), names, name),
        name=name,
    )


def _hanging(hanging: Hanging, names: records_shown.Names, name: Any) -> dict[str, Any] | None:
    """What hangs on a record, as its page lists it; None where nothing does."""
    if hanging.is_empty:
        return None
    return {
        "answers": [name(answer.actor) for answer in hanging.answers],
        "later": [names.shown(record) for record in hanging.later],
        "made": [(lot.item, titled(lot.name, lot.item)) for lot in hanging.made],
        "labels": hanging.labels,
        "acts": hanging.acts,
        "more": {
            kind: max(0, count - my_records.MOST_NAMED) for kind, count in hanging.counts.items()
        },
    }
