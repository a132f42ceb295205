"""A supplier's pages: its products, registering batches one by one, and from a table."""

from dataclasses import asdict
from datetime import timedelta

from flask import Response, request

from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import STEPS
from suyuan.trace.recording.imports.form import again
from suyuan.trace.recording.imports.registering import MAX_FILE, MOST_ROWS
from suyuan.trace.recording.supplies import batches_of, products_of
from suyuan.web.app.access import acting_for, session
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text.texts import gettext as _

from ..office.signin import page
from . import supplier_choices

routes = Routes("supplier")


@routes.get("/me/products", SIGNED_IN)
def products() -> Response:
    """One's products: what they are, to be added to and changed."""
    who = session.signed_in()
    with site().ledger.reading() as reader:
        found = products_of(reader, who.uri)
    return page(
        "trader/products.html",
        products=[(one, asdict(one)) for one in found],
        units=supplier_choices.BASE_UNITS,
        categories=supplier_choices.categories(found),
        prefixes=who.party.gs1,
        stated=request.args.get("stated", type=int),
    )


@routes.get("/me/register", SIGNED_IN)
def register() -> Response:
    """Registering a batch: a short form, filled in as last time; and the same as yesterday."""
    acting = acting_for.acting()
    party = acting.party
    now = site().ledger.now()
    today = now.astimezone(zone()).date()
    with site().ledger.reading() as reader:
        known = products_of(reader, party.uri)
        batches = batches_of(reader, party.uri)
        places = supplier_choices.places(reader, party, batches)
        same = again(reader, party.uri, known, now)
    return page(
        "trader/register.html",
        may=acting.may("codes"),
        is_other=acting.is_other,
        choices=supplier_choices.choices(party, known, batches, today),
        offers={one.name: _(one.offer) for one in STEPS.values() if one.offer is not None},
        chosen=request.args.get("product", ""),
        nothing=supplier_choices.nothing(party, batches),
        places=places,
        today=today.isoformat(),
        again=same,
        is_of_yesterday=same.day is None or today - same.day == timedelta(days=1),
        categories=supplier_choices.categories(known),
    )


@routes.get("/me/upload", SIGNED_IN)
def upload() -> Response:
    """Registering all batches of a table."""
    acting = acting_for.acting()
    return page(
        "trader/upload.html",
        is_other=acting.is_other,
        size=MAX_FILE >> 20,
        rows=MOST_ROWS,
    )
