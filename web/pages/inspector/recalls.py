"""Pages of recalls and holds: the list, and how far each has come; plain tables."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Response, render_template

from suyuan.trace.admission.state import Act
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.recall.course import act_code, find_act, reason_of
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
from suyuan.web.app.targets import item_path
from suyuan.web.context import site
from suyuan.web.text import recalls_due, shown
from suyuan.web.text.languages import keep_language
from suyuan.web.text.recalls_names import Choice, amount_of, choice, namer, unit_of
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.words import LEVELS

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


@dataclass(frozen=True, slots=True)
class Line:
    """One act in a list."""

    href: str
    what: str
    state: str
    is_open: bool
    is_drill: bool
    count: int
    by: str
    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """One holder, all its amounts of one unit together."""

    holder: str
    acknowledged: str
    had: str
    recovered: str
    gone: str
    gap: str
    is_short: bool


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the scope: its name and code, its own page, and its lineage's."""

    name: str
    code: str
    href: str
    graph: str


@dataclass(frozen=True, slots=True)
class May:
    """What who is signed in may say of an act: `ops`, and of which items.

    `gaps` are, of one that may close it, the amounts missing of each holder.
    """

    act: str
    ops: tuple[str, ...]
    clearable: list[Choice]
    takeable: list[Choice]
    gaps: list[tuple[str, list[str]]]
    adds_up: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One act, and for a recall how far it has come."""

    line: Line
    reason: str | None
    facts: list[tuple[str, str]]
    notes: list[str]
    sums: list[tuple[str, list[tuple[str, str]]]]  # by unit
    rows: list[Row]
    more_rows: int
    missing: list[str]
    adds_up: bool
    undecided: list[Item]
    strangers: list[str]
    items: list[Item]
    more_items: int
    size: int
    json: str | None


@routes.get("/recalls", ACTS, limit=READING)
def index() -> Response:
    """All recalls and holds in force, the newest first."""
    with site().ledger.reading() as reader:
        book, name = ActBook(reader), namer(reader)
        counts = book.counts()
        found = listed(act for act in book.all() if act.is_in_force)
        lines = [_line(act, counts.get(act.leaf, 0), name) for act in found[:MOST]]
        more, size = max(len(found) - MOST, 0), reader.size()
    who = session.current()
    text = render_template("recalls.html", lines=lines, more=more, size=size, who=who)
    return _varied(Response(text))


@routes.get("/recalls/<code>", ACTS, limit=READING, aliases=("/act/<code>",))
def one(code: str) -> Response:
    """One recall or hold, by its trace code."""
    where, who, may = site(), session.current(), None
    now = where.ledger.now()
    if who is not None:
        where.ledger.followers.catch_up()  # what was just recorded counts
    with where.ledger.reading(patient=True) as reader:
        try:
            act = find_act(reader, where.host, code)
        except (NotFound, IdentifierError):
            raise ProblemError(404, "no hold or recall of this ledger") from None
        require_readable(act)
        found = progress(reader, act, now) if act.kind == "recall" else None
        page = _hold(reader, act) if found is None else _recall(reader, found, now)
        if who is not None and (mine := ops(reader, who.uri, act)):
            may = _may(reader, who.uri, act, found, mine)
    if who is None:
        return _varied(Response(render_template("recall.html", page=page, layout="base.html")))
    return signed_page(
        "recall.html",
        page=page,
        layout="signed.html",
        may=may,
        offset=shown.offset(now),
    )


def _varied(response: Response) -> Response:
    response.vary.add("Accept-Language")
    response.vary.add("Cookie")
    return response


def _may(reader: Reader, uri: str, act: Act, found: Progress | None, mine: tuple[str, ...]) -> May:
    if found is None:
        return May(act.uri, mine, [], [], [], adds_up=True)
    undecided = [choice(one.item, one.name) for one in found.undecided[:MOST]]
    if uri != act.actor and not site().access(reader).is_officer(uri):  # it made something of it
        own = decides(reader, uri, act)
        undecided = [one for one in undecided if one.uri in own]
        return May(act.uri, mine, undecided, [], [], adds_up=True)
    inside = [choice(one.item, one.name) for one in found.items[: MOST - len(undecided)]]
    name = namer(reader)
    gaps = [
        (name(holder.uri), texts)
        for holder in found.holders
        if (texts := list(_gaps(found, holder)))
    ]
    result = closing(found)
    return May(act.uri, mine, undecided + inside, undecided, gaps[:MOST], result.adds_up)


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


def _recall(reader: Reader, found: Progress, now: datetime) -> Page:
    act, name = found.act, namer(reader)
    rows = [row for holder in found.holders for row in _rows(found, holder, now, name)]
    result = closing(found)
    names = {one.item: shown.cut(one.name) for one in found.items if one.name}
    missing = [
        f"{amount_of(q.micro, q.unit)} · {names.get(item, '')} {shown.uri(item)}".replace("  ", " ")
        for item, q in result.missing
    ]
    missing += [
        _("%(amount)s more than was made", amount=amount_of(q.micro, q.unit))
        for _item, q in result.surplus
    ]
    if result.unknown:
        missing.append(_("Some amounts are not known."))
    due = found.timing.deadlines
    code = act_code(act.uri, site().host)
    return Page(
        line=_line(act, len(found.items), name),
        reason=None if found.course.reason is None else shown.cut(found.course.reason, 1_000),
        facts=list(_facts(found)),
        notes=[] if due is None else list(recalls_due.notes(due)),
        sums=list(_sums(found)),
        rows=rows[:MOST],
        more_rows=max(len(rows) - MOST, 0),
        missing=missing[:MOST],
        adds_up=result.adds_up,
        undecided=[_item(one.item, one.name) for one in found.undecided[:MOST]],
        strangers=[name(one.uri) for one in found.strangers[:MOST]],
        items=[_item(one.item, one.name) for one in found.items[:MOST]],
        more_items=max(len(found.items) - MOST, 0),
        size=found.as_of,
        json=f"/api/v1/recalls/{code}",
    )


def _hold(reader: Reader, act: Act) -> Page:
    book, name = ActBook(reader), namer(reader)
    rows = [row for row in book.scope(act.leaf, most=MOST) if row.cleared is None]
    count = book.count(act.leaf)
    lots = Lineage(reader).lots([row.item for row in rows])
    return Page(
        line=_line(act, count, name),
        reason=reason_of(reader, act.leaf),
        facts=[],
        notes=[],
        sums=[],
        rows=[],
        more_rows=0,
        missing=[],
        adds_up=True,
        undecided=[],
        strangers=[],
        items=[_item(row.item, lots[row.item].name if row.item in lots else None) for row in rows],
        more_items=max(count - len(rows), 0),
        size=reader.size(),
        json=None,
    )


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


def _sums(found: Progress) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for unit, total in found.sums.items():
        rows = []
        for member, word in _SUMS.items():
            micro = getattr(total, member)
            if micro or member in ("produced", "recovered", "unaccounted"):
                rows.append((str(word), amount_of(micro, unit)))
        yield unit_of(unit), rows


def _rows(
    found: Progress, holder: Holder, now: datetime, name: Callable[[str], str]
) -> Iterator[Row]:
    if not holder.is_asked:
        return
    who = name(holder.uri)
    if holder.is_reported:
        who = _("%(name)s (as reported)", name=who)
    said = holder.acknowledged
    kept = found.timing.answered(None if said is None else said.at, now)
    answer = "—" if holder.uri == found.act.actor or holder.is_reported else _("not yet")
    if said is not None:
        when = "" if said.at is None else shown.moment(said.at)
        answer = f"{when} · {recalls_due.KEPT[kept]}" if kept is not None else when
    units: dict[str, list[int]] = {}
    for line in holder.lines:
        parts = line.balance
        if parts is None:
            yield Row(who, answer, _("not known"), "", "", "", True)
            continue
        mine = units.setdefault(line.unit or "1", [0, 0, 0, 0])
        settled = line.left - parts.recovered - parts.missing
        for at, micro in enumerate((line.left, parts.recovered, settled, parts.missing)):
            mine[at] += micro
    for unit, (had, recovered, gone, gap) in sorted(units.items()):
        yield Row(
            who,
            answer,
            amount_of(had, unit),
            amount_of(recovered, unit),
            amount_of(gone, unit),
            amount_of(gap, unit),
            gap != 0,
        )


def _line(act: Act, count: int, name: Callable[[str], str]) -> Line:
    code = act_code(act.uri, site().host)
    level = LEVELS.get(act.level or 0)
    what = str(level) if act.kind == "recall" and level is not None else _("On hold")
    states = {"close": _("closed"), "withdraw": _("withdrawn"), "release": _("released")}
    return Line(
        href=keep_language(f"/recalls/{code}"),
        what=what,
        state=_("in force") if act.ended is None else states.get(act.ending or "", "—"),
        is_open=act.ended is None,
        is_drill=act.drill,
        count=count,
        by=name(act.actor),
        code=codes.shown(code),
    )


def _item(item: str, name: str | None) -> Item:
    code = codes.of_uri(item, site().host)
    return Item(
        shown.cut(name) if name else shown.uri(item),
        codes.shown(code),
        keep_language(item_path(item, None)),
        keep_language(f"/lineage/{code}"),
    )
