"""A supplier's pages: its products, registering batches one by one, and from a table."""

from datetime import timedelta
from typing import Any

from flask import Response, request

from suyuan.trace.format.times import zone
from suyuan.trace.recording.imports.form import again
from suyuan.trace.recording.imports.registering import MAX_FILE, MOST_ROWS
from suyuan.trace.recording.supplies import batches_of
from suyuan.web.api.trader import products as api_products
from suyuan.web.api.trader.batches import CODING, plain
from suyuan.web.app.access import acting_for, session
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import shown, words

from ..office.signin import page
from . import supplier_choices

routes = Routes("supplier")


@routes.get("/me/products", SIGNED_IN)
def products() -> Response:
    """One's products: what they are, to be added to and changed."""
    who = session.signed_in()
    found = api_products.own(who.uri)
    return page(
        "products.html",
        products=[
            {
                "data": api_products.product_report(one),
                "of": one,
                "amounts": _amounts(one.unit, one.conversions),
            }
            for one in found
        ],
        units=[(code, words.unit(code)) for code in supplier_choices.BASE_UNITS],
        categories=supplier_choices.categories(found),
        prefixes=who.party.gs1,
        stated=request.args.get("stated", type=int),
    )


@routes.get("/me/register", SIGNED_IN)
def register() -> Response:
    """Registering a batch: a short form, filled in as last time; and the same as yesterday."""
    acting = acting_for.acting()
    party = acting.party
    known = api_products.own(party.uri)
    now = site().ledger.now()
    today = now.astimezone(zone()).date()
    with site().ledger.reading() as reader:
        batches = batches_of(reader, party.uri)
        places = supplier_choices.places(reader, party, batches)
        same = again(reader, party.uri, known, now)
    offered = supplier_choices.choices(party, known, batches, today)
    asked = request.args.get("product", "")
    return page(
        "register.html",
        may=acting.covers(CODING),
        is_other=acting.is_other,
        choices=offered,
        chosen=next((one.uri for one in offered if one.uri and one.uri == asked), ""),
        nothing=supplier_choices.nothing(party, batches),
        places=places,
        today=today.isoformat(),
        again=[{**one, "unit": _unit(one["batch"]["unit"])} for one in plain(same)["batches"]],
        again_day=_day_words(same.day, today),
        again_more=same.more,
        categories=supplier_choices.categories(known),
    )


@routes.get("/me/upload", SIGNED_IN)
def upload() -> Response:
    """Registering all batches of a table."""
    acting = acting_for.acting()
    return page(
        "upload.html",
        is_other=acting.is_other,
        size=MAX_FILE >> 20,
        rows=MOST_ROWS,
    )


def _amounts(unit: str, conversions: Any) -> list[str]:
    """What the product's statement converts, in words."""
    base = words.unit(unit)
    return [f"1 {name} = {ratio} {base}" for name, ratio in conversions.items()]


def _unit(unit: str) -> str:
    return str(words.unit(unit))


def _day_words(day: Any, today: Any) -> str | None:
    """The day of the last batches, where it is not yesterday."""
    if day is None or today - day == timedelta(days=1):
        return None
    return shown.day(day)
