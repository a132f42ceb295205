"""Pages of labels: for what is on the counter, printed again, declared void; numbers for scales."""

from collections.abc import Iterator
from dataclasses import replace

from flask import Response, request

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.labels.issued_labels import Lot, counter, good_serials
from suyuan.trace.labels.label_files import MOST
from suyuan.trace.labels.label_sizes import SIZES
from suyuan.trace.recall.status import stopped
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import session
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.names import lot_titled

from ..office.signin import page

routes = Routes("labels_page")
MOST_PRINTED = 50  # statements to be printed again


@routes.get("/me/labels", SIGNED_IN)
def labels(user: SignedIn, reader: Reader) -> Response:
    """Labels: choose, count, sign, print."""
    lots, more = _counter(reader, user.uri)
    printed = [row for lot in lots for row in _printed(reader, lot)]
    return page(
        "trader/labels.html",
        lots=lots,
        acts=stopped(reader, site().genesis, [lot.item for lot in lots], user.uri),
        wanted={_code(text) for text in request.args.getlist("item")[:MOST]},
        printed=sorted(printed, key=lambda row: -row[1])[:MOST_PRINTED],
        more=more,
        most=MOST,
        sizes=SIZES.values(),
    )


@routes.get("/me/labels/scale", SIGNED_IN)
def scale(reader: Reader) -> Response:
    """The numbers to key into a scale, to be printed and hung beside it."""
    user = session.signed_in()
    lots, _more = _counter(reader, user.uri)
    lots = [lot for lot in lots if lot.scale is not None]
    return page("trader/scale.html", lots=lots, now=site().ledger.now())


def _counter(reader: Reader, holder: str) -> tuple[list[Lot], int]:
    """What a holder has to label, in the page's language, and how many more there are."""
    lots, more = counter(reader, site().ledger.home, holder, shown.uri)
    known = Lineage(reader).lots(sorted(lot.item for lot in lots))
    return [replace(lot, name=lot_titled(lot.name, lot.item, known)) for lot in lots], more


def _printed(reader: Reader, lot: Lot) -> Iterator[tuple[Lot, int, int | None, int]]:
    """The statements that issue labels of a lot: index, recorded time, how many labels are good."""
    for issue in lot.issues if lot.good is not None else ():
        good = good_serials(list(lot.issues), issue.index) if issue.op == "issue" else ()
        if good:
            at = reader.recorded(issue.index)
            yield lot, issue.index, None if at is None else at.time, len(good)


def _code(text: str) -> str:
    """A trace code as it is stored; what is none stays as it is and is none of a lot's."""
    try:
        return codes.read(text)
    except IdentifierError:
        return text
