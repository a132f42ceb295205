"""/me/find: the lots that one has, had, or was sent, by whatever stands on a label or a slip."""

from flask import Response, render_template, request

from suyuan.trace.goods.identity.lookup import find_own
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.limits import READING
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.app.targets import LONGEST
from suyuan.web.context import site
from suyuan.web.text.recalls_names import names_of

routes = Routes("find_lot")


@routes.get("/me/find", SIGNED_IN, limit=READING)
def find(acting: Acting, reader: Reader) -> Response:
    """One's own lots that a text means; a form alone without one."""
    typed, ledger = request.args.get("q", "").strip()[:LONGEST], site().ledger
    targets = find_own(reader, ledger.trust, ledger.home, acting.uri, typed) if typed else []
    named = names_of(reader, [target.item for target in targets], acting.uri)
    text = render_template(
        "trader/find.html",
        user=acting.user,
        acting=acting,
        typed=typed,
        lots=[named[target.item] for target in targets],
    )
    response = Response(text)
    response.headers["Cache-Control"] = "no-store"
    return response
