"""/recalls/new: from an item to a hold or a recall: what it would reach, and whom; then a form."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from flask import Response, request

from suyuan.trace.format.link import Link
from suyuan.trace.format.times import zone
from suyuan.trace.goods.examinations import tests_of
from suyuan.trace.lineage.model import Stock
from suyuan.trace.recall.course import Reached, by_unit
from suyuan.trace.recall.course import scope as find_scope
from suyuan.trace.recall.lines import Sum
from suyuan.trace.recall.progress import MOST_SUMS, preview, sums
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import viewer
from suyuan.web.app.access.recall_acts import items_of, not_ones_own, reached
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import shown, words
from suyuan.web.text.recalls_names import amount_of, namer
from suyuan.web.text.texts import gettext as _

from ..office.signin import inside, page

routes = Routes("recalls_new_page")
MOST, _MOST_NAMED = 500, 50
_BAD = ("不合格", "fail", "positive", "阳性")


def _named(code: str | None) -> list[str]:
    """What the path or the query names, as it was typed."""
    typed = [code] if code is not None else request.args.getlist("item")[:_MOST_NAMED]
    return [text for one in typed for text in one.split()][:_MOST_NAMED]


def _back() -> str:
    named = _named((request.view_args or {}).get("code"))
    path = f"/recalls/new/{named[0]}" if len(named) == 1 else "/recalls/new"
    return path if inside(path) == path else "/recalls/new"


@routes.get("/recalls/new", SIGNED_IN, back=_back, aliases=("/recalls/new/<code>",), patient=True)
def new(who: SignedIn, reader: Reader, code: str | None = None) -> Response:
    """The form of a hold or a recall, with what it would reach; without an item a field for one."""
    named = _named(code)
    wrong, reach, tests, kinds = False, {}, [], ["hold", "recall"]
    direction = request.args.get("direction", "")
    direction = direction if direction in ("only", "made", "source") else "made"
    is_open = viewer.reads_entries()
    if not is_open and direction == "source":
        direction = "made"  # what others made of it is for inspectors
    now = site().ledger.now()
    try:
        items = items_of(reader, named)
    except ProblemError:
        wrong, items = True, []
    if items:
        kinds = [k for k in ("hold", "recall") if not not_ones_own(reader, who.uri, k, items)]
        if not kinds:
            raise ProblemError(403, _("You may stop what you made or have had, no more."))
        if is_open or "recall" in kinds:
            tests = tests_of(reader, items)
            reach = _reach(reader, who.uri, items, direction)
        else:
            reach = _reach(reader, who.uri, items, "only", is_own=True)
    failed = next(((when, link) for when, link in tests if _is_bad(link)), None)
    local = (now if failed is None else failed[0]).astimezone(zone())
    return page(
        "inspector/recalls_new.html",
        typed=" ".join(named),
        items=items,
        wrong=wrong,
        direction=direction,
        is_open=is_open,
        kinds=kinds,
        levels=words.LEVELS,
        tests=tests,
        is_bad=_is_bad,
        reason="" if failed is None else _("Test failed: %(what)s", what=_result(failed[1])),
        known=f"{local:%Y-%m-%dT%H:%M}",
        offset=shown.offset(now),
        name=namer(reader),
        most=MOST,
        **reach,
    )


def _reach(
    reader: Reader, uri: str, items: Sequence[str], direction: str, *, is_own: bool = False
) -> dict[str, Any]:
    """What is in reach; with `is_own` no more of it than this party has itself."""
    named = list(items)
    if direction == "source":
        named = Lineage(reader).reach(sorted(items), forward=False)
    look = find_scope if is_own else reached
    found = look(reader, named, forward=direction != "only")
    if is_own:
        found = replace(found, items=tuple(_held_by(uri, one) for one in found.items))
    every = [one.item for one in found.items]
    known = {} if is_own else {one.item: one for one in preview(reader, every[:MOST_SUMS])}
    by_unit_last = sorted(sums(known.values()).items(), key=lambda pair: pair[0] == "1")
    here = found.remaining()
    return {
        "scope": found,
        "known_items": known,
        "not_to_hold": set(not_ones_own(reader, uri, "hold", every[:MOST])),
        "not_to_recall": set(not_ones_own(reader, uri, "recall", every[:MOST])),
        "amounts": _amounts,
        "sums": [_sums(unit, total, here.get(unit, 0)) for unit, total in by_unit_last],
        "way": "both" if direction == "source" else "forward",
    }


def _held_by(uri: str, one: Reached) -> Reached:
    stocks = tuple(stock for stock in one.stocks if stock.holder == uri)
    return replace(one, stocks=stocks)


def _amounts(stocks: Sequence[Stock]) -> str:
    return shown.listed(amount_of(micro, unit) for unit, micro in by_unit(stocks).items())


def _sums(unit: str, total: Sum, here: int) -> Iterator[tuple[str, str]]:
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
