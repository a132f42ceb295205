"""Pages of labels: for what is on the counter, printed again, declared void; numbers for scales."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Response, request

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.times import from_micros
from suyuan.trace.labels import issued_labels
from suyuan.trace.labels.label_sizes import SIZES, Size
from suyuan.trace.labels.own_labels import Lot, counter
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.recorded_time import recorded
from suyuan.web.api.trader.labels_print import MOST
from suyuan.web.app.access import session
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import ngettext

from ..office.signin import page
from .stall_cards import measure

routes = Routes("labels_page")
MOST_PRINTED = 50  # statements to be printed again


@dataclass(frozen=True, slots=True)
class Row:
    """A lot as the page shows it; `data` what its script makes of it."""

    item: str
    name: str
    amount: str | None
    code: str
    scale: int | None
    good: int | None
    is_chosen: bool
    data: str


@dataclass(frozen=True, slots=True)
class Printed:
    """Labels that were issued: of what, by which statement, when, and how many are good."""

    index: int
    name: str
    code: str
    when: str
    count: int


@routes.get("/me/labels", SIGNED_IN)
def labels() -> Response:
    """Labels: choose, count, sign, print."""
    who = session.signed_in()
    wanted = {_code(text) for text in request.args.getlist("item")[:MOST]}
    with site().ledger.reading() as reader:
        found, more = counter(reader, site().ledger.home, who.uri, shown.uri)
        printed = [one for lot in found for one in _printed(reader, lot)]
    return page(
        "labels.html",
        rows=[_row(lot, lot.code in wanted) for lot in found],
        printed=sorted(printed, key=lambda one: -one.index)[:MOST_PRINTED],
        more=more,
        most=MOST,
        sizes=[(size.name, _size_words(size), size.is_sheet) for size in SIZES.values()],
    )


@routes.get("/me/labels/scale", SIGNED_IN)
def scale() -> Response:
    """The numbers to key into a scale, to be printed and hung beside it."""
    who = session.signed_in()
    with site().ledger.reading() as reader:
        found, _more = counter(reader, site().ledger.home, who.uri, shown.uri)
    rows = [_row(lot, False) for lot in found if lot.scale is not None]
    return page("scale.html", rows=rows, when=shown.moment(site().ledger.now()))


def _size_words(size: Size) -> str:
    """A size of labels, as people buy them."""
    across, down = f"{size.width:g}", f"{size.height:g}"
    if not size.is_sheet:
        return _("Roll, %(across)s × %(down)s mm", across=across, down=down)
    count = size.per_sheet
    count_words = ngettext("A4, %(num)d label", "A4, %(num)d labels", count)
    return f"{count_words} ({across} × {down} mm)"


def _row(lot: Lot, is_chosen: bool) -> Row:
    room = lot.room
    told = {
        "item": lot.item,
        "name": lot.name,
        "room": None if room is None else {"had": room.had, "issued": room.issued},
    }
    return Row(
        item=lot.item,
        name=lot.name,
        amount=None if lot.quantity is None else measure(lot.quantity),
        code=codes.shown(lot.code),
        scale=lot.scale,
        good=lot.good,
        is_chosen=is_chosen,
        data=json.dumps(told, ensure_ascii=False, separators=(",", ":")),
    )


def _printed(reader: Reader, lot: Lot) -> Iterator[Printed]:
    """The statements that issue labels of a lot, and of each how many are good."""
    if lot.good is None:
        return
    for one in lot.issues:
        if one.op != "issue":
            continue
        good = len(issued_labels.good_serials(list(lot.issues), one.index))
        at = recorded(reader, one.index)
        when = "" if at is None else shown.moment(from_micros(at.time))
        if good:
            yield Printed(one.index, lot.name, codes.shown(lot.code), when, good)


def _code(text: str) -> str:
    """A trace code as it is stored; what is none stays as it is and is none of a lot's."""
    try:
        return codes.read(text)
    except IdentifierError:
        return text
