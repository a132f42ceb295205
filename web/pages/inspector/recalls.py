"""Pages of recalls and holds: the list, how far each has come, and the form of a new one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response, render_template, request

from suyuan.trace.admission.state import Act
from suyuan.trace.exchange.spreadsheets import Cell
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.link import Link
from suyuan.trace.format.times import zone
from suyuan.trace.goods.examinations import tests_of
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.recall.course import by_unit, find_act, reason_of
from suyuan.trace.recall.course import scope as find_scope
from suyuan.trace.recall.lines import Sum
from suyuan.trace.recall.outline import Outline, outlines
from suyuan.trace.recall.progress import MOST_SUMS, Holder, Progress, preview, progress, sums
from suyuan.trace.recall.results import closing, effectiveness, percent
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import sheets
from suyuan.web.app.access import recall_acts, sampling, session, viewer
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ACTS, SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import recalls_due, shown, words
from suyuan.web.text.filters import act_code, act_state, act_title
from suyuan.web.text.names import in_words
from suyuan.web.text.recalls_names import amount_of, namer, names_of, unit_of
from suyuan.web.text.texts import Words, translated
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _

from ..office.signin import inside, page

routes = Routes("recalls_page")
MOST, LISTED = 200, 20
_HEADINGS = (
    _l("Kind"), _l("Product"), _l("Items"), _l("Reason"), _l("Since"), _l("By"), _l("State"),
    _l("Have answered"), _l("Have not answered"), _l("Trace code"),
)  # fmt: skip

_SUMS: Mapping[str, Words] = {
    "produced": _l("Made or brought in"),
    "unsaid": _l("Reported as less since the recall"),
    "held": _l("With holders"),
    "in_transit": _l("On its way"),
    "remaining": _l("Still there"),
    "recovered": _l("Recovered"),
    "destroyed": _l("Destroyed"),
    "sold": _l("Sold"),
    "used": _l("Used to make something"),
    "lost": _l("Lost"),
    "outside": _l("Sent out of the ledger"),
    "weighed": _l("Differences of weighing, stated at receipt"),
    "unaccounted": _l("Not accounted for"),
}
beginning = Routes("recalls_new_page")
MOST_REACHED, _MOST_NAMED = 500, 50
_BAD = ("不合格", "fail", "positive", "阳性")


@routes.get("/recalls", ACTS, limit=READING)
def index(reader: Reader) -> Response:
    """All recalls and holds in force, the newest first, page by page."""
    acts = recall_acts.listed(act for act in ActBook(reader).all() if act.is_in_force)
    name = namer(reader)
    if sheets.is_asked():
        rows = (_row(outline, name) for outline in outlines(reader, acts[: sheets.MOST]))
        return sheets.sheet(_("Recalls and holds"), _HEADINGS, rows)
    typed = request.args.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 18 else None
    older = [act for act in acts if before is None or act.leaf < before]
    text = render_template(
        "inspector/recalls.html",
        outlines=outlines(reader, older[:LISTED]),
        older=older[LISTED - 1].leaf if len(older) > LISTED else None,
        headings=_HEADINGS,
        size=reader.size(),
        name=name,
        user=session.current(),
    )
    return Response(text)


def _row(outline: Outline, name: Callable[[str], str]) -> list[Cell]:
    """A hold or a recall as a row of the spreadsheet."""
    act = outline.act
    titled = f"{act_title(act)} ({_('Drill')})" if act.drill else act_title(act)
    return [
        titled, shown.listed(map(in_words, outline.names)), outline.count, outline.reason,
        None if outline.since is None else shown.moment(outline.since), name(act.actor),
        act_state(act), outline.answered, outline.silent, act_code(act.uri),
    ]  # fmt: skip


@routes.get("/recalls/<code>", ACTS, limit=READING, aliases=("/act/<code>",), patient=True)
def one(reader: Reader, code: str) -> Response:
    """One recall or hold, by its trace code."""
    where, user = site(), session.current()
    now = where.ledger.now()
    try:
        act = find_act(reader, where.host, code)
    except (NotFound, IdentifierError):
        raise ProblemError(404, "no hold or recall of this ledger") from None
    recall_acts.require_readable(act)
    state = progress(reader, act, now) if act.kind == "recall" else None
    name = namer(reader)
    values: dict[str, Any] = {"act": act, "state": state, "most": MOST, "name": name}
    values |= _hold(reader, act) if state is None else _recall(state, name, now)
    values["lots"] = names_of(reader, values["items"], user.uri if user else None)
    if user is None:
        return Response(render_template("inspector/recall.html", layout="base.html", **values))
    may = recall_acts.ops(reader, user.uri, act)
    if may:
        values |= _choices(reader, user.uri, act, state)
    offset = shown.offset(now)
    return page("inspector/recall.html", layout="signed.html", ops=may, offset=offset, **values)


def _hold(reader: Reader, act: Act) -> dict[str, Any]:
    book = ActBook(reader)
    rows = [row for row in book.scope(act.leaf, most=MOST) if row.cleared is None]
    return {
        "reason": reason_of(reader, act.leaf),
        "items": [row.item for row in rows],
        "count": book.count(act.leaf),
        "size": reader.size(),
    }


def _recall(state: Progress, name: Callable[[str], str], now: datetime) -> dict[str, Any]:
    due = state.timing.deadlines
    holders = [holder for holder in state.holders if holder.is_asked]
    return {
        "reason": state.course.reason,
        "items": _named_of(state),
        "count": len(state.items),
        "size": state.as_of,
        "facts": _facts(state),
        "notes": () if due is None else list(map(translated, due.notes)),
        "words_of_sums": _SUMS,
        "result": closing(state),
        "strangers": [name(holder.uri) for holder in state.strangers[:MOST]],
        "rows": [(holder, total) for holder in holders for total in holder.totals()],
        "answer": lambda holder: _answer(state, holder, now),
    }


def _named_of(state: Progress) -> list[str]:
    """The items of a recall that its page names, then those that are not decided."""
    items = [item.item for item in state.items[:MOST]]
    return items + [item.item for item in state.undecided[:MOST]]


def _choices(reader: Reader, uri: str, act: Act, state: Progress | None) -> dict[str, Any]:
    """The items that the user may clear or take on, and what each holder has not accounted for."""
    if state is None:
        return {}
    named = names_of(reader, _named_of(state), uri)
    undecided = [named[item.item] for item in state.undecided[:MOST]]
    if uri != act.actor and not site().access(reader).is_officer(uri):  # it made something of it
        own = recall_acts.decides(reader, uri, act)
        return {"clearable": [lot for lot in undecided if lot.item in own], "takeable": []}
    inside = [named[item.item] for item in state.items[: MOST - len(undecided)]]
    gaps = [(h.uri, texts) for h in state.holders if (texts := list(_gaps(state, h)))]
    return {"clearable": undecided + inside, "takeable": undecided, "gaps": gaps[:MOST]}


def _gaps(state: Progress, holder: Holder) -> Iterator[str]:
    """The amounts that one holder has not accounted for, item by item."""
    names = {item.item: item.name for item in state.items}
    for line in holder.lines:
        name = names.get(line.item)
        title = in_words(name) if name else shown.cut(shown.uri(line.item))
        if line.balance is None:
            yield _("%(what)s: an amount is not known", what=title)
        elif line.gap > 0:
            yield f"{title} {amount_of(line.gap, line.unit or '1')}"
        elif line.gap < 0:
            much = amount_of(-line.gap, line.unit or "1")
            yield _("%(what)s: %(amount)s more than it had", what=title, amount=much)


def _facts(state: Progress) -> Iterator[tuple[str, str]]:
    course = state.course
    yield _("Known since"), shown.moment(course.known)
    if course.ordered is not None:
        yield _("Ordered"), shown.moment(course.ordered)
    if course.planned is not None:
        yield _("Plan made"), shown.moment(course.planned)
    yield from recalls_due.facts(state.timing)
    if course.ended is not None and course.ended.at is not None:
        yield _("Closed"), shown.moment(course.ended.at)
    results = effectiveness(state)
    yield _("Holders that acknowledged"), f"{results.acknowledged} / {results.holders}"
    for share in results.shares:
        if share.traced is not None:
            label = _("Share accounted for")
            if len(results.shares) > 1:
                label = f"{label} ({unit_of(share.unit)})"
            yield label, f"{percent(share.traced)} %"


def _answer(state: Progress, holder: Holder, now: datetime) -> str:
    """When a holder acknowledged, and whether that was in time."""
    stated = holder.acknowledged
    if stated is None:
        return "—" if holder.uri == state.act.actor or holder.is_reported else _("not yet")
    when = "" if stated.at is None else shown.moment(stated.at)
    in_time = state.timing.answered(stated.at, now)
    return when if in_time is None else f"{when} · {recalls_due.OUTCOMES[in_time]}"


def _named(code: str | None) -> list[str]:
    """What the path or the query names, as it was typed."""
    typed = [code] if code is not None else request.args.getlist("item")[:_MOST_NAMED]
    return [part for text in typed for part in text.split()][:_MOST_NAMED]


def _back() -> str:
    named = _named((request.view_args or {}).get("code"))
    path = f"/recalls/new/{named[0]}" if len(named) == 1 else "/recalls/new"
    return path if inside(path) == path else "/recalls/new"


@beginning.get(
    "/recalls/new",
    SIGNED_IN,
    back=_back,
    aliases=("/recalls/new/<code>",),
    patient=True,
    limit=READING,
)
def new(user: SignedIn, reader: Reader, code: str | None = None) -> Response:
    """The form of a hold or a recall, with what it would reach; without an item a field for one."""
    named = _named(code)
    reach, tests, kinds = {}, [], ["hold", "recall"]
    direction = request.args.get("direction", "")
    direction = direction if direction in ("only", "made", "source") else "made"
    is_open = viewer.reads_entries()
    if not is_open and direction == "source":
        direction = "made"  # what others made of it is for inspectors
    now = site().ledger.now()
    meant = [recall_acts.items_meant(reader, user.uri, text) for text in named]
    items = [found[0] for found in meant if len(found) == 1]
    choices = [item for found in meant if len(found) > 1 for item in found]
    items = [] if len(items) < len(named) else items
    if items:
        kinds = [k for k in kinds if not recall_acts.not_ones_own(reader, user.uri, k, items)]
        if not kinds:
            raise ProblemError(403, _("You may stop what you made or have had, no more."))
        if is_open or "recall" in kinds:
            tests = tests_of(reader, items)
            reach = _reach(reader, user.uri, items, direction)
        else:
            reach = _reach(reader, user.uri, items, "only", is_own=True)
    failed = next(((when, link) for when, link in tests if _is_bad(link)), None)
    local = (now if failed is None else failed[0]).astimezone(zone())
    reason = "" if failed is None else _("Test failed: %(what)s", what=_result(failed[1]))
    if (of := sampling.failed_of(reader, request.args.get("case", ""), items)) is not None:
        local, reason = of.at.astimezone(zone()), sampling.RECALLED
        kinds = [kind for kind in kinds if kind == "recall"] or kinds
    return page(
        "inspector/recalls_new.html",
        typed=" ".join(named),
        items=items,
        wrong=not all(meant),
        choices=[*names_of(reader, choices, user.uri).values()],
        direction=direction,
        is_open=is_open,
        kinds=kinds,
        levels=words.LEVELS,
        tests=tests,
        is_bad=_is_bad,
        reason=reason,
        known=f"{local:%Y-%m-%dT%H:%M}",
        offset=shown.offset(now),
        name=namer(reader),
        most=MOST_REACHED,
        **reach,
    )


def _reach(
    reader: Reader, uri: str, items: Sequence[str], direction: str, *, is_own: bool = False
) -> dict[str, Any]:
    """The scope of the items; with `is_own` only with the stocks of this party."""
    named = list(items)
    if direction == "source":
        named = Lineage(reader).reach(sorted(items), forward=False)
    look = find_scope if is_own else recall_acts.reached
    extent = look(reader, named, forward=direction != "only")
    if is_own:
        own = (
            replace(item, stocks=tuple(stock for stock in item.stocks if stock.holder == uri))
            for item in extent.items
        )
        extent = replace(extent, items=tuple(own))
    every = [item.item for item in extent.items]
    known = {} if is_own else {item.item: item for item in preview(reader, every[:MOST_SUMS])}
    by_unit_last = sorted(sums(known.values()).items(), key=lambda pair: pair[0] == "1")
    here = extent.remaining()
    return {
        "scope": extent,
        "known_items": known,
        "not_to_hold": set(recall_acts.not_ones_own(reader, uri, "hold", every[:MOST_REACHED])),
        "not_to_recall": set(recall_acts.not_ones_own(reader, uri, "recall", every[:MOST_REACHED])),
        "amounts": lambda stocks: shown.listed(
            amount_of(micro, unit) for unit, micro in by_unit(stocks).items()
        ),
        "sums": [_rows_of_sums(unit, total, here.get(unit, 0)) for unit, total in by_unit_last],
        "way": "both" if direction == "source" else "forward",
    }


def _rows_of_sums(unit: str, total: Sum, here: int) -> Iterator[tuple[str, str]]:
    rows = (
        (_("Made or brought in"), total.produced),
        (_("In somebody's hands or on the way"), here),
        (_("Sold already"), total.sold),
        (_("Used to make something"), total.used),
        (_("Destroyed"), total.destroyed),
        (_("Lost"), total.lost),
        (_("Sent out of the ledger"), total.outside),
    )
    for place, (label, micro) in enumerate(rows):
        if micro or place < 3:
            yield label, amount_of(micro, unit)
    rest = total.produced - here - sum(micro for _label, micro in rows[2:]) - total.weighed
    if rest:
        yield _("Not accounted for"), amount_of(rest, unit)


def _is_bad(link: Link) -> bool:
    """Whether the result of a test says that something is wrong."""
    result = shown.cut(str((link.event or {}).get("suyuan:result", ""))).lower()
    return any(bad in result for bad in _BAD)


def _result(link: Link) -> str:
    event = link.event or {}
    return shown.cut(str(event.get("suyuan:tested") or event.get("suyuan:result", "")))
