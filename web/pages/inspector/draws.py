"""/draws: draws of whom an office inspects, for everybody; and where an office makes one."""

from collections import Counter
from typing import Any

from flask import Response, request

from suyuan.trace.format.messages import msg
from suyuan.trace.format.times import from_micros
from suyuan.trace.format.vocabulary import ROLES
from suyuan.trace.inspection.draws import draw_book, draw_drafts
from suyuan.trace.inspection.draws.draw import exists_from
from suyuan.trace.inspection.grading.grade_table import given
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.search import LOOKED
from suyuan.web.app.access import draws as access
from suyuan.web.app.access import offices, remits, session, viewer
from suyuan.web.app.limits import READING
from suyuan.web.app.routes import ANYBODY, INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import Words as _l

from ..office.signin import page

routes = Routes("draws_page")
MOST = 30
_OPS: dict[str, Words] = {
    "commit": _l("Committed to"), "replace": _l("Replaced by the next"),
    "reveal": _l("Opened"), "abort": _l("Aborted"),
}  # fmt: skip
# How long after now the value is of that a new draw names, in the rounds of the beacon below.
_BEACON, _AHEAD = "drand quicknet", 1_200


@routes.get("/draws", ANYBODY, limit=READING)
def listed(reader: Reader) -> Response:
    """All draws, the newest first."""
    before, later = request.args.get("before", ""), None
    rows: list[tuple[Any, ...]] = []
    is_whole = before.isascii() and before.isdigit() and len(before) < 16
    for act in draw_book.draws_of(reader, before=int(before) if is_whole else None):
        if len(rows) == MOST:
            later = act.leaf + 1
            break
        at = ActBook(reader).times([act.leaf]).get(act.leaf)
        rows.append(
            (act, draw_book.commitment(reader, act), None if at is None else from_micros(at))
        )
    user = session.current()
    works = user is not None and site().access(reader).remit(user.uri) is not None
    return page("draws/draws.html", module=None, rows=rows, later=later, works=works,
                name=namer(reader))  # fmt: skip


@routes.get("/draws/new", INSPECTOR)
def new(reader: Reader) -> Response:
    """A draw to be made: how many of each stratum of one's remit, by whom, whom they avoid.

    Counted are the first parties of it, so that a city's page is no dearer than a market's.
    """
    first = remits.search(reader, viewer.remit()).all(LOOKED)
    sizes = Counter(map(draw_drafts.by_role, first.found))
    del sizes[None]
    genesis, period = exists_from(_BEACON, "1"), 3
    assert genesis is not None
    now = int(site().ledger.now().timestamp())
    return page(
        "draws/new.html",
        module="pages/inspector/draw.js",
        sizes=sizes,
        roles=[r for r in ROLES if sizes[r] or (first.after and r not in draw_drafts.LEFT_OUT)],
        is_more=first.after is not None,
        grades=given().table.grades,
        people={one.uri: offices.name_of(one) for one in offices.people(reader)},
        beacon=_BEACON,
        round=(now - genesis) // period + _AHEAD,
    )


@routes.get("/draws/<draw>", ANYBODY, limit=READING)
def shown(draw: str, reader: Reader) -> Response:
    """A draw: its course, whom it drew once that is open, and how anybody recomputes it."""
    found = access.shown(reader, draw)
    name = offices.colleagues(reader) if found.works else namer(reader)
    values: dict[str, Any] = {"ops": _OPS, "name": name}
    module = "pages/inspector/draw.js" if found.works else "pages/consumer/draw.js"
    stated = found.draw.commit.statement
    return page(
        "draws/draw.html",
        module=module,
        found=found,
        draw=found.draw,
        stated=stated,
        now=site().ledger.now(),
        unsure=None
        if exists_from(stated["beacon"], stated["round"]) is not None
        else msg("From when on the value exists is the office's own word."),
        **values,
    )
