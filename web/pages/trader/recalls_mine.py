"""/me/recalls: the holds and recalls that concern who is signed in, and what it is to answer."""

from flask import Flask, Response

from suyuan.trace.recall.inbox import Concern, acts_for, mine
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.recall_acts import decides, is_readable
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text.recalls_names import namer, names_of

from ..office.signin import page

routes = Routes("recalls_mine_page")
MOST = 200


def install(app: Flask) -> None:
    """Give templates `open_acts`."""
    app.jinja_env.globals["open_acts"] = open_acts


@routes.get("/me/recalls", SIGNED_IN, patient=True)
def my_page(user: SignedIn, reader: Reader) -> Response:
    """What concerns one, the newest first: acknowledged by one tap, reported by one form.

    The page of an act, of all holders, may not be one's to read: then what one made of it, and may
    clear, stands here.
    """
    now = site().ledger.now()
    acts = mine(reader, site().ledger.trust, user.uri, now)
    readable = {row.concern.act.leaf: is_readable(row.concern.act.actor) for row in acts[:MOST]}
    clears = {
        act.leaf: list(names_of(reader, decides(reader, user.uri, act), user.uri).values())[:MOST]
        for act in (row.concern.act for row in acts[:MOST] if row.part is not None)
        if not readable[act.leaf]
    }
    return page(
        "trader/my_recalls.html",
        acts=acts,
        most=MOST,
        now=now,
        name=namer(reader),
        readable=readable,
        clears=clears,
    )


def open_acts(user: SignedIn) -> list[Concern]:
    """The acts in force that concern the user: for the red box on its page."""
    with site().ledger.reading() as reader:
        return [c for c in acts_for(reader, site().genesis, user.uri) if c.act.ended is None]
