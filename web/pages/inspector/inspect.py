"""/inspect: the state of a division at a glance; its search; all that is overdue in it."""

from flask import Response, request
from pydantic import ValidationError

from suyuan.trace.admission.access import Remit
from suyuan.trace.exchange.handover_json import overdue as told
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.statements import is_division
from suyuan.trace.format.times import micros
from suyuan.trace.goods.handover.overdue import overdue
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.api.inspector import search as api_search
from suyuan.web.api.inspector.divisions import DivisionOut, overview
from suyuan.web.api.inspector.search import SearchIn, SearchOut
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import translated
from suyuan.web.text.words import LEVELS

from ..consumer.complaining import KIND_WORDS
from .desk import again, namer, render

routes = Routes("inspect", prefix="/inspect")
MOST = 200


@routes.get("", INSPECTOR)
def state() -> Response:
    """The state of a division of one's remit, all of it unless one is chosen."""
    with site().ledger.reading() as reader:
        remit = viewer.remit()
        asked, wrong = division_asked(remit)
        found = overview(reader, remit, asked)
        items = {one.item for one in found.findings.newest}
        items |= {item for one in found.overdue.oldest for item in one.items[:1]}
        return render(
            "inspect.html",
            found=found,
            asked="" if asked == remits.ALL else asked,
            typed=request.args.get("division", "")[:20],
            wrong=wrong,
            remit=remit,
            name=namer(reader),
            items=names_of(reader, items),
            titles=_titles(found),
            levels=LEVELS,
            kinds=KIND_WORDS,
        )


@routes.get("/overdue", INSPECTOR)
def overdue_list() -> Response:
    """All that is overdue in a division, the oldest first."""
    now = micros(site().ledger.now())
    with site().ledger.reading() as reader:
        remit = viewer.remit()
        asked, _wrong = division_asked(remit)
        within = remits.division(remit, asked)
        found = [one for one in overdue(reader, within, now, days=0) if one.done is None]
        lines = [told(one, now) for one in found[:MOST]]
        return render(
            "inspect_overdue.html",
            lines=lines,
            more=max(0, len(found) - MOST),
            asked="" if asked == remits.ALL else asked,
            size=reader.cursors().get("lineage", 0),
            name=namer(reader),
            items=names_of(reader, {item for one in lines for item in one["items"][:1]}),
        )


@routes.get("/search", INSPECTOR)
def search() -> Response:
    """Items and parties of one's remit."""
    with site().ledger.reading() as reader:
        remit = viewer.remit()
        found, wrong = _found(reader, remit)
        return render(
            "inspect_search.html",
            found=found,
            wrong=wrong,
            typed={name: request.args.get(name, "")[:600] for name in _FIELDS},
            name=namer(reader),
            next=None if found is None or found.after is None else again(after=found.after),
        )


_FIELDS = ("q", "kind", "from", "to", "division", "category")


def _found(reader: Reader, remit: Remit) -> tuple[SearchOut | None, dict[str, str]]:
    """A page of what was asked for, or what is wrong with it by field."""
    given = {name: text for name in (*_FIELDS, "after") if (text := request.args.get(name, ""))}
    words = {
        "from": _("A day of the calendar, 2026-11-24."),
        "to": _("A day of the calendar, not before the first: 2026-11-24."),
        "division": _("2, 4, 6, 9 or 12 digits, within your remit."),
        "q": _("At most 600 characters, without control characters."),
        "after": _("This page of the list is not there any more: search again."),
        "kind": _("Items, parties, or both."),
        "category": _("At most 200 characters."),
    }
    try:
        return api_search.found(reader, remit, SearchIn.model_validate(given)), {}
    except ValidationError as error:
        fields = {str(one["loc"][0]) for one in error.errors()}
        division = given.get("division", "")
        if not is_division(division or "35") or not remit.covers_division(division or "35"):
            fields.add("division")
        return None, {name: words.get(name, "") for name in fields}
    except ProblemError as error:
        name = error.more.get("field") or ("division" if error.status == 403 else "q")
        return None, {name: words.get(name, "")}


def division_asked(remit: Remit) -> tuple[str, str | None]:
    """The division that is asked for; all of the remit where it is none of it, and what is wrong.

    A division of another's remit is refused.
    """
    asked = request.args.get("division", "").strip()
    if not asked or asked == remits.ALL:
        return remits.ALL, None
    if not is_division(asked):
        return remits.ALL, _("2, 4, 6, 9 or 12 digits, within your remit.")
    remits.division(remit, asked)
    return asked, None


def names_of(reader: Reader, items: set[str]) -> dict[str, str]:
    """What lots are called; their number in short where they have no name."""
    lots = Lineage(reader).lots(sorted(items))
    found = {}
    for item in items:
        lot = lots.get(item)
        name = None if lot is None else lot.name
        if name is None and lot is not None and lot.product is not None:
            name = reader.name(lot.product, lot.coder)
        found[item] = shown.cut(name or shown.uri(item), 120)
    return found


def _titles(found: DivisionOut) -> dict[str, str]:
    rules = {str(one.kind) for one in found.findings.rules}
    return {rule: translated(heading(rule).title) for rule in rules}
