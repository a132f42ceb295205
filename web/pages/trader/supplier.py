"""A supplier's pages: its products, registering batches one by one, and from a table."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask import Response, request

from suyuan.keys.validity import Party
from suyuan.trace.findings.rule_tables import table
from suyuan.trace.format.quantities import UNITS
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import STEPS, roles_of, step_of, steps_of
from suyuan.trace.recording.imports.batches import FIELDS, Batch
from suyuan.trace.recording.imports.form import MEMBERS, Form, again, form_of, title_of
from suyuan.trace.recording.imports.registering import MAX_FILE, MOST_ROWS
from suyuan.trace.recording.supplies import ProductJson, Registered, batches_of, products_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import shown, units
from suyuan.web.text.names import titled
from suyuan.web.text.recalls_names import places_of
from suyuan.web.text.texts import gettext as _

from ..office.signin import page

routes = Routes("supplier")
BASE_UNITS = ("KGM", "LTR", "H87")
_TABLES = {
    "cold_chain": "limits", "purchase": "asked", "required": "required",
    "tolerances": "tolerance", "yields": "yield",
}  # fmt: skip
Choice = tuple[str, dict[str, Any]]
"""A product to choose: what stands in the list, and what scripts fill in once it is chosen; the
`product` of its `form` is its URI, empty for one with a name only."""


@routes.get("/me/products", SIGNED_IN)
def products(user: SignedIn, reader: Reader) -> Response:
    """One's products: what they are, to be added to and changed."""
    known = products_of(reader, user.uri)
    return page(
        "trader/products.html",
        products=[(product, asdict(product)) for product in known],
        units=BASE_UNITS,
        categories=categories(known),
        prefixes=user.party.gs1,
        stated=request.args.get("stated", type=int),
    )


@routes.get("/me/register", SIGNED_IN)
def register(acting: Acting, reader: Reader) -> Response:
    """Registering a batch: a short form, filled in as last time; and the same as yesterday."""
    party = acting.party
    now = site().ledger.now()
    today = now.astimezone(zone()).date()
    known = products_of(reader, party.uri)
    batches = batches_of(reader, party.uri)
    own_places = places(reader, party, batches)
    same = again(reader, party.uri, known, now)
    rows = [replace(row, batch=_as_preferred(row.batch)) for row in same.batches]
    return page(
        "trader/register.html",
        may=acting.may("codes"),
        is_other=acting.is_other,
        choices=choices(party, known, batches, today),
        offers={step.name: _(step.offer) for step in STEPS.values() if step.offer is not None},
        chosen=request.args.get("product", ""),
        nothing=nothing(party, batches),
        places=own_places,
        today=today.isoformat(),
        again=replace(same, batches=tuple(rows)),
        is_of_yesterday=same.day is None or today - same.day == timedelta(days=1),
        categories=categories(known),
    )


@routes.get("/me/upload", SIGNED_IN)
def upload(acting: Acting) -> Response:
    """Registering all batches of a table."""
    return page(
        "trader/upload.html",
        is_other=acting.is_other,
        size=MAX_FILE >> 20,
        rows=MOST_ROWS,
        columns={name: field.title("zh") for name, field in FIELDS.items()},
    )


def choices(
    party: Party, products: Sequence[ProductJson], batches: Sequence[Registered], today: date
) -> list[Choice]:
    """One's products, what was registered last first, and names that were registered without."""
    known = {product.uri: product for product in products}
    first = _usual(party, batches)
    offered: dict[str, Choice] = {}
    for registered in batches:
        batch, product = registered.batch, known.get(registered.batch.product_id or "")
        key = product.uri if product else f"{batch.product} {batch.spec or ''} {batch.product_id}"
        if key not in offered:
            offered[key] = _choice(party, product, form_of(registered, known, today), batch)
    for product in products:
        if product.uri not in offered:
            days = "" if product.shelf_life_days is None else str(product.shelf_life_days)
            form = _blank(product=product.uri, unit=product.unit, shelf_life=days, **first)
            offered[product.uri] = _choice(party, product, form, None)
    return list(offered.values())


def nothing(party: Party, batches: Sequence[Registered]) -> dict[str, Any]:
    """The values of the form for a product that has only a name."""
    usual = _usual(party, batches)
    usual["origin"] = shown.division_typed(usual["origin"])
    return {
        "form": _blank(unit="KGM", **usual),
        "units": [*units.entry_units("KGM"), *units.entry_units("LTR"), *units.entry_units("H87")],
        "begin": beginning(None, party.roles),
    }


def places(reader: Reader, party: Party, batches: Iterable[Registered]) -> list[tuple[str, str]]:
    """One's places, registered or used last: URI and name."""
    own, used = dict(places_of(reader, party)), (r.batch.place for r in batches)
    others = {uri: titled(reader.name(uri, party.uri), uri) for uri in used if uri}
    return list((own | {uri: name for uri, name in others.items() if uri not in own}).items())


def categories(products: Iterable[ProductJson]) -> list[str]:
    """Categories that one has used, and those that the rules know."""
    return list(dict.fromkeys((*sorted({product.category for product in products}), *_known())))


def beginning(category: str | None, roles: Sequence[str]) -> str | None:
    """The step by which goods of a category begin at a producer, if there is one."""
    if set(roles).isdisjoint(roles_of("grows")):
        return None
    if category is None:
        return step_of("gathers").name
    gathering = (STEPS[name] for name in steps_of("gathers"))
    return next((step.name for step in gathering if category.startswith(step.categories)), None)


def _blank(**known: str) -> Form:
    return dict.fromkeys(MEMBERS, "") | known


def _choice(party: Party, product: ProductJson | None, form: Form, batch: Batch | None) -> Choice:
    if product is not None:
        title = " ".join(filter(None, (product.name, product.spec)))
        packages = {name: Decimal(ratio) for name, ratio in product.conversions.items()}
        category = product.category
        choices = units.entry_units(product.unit, packages, category)
    else:
        assert batch is not None
        title = title_of(batch)
        category = batch.category or ""
        choices = _units_like(form["unit"])
    form = _as_preferred(form)
    data = {
        "form": {**form, "quantity": "", "origin": shown.division_typed(form["origin"])},
        "last": form["quantity"],
        "units": choices,
        "begin": beginning(category or None, party.roles),
    }
    return title, data


def _as_preferred(form: Form) -> Form:
    """A form whose amount is in the unit that is preferred."""
    quantity, unit = units.as_preferred(form["quantity"], form["unit"])
    return {**form, "quantity": quantity, "unit": unit}


def _units_like(unit: str) -> list[tuple[str, str]]:
    base = UNITS.get(unit, ("", 1))[0]
    main = {"kg": "KGM", "L": "LTR", "1": "H87"}.get(base, unit)
    listed = units.entry_units(main)
    is_there = any(value == unit for value, _words in listed)
    return listed if is_there else [*units.entry_units(unit), *listed]


def _usual(party: Party, batches: Sequence[Registered]) -> dict[str, str]:
    """Where one's goods come from, as last said; at first, one's own division."""
    if not batches:
        return {"origin": party.division, "place": ""}
    last = batches[0].batch
    return {"origin": last.origin or "", "place": last.place or ""}


@lru_cache(maxsize=1)
def _known() -> tuple[str, ...]:
    """The categories that the tables of rules name, those that end in `*` as they begin."""
    patterns = {
        entry["category"]
        for name, list_ in _TABLES.items()
        for entry in table(name).get(list_, ())
        if isinstance(entry.get("category"), str)
    }
    return tuple(sorted({pattern.rstrip("*").rstrip("/") for pattern in patterns} - {""}))
