"""/inspect: the state of a division at a glance; its search; all that is overdue in it."""

from datetime import date

from flask import Response, request

from suyuan.trace.admission.access import Remit
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.statements import is_division
from suyuan.trace.format.times import micros
from suyuan.trace.goods.handover.overdue import overdue
from suyuan.trace.goods.searching import Page, Query, find, lots_of
from suyuan.trace.inspection.division_report import division_report
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.words import LEVELS

from ..consumer.complaining import KIND_WORDS
from .desk import again, division_asked, names_of, render

routes = Routes("inspect", prefix="/inspect")
MOST, OLDEST = 200, 10
_FIRST, _LAST = date(2000, 1, 1), date(9000, 1, 1)
_LONGEST = {"q": 600, "division": 12, "category": 200, "after": 700}


@routes.get("", INSPECTOR)
def state(reader: Reader) -> Response:
    """The state of a division of one's remit, all of it unless one is chosen."""
    now = micros(site().ledger.now())
    remit = viewer.remit()
    asked, wrong = division_asked(remit)
    within = remits.division(remit, asked)
    found = division_report(reader, site().ledger.home, within, now)
    late = found.overdue[:OLDEST]
    items = [one.subject for one in found.newest] + [i for one in late for i in one.items[:1]]
    return render(
        "inspector/inspect.html",
        reader,
        found=found,
        late=late,
        now=now,
        asked=asked,
        typed=request.args.get("division", "")[:20],
        wrong=wrong,
        remit=remit,
        items=names_of(reader, items),
        levels=LEVELS,
        kinds=KIND_WORDS,
    )


@routes.get("/overdue", INSPECTOR)
def overdue_list(reader: Reader) -> Response:
    """All that is overdue in a division, the oldest first."""
    now = micros(site().ledger.now())
    remit = viewer.remit()
    asked, _wrong = division_asked(remit)
    within = remits.division(remit, asked)
    found = [one for one in overdue(reader, within, now, days=0) if one.done is None]
    return render(
        "inspector/inspect_overdue.html",
        reader,
        lines=found[:MOST],
        more=max(0, len(found) - MOST),
        now=now,
        asked=asked,
        size=reader.cursors().get("lineage", 0),
        items=names_of(reader, [item for one in found[:MOST] for item in one.items[:1]]),
    )


@routes.get("/search", INSPECTOR)
def search(reader: Reader) -> Response:
    """Items and parties of one's remit."""
    found, wrong = _found(reader, viewer.remit())
    lots = [] if found is None else lots_of(reader, found)
    return render(
        "inspector/inspect_search.html",
        reader,
        found=found,
        lots=[(one, reader.recorded(one.key[0]) if one.key[0] >= 0 else None) for one in lots],
        size=reader.cursors().get("lineage", 0),
        wrong=wrong,
        typed={name: request.args.get(name, "")[:600] for name in _FIELDS},
        next=None if found is None or found.after is None else again(after=found.after),
    )


_FIELDS = ("q", "kind", "from", "to", "division", "category")


def _found(reader: Reader, remit: Remit) -> tuple[Page | None, dict[str, str]]:
    """A page of what was asked for, or what is wrong with it by field."""
    given = {name: request.args.get(name, "") for name in (*_FIELDS, "after")}
    days = {name: _day(given[name]) for name in ("from", "to")}
    fields = {name for name, longest in _LONGEST.items() if len(given[name]) > longest}
    fields |= {name for name, day in days.items() if given[name] and day is None}
    if given["kind"] not in ("", "item", "party"):
        fields.add("kind")
    division = given["division"]
    is_ours = not division or (is_division(division) and remit.covers_division(division))
    since, until = days["from"], days["to"]
    if fields and not is_ours:
        fields.add("division")
    elif not fields:
        is_text = given["q"].isprintable() or not given["q"].strip()
        in_order = since is None or until is None or since <= until
        fields = set() if is_ours else {"division"}
        fields = {"q"} if not is_text else {"to"} if not in_order else fields
    if fields:
        return None, _what_is_wrong(fields)
    query = Query(
        text=given["q"],
        kind=given["kind"] or None,
        since=since,
        until=until,
        category=given["category"] or None,
        after=given["after"] or None,
    )
    try:
        within = remits.division(remit, division)
        return find(reader, site().ledger.trust, within, query), {}
    except LedgerError:
        return None, _what_is_wrong({"after"})


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and _FIRST <= day <= _LAST else None


def _what_is_wrong(fields: set[str]) -> dict[str, str]:
    words = {
        "from": _("A day of the calendar, 2026-11-24."),
        "to": _("A day of the calendar, not before the first: 2026-11-24."),
        "division": _("2, 4, 6, 9 or 12 digits, within your remit."),
        "q": _("At most 600 characters, without control characters."),
        "after": _("This page of the list is not there any more: search again."),
        "kind": _("Items, parties, or both."),
        "category": _("At most 200 characters."),
    }
    return {name: words[name] for name in fields}
