"""Pages of recalls and holds: the list, and how far each has come; plain tables."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Response, render_template

from suyuan.trace.admission.state import Act
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.recall.course import find_act, reason_of
from suyuan.trace.recall.progress import Holder, Progress, progress
from suyuan.trace.recall.results import closing, effectiveness, percent
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import session
from suyuan.web.app.access.recall_acts import decides, listed, ops, require_readable
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ACTS, Routes
from suyuan.web.context import site
from suyuan.web.text import recalls_due, shown
from suyuan.web.text.recalls_names import amount_of, choice, namer, unit_of
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _

from ..office.signin import page as signed_page

routes = Routes("recalls_page")
MOST = 200

_SUMS: Mapping[str, Words] = {
    "produced": _l("Made or brought in"),
    "unsaid": _l("Said to be less since the recall"),
    "recovered": _l("Recovered"),
    "destroyed": _l("Destroyed"),
    "remaining": _l("Still there"),
    "sold": _l("Sold"),
    "used": _l("Used to make something"),
    "lost": _l("Lost"),
    "outside": _l("Sent out of the ledger"),
    "weighed": _l("Differences of weighing, stated at receipt"),
    "unaccounted": _l("Not accounted for"),
}


@routes.get("/recalls", ACTS, limit=READING)
def index(reader: Reader) -> Response:
    """All recalls and holds in force, the newest first."""
    book = ActBook(reader)
    text = render_template(
        "inspector/recalls.html",
        acts=listed(act for act in book.all() if act.is_in_force),
        counts=book.counts(),
        most=MOST,
        size=reader.size(),
        name=namer(reader),
        who=session.current(),
    )
    return Response(text)


@routes.get("/recalls/<code>", ACTS, limit=READING, aliases=("/act/<code>",), patient=True)
def one(reader: Reader, code: str) -> Response:
    """One recall or hold, by its trace code."""
    where, who = site(), session.current()
    now = where.ledger.now()
    try:
        act = find_act(reader, where.host, code)
    except (NotFound, IdentifierError):
        raise ProblemError(404, "no hold or recall of this ledger") from None
    require_readable(act)
    found = progress(reader, act, now) if act.kind == "recall" else None
    name = namer(reader)
    values = {"act": act, "found": found, "most": MOST, "name": name}
    values |= _hold(reader, act) if found is None else _recall(found, name, now)
    if who is None:
        return Response(render_template("inspector/recall.html", layout="base.html", **values))
    may = ops(reader, who.uri, act)
    if may:
        values |= _choices(reader, who.uri, act, found)
    offset = shown.offset(now)
    return signed_page(
        "inspector/recall.html", layout="signed.html", ops=may, offset=offset, **values
    )


def _hold(reader: Reader, act: Act) -> dict[str, Any]:
    book = ActBook(reader)
    rows = [row for row in book.scope(act.leaf, most=MOST) if row.cleared is None]
    lots = Lineage(reader).lots([row.item for row in rows])
    return {
        "reason": reason_of(reader, act.leaf),
        "items": [(row.item, lots[row.item].name if row.item in lots else None) for row in rows],
        "count": book.count(act.leaf),
        "size": reader.size(),
    }


def _recall(found: Progress, name: Callable[[str], str], now: datetime) -> dict[str, Any]:
    due = found.timing.deadlines
    asked = [holder for holder in found.holders if holder.is_asked]
    return {
        "reason": found.course.reason,
        "items": [(one.item, one.name) for one in found.items[:MOST]],
        "count": len(found.items),
        "size": found.as_of,
        "facts": _facts(found),
        "notes": () if due is None else recalls_due.notes(due),
        "words_of_sums": _SUMS,
        "result": closing(found),
        "undecided": [(one.item, one.name) for one in found.undecided[:MOST]],
        "strangers": [name(one.uri) for one in found.strangers[:MOST]],
        "names": {one.item: one.name for one in found.items if one.name},
        "rows": [(holder, total) for holder in asked for total in holder.totals()],
        "answer": lambda holder: _answer(found, holder, now),
    }


def _choices(reader: Reader, uri: str, act: Act, found: Progress | None) -> dict[str, Any]:
    """What who is signed in may choose from; of who may close it, what each holder misses."""
    if found is None:
        return {}
    undecided = [choice(one.item, one.name) for one in found.undecided[:MOST]]
    if uri != act.actor and not site().access(reader).is_officer(uri):  # it made something of it
        own = decides(reader, uri, act)
        return {"clearable": [one for one in undecided if one.uri in own], "takeable": []}
    inside = [choice(one.item, one.name) for one in found.items[: MOST - len(undecided)]]
    gaps = [(one.uri, texts) for one in found.holders if (texts := list(_gaps(found, one)))]
    return {"clearable": undecided + inside, "takeable": undecided, "gaps": gaps[:MOST]}


def _gaps(found: Progress, holder: Holder) -> Iterator[str]:
    """What one holder has not accounted for, item by item."""
    names = {one.item: one.name for one in found.items}
    for line in holder.lines:
        what = shown.cut(names.get(line.item) or shown.uri(line.item))
        if line.balance is None:
            yield _("%(what)s: an amount is not known", what=what)
        elif line.gap > 0:
            yield f"{what} {amount_of(line.gap, line.unit or '1')}"
        elif line.gap < 0:
            much = amount_of(-line.gap, line.unit or "1")
            yield _("%(what)s: %(amount)s more than it had", what=what, amount=much)


def _facts(found: Progress) -> Iterator[tuple[str, str]]:
    course = found.course
    yield _("Known since"), shown.moment(course.known)
    if course.ordered is not None:
        yield _("Ordered"), shown.moment(course.ordered)
    if course.planned is not None:
        yield _("Plan made"), shown.moment(course.planned)
    yield from recalls_due.facts(found.timing)
    if course.ended is not None and course.ended.at is not None:
        yield _("Closed"), shown.moment(course.ended.at)
    results = effectiveness(found)
    yield _("Holders that acknowledged"), f"{results.acknowledged} / {results.holders}"
    for share in results.shares:
        if share.traced is not None:
            label = _("Share accounted for")
            if len(results.shares) > 1:
                label = f"{label} ({unit_of(share.unit)})"
            yield label, f"{percent(share.traced)} %"


def _answer(found: Progress, holder: Holder, now: datetime) -> str:
    """When a holder acknowledged, and whether that was in time."""
    stated = holder.acknowledged
    if stated is None:
        return "—" if holder.uri == found.act.actor or holder.is_reported else _("not yet")
    when = "" if stated.at is None else shown.moment(stated.at)
    in_time = found.timing.answered(stated.at, now)
    return when if in_time is None else f"{when} · {recalls_due.KEPT[in_time]}"
