"""/recalls/new: from an item to a hold or a recall: what it would reach, and whom; then a form."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Response, request

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.times import parse as parse_time
from suyuan.trace.format.times import zone
from suyuan.trace.lineage.model import Stock
from suyuan.trace.recall.lines import Sum
from suyuan.trace.recall.progress import preview, sums
from suyuan.trace.recall.scope import Reached, Scope
from suyuan.trace.recall.scope import scope as find_scope
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.api.inspector.recalls import MOST_SUMS, items_of
from suyuan.web.app.access import session, viewer
from suyuan.web.app.access.recall_acts import not_ones_own, reached
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.app.targets import item_path
from suyuan.web.context import site
from suyuan.web.text import shown, words
from suyuan.web.text.languages import keep_language
from suyuan.web.text.recalls_names import amount_of, namer
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.words import LEVELS

from ..office.signin import inside, page

routes = Routes("recalls_new_page")
MOST, _MOST_NAMED = 500, 50
_TESTS = 200  # parties whose records of an item are looked through
_BAD = ("不合格", "fail", "positive", "阳性")


@dataclass(frozen=True, slots=True)
class Test:
    """A test of an item that was asked for; `is_bad` where its result says so."""

    result: str
    found: str
    by: str
    when: str
    local: str
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Row:
    """An item in reach: who has how much of it, and how much was sold."""

    uri: str
    name: str
    code: str
    href: str
    is_asked: bool
    may_hold: bool
    may_recall: bool
    held: list[tuple[str, str]]
    sold: str
    is_recalled: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """What is in reach, for the page. `sums` are by unit: label and amount."""

    rows: list[Row]
    more: int
    count: int
    holders: list[tuple[str, str]]
    sums: list[list[tuple[str, str]]]
    inside: int
    containers: int
    is_recalled: bool
    graph: str | None
    lineage: str


def _named(code: str | None) -> list[str]:
    """What the path or the query names, as it was typed."""
    typed = [code] if code is not None else request.args.getlist("item")[:_MOST_NAMED]
    return [text for one in typed for text in one.split()][:_MOST_NAMED]


def _back() -> str:
    named = _named((request.view_args or {}).get("code"))
    path = f"/recalls/new/{named[0]}" if len(named) == 1 else "/recalls/new"
    return path if inside(path) == path else "/recalls/new"


@routes.get("/recalls/new", SIGNED_IN, back=_back, aliases=("/recalls/new/<code>",))
def new(code: str | None = None) -> Response:
    """The form of a hold or a recall, with what it would reach; without an item a field for one."""
    who, named = session.signed_in(), _named(code)
    wrong, reach, tests, kinds = False, None, [], ["hold", "recall"]
    direction = request.args.get("direction", "")
    direction = direction if direction in ("only", "made", "source") else "made"
    is_open = viewer.reads_entries()
    if not is_open and direction == "source":
        direction = "made"  # what others made of it is for inspectors
    now = site().ledger.now()
    site().ledger.followers.catch_up()
    with site().ledger.reading(patient=True) as reader:
        try:
            items = items_of(reader, named)
        except ProblemError:
            wrong, items = True, []
        if items:
            kinds = [k for k in ("hold", "recall") if not not_ones_own(reader, who.uri, k, items)]
            if not kinds:
                raise ProblemError(403, _("You may stop what you made or have had, no more."))
            if is_open or "recall" in kinds:
                tests = list(_tests(reader, items))
                reach = _reach(reader, who.uri, items, direction, has_lineage=is_open)
            else:
                reach = _reach(reader, who.uri, items, "only", is_own=True, has_lineage=False)
    test = next((one for one in tests if one.is_bad), None)
    local = now.astimezone(zone())
    return page(
        "recalls_new.html",
        typed=" ".join(named),
        items=items,
        wrong=wrong,
        direction=direction,
        has_source=is_open,
        kinds=kinds,
        levels=[(number, str(said)) for number, said in LEVELS.items()],
        reach=reach,
        tests=tests,
        reason="" if test is None else _("Test failed: %(what)s", what=test.found or test.result),
        known=f"{local:%Y-%m-%dT%H:%M}" if test is None else test.local,
        offset=shown.offset(now),
    )


def _reach(
    reader: Reader,
    uri: str,
    items: Sequence[str],
    direction: str,
    *,
    has_lineage: bool,
    is_own: bool = False,
) -> Reach:
    """What is in reach; with `is_own` no more of it than this party has itself."""
    named = list(items)
    if direction == "source":
        named = Lineage(reader).reach(sorted(items), forward=False)
    look = find_scope if is_own else reached
    found = look(reader, named, forward=direction != "only")
    if is_own:
        found = replace(found, items=tuple(_held_by(uri, one) for one in found.items))
    name, all_ = namer(reader), [one.item for one in found.items]
    known = {} if is_own else {one.item: one for one in preview(reader, all_[:MOST_SUMS])}
    shown_items = [one.item for one in found.items[:MOST]]
    no_hold = set(not_ones_own(reader, uri, "hold", shown_items))
    no_recall = set(not_ones_own(reader, uri, "recall", shown_items))
    rows = []
    for one in found.items[:MOST]:
        item = known.get(one.item)
        sold = item.sum.sold if item is not None and item.sum is not None else 0
        code = codes.of_uri(one.item, site().host)
        rows.append(
            Row(
                uri=one.item,
                name=_title(one),
                code=codes.shown(code),
                href=keep_language(
                    f"/lineage/{code}" if has_lineage else item_path(one.item, None)
                ),
                is_asked=one.item in items,
                may_hold=one.item not in no_hold,
                may_recall=one.item not in no_recall,
                held=[_held(stock, name) for stock in one.stocks],
                sold=amount_of(sold, (item.unit if item else None) or "1") if sold else "",
                is_recalled=bool(one.acts),
            )
        )
    by_unit = sorted(sums(known.values()).items(), key=lambda pair: pair[0] == "1")
    code = codes.of_uri(items[0], site().host)
    way = "both" if direction == "source" else "forward"
    return Reach(
        rows=rows,
        more=max(0, len(found.items) - MOST),
        count=len(found.items),
        holders=list(_holders(found, name)),
        sums=[list(_sums(unit, total, found)) for unit, total in by_unit],
        inside=len(found.inside),
        containers=len(found.containers),
        is_recalled=any(one.acts for one in found.items),
        graph=keep_language(f"/api/v1/items/{code}/lineage", format="svg", direction=way)
        if has_lineage
        else None,
        lineage=keep_language(f"/lineage/{code}", direction=way),
    )


def _path(item: str, code: str, *, has_lineage: bool) -> str:
    return f"/lineage/{code}" if has_lineage else item_path(item, None)


def _held_by(uri: str, one: Reached) -> Reached:
    stocks = tuple(stock for stock in one.stocks if stock.holder == uri)
    return replace(one, stocks=stocks)


def _title(one: Reached) -> str:
    name = None if one.lot is None else one.lot.name
    return shown.cut(name) if name else shown.uri(one.item)


def _held(stock: Stock, name: Callable[[str], str]) -> tuple[str, str]:
    who = name(stock.holder) if stock.holder else _("out of the ledger")
    much = _("an amount not known")
    if stock.quantity is not None:
        much = amount_of(stock.quantity.micro, stock.quantity.unit)
    return (_("on the way to %(who)s", who=who) if stock.is_in_transit else who), much


def _holders(found: Scope, name: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    for uri, stocks in found.holders().items():
        by_unit: dict[str, int] = {}
        for stock in stocks:
            if stock.quantity is not None:
                unit = stock.quantity.unit
                by_unit[unit] = by_unit.get(unit, 0) + stock.quantity.micro
        amounts = [amount_of(micro, unit) for unit, micro in sorted(by_unit.items())]
        yield (name(uri) if uri else _("out of the ledger")), shown.listed(amounts)


def _sums(unit: str, total: Sum, found: Scope) -> Iterator[tuple[str, str]]:
    here = sum(
        stock.quantity.micro
        for one in found.items
        for stock in one.stocks
        if stock.quantity is not None and stock.quantity.unit == unit
    )
    rows = (
        (_("Made or brought in"), total.produced),
        (_("In somebody's hands or on the way"), here),
        (_("Sold already"), total.sold),
        (_("Used to make something"), total.used),
        (_("Destroyed"), total.destroyed),
        (_("Lost"), total.lost),
        (_("Sent out of the ledger"), total.outside),
    )
    for label, micro in rows:
        if micro or label in (rows[0][0], rows[1][0], rows[2][0]):
            yield label, amount_of(micro, unit)
    rest = total.produced - here - sum(micro for _label, micro in rows[2:]) - total.weighed
    if rest:
        yield _("Not accounted for"), amount_of(rest, unit)


def _tests(reader: Reader, items: Sequence[str]) -> Iterator[Test]:
    """The tests that were recorded of these items, the newest first."""
    found: list[tuple[datetime, Test]] = []
    name = namer(reader)
    for item in items:
        for head in reader.chains(item)[:_TESTS]:
            for _seq, stored in reader.chain_links(item, head.actor):
                try:
                    link = None if stored is None else parse(stored.entry)
                except Refused:
                    continue
                event = None if link is None else link.event
                if event is None or words.own_step(event) != "test":
                    continue
                when = parse_time(event.get("eventTime"))
                if when is None:
                    continue
                result = shown.cut(str(event.get("suyuan:result", "")))
                local = when.astimezone(zone())
                found.append(
                    (
                        when,
                        Test(
                            result=result,
                            found=shown.cut(str(event.get("suyuan:tested", ""))),
                            by=name(head.actor),
                            when=shown.moment(when),
                            local=f"{local:%Y-%m-%dT%H:%M}",
                            is_bad=any(bad in result.lower() for bad in _BAD),
                        ),
                    )
                )
    yield from (test for _when, test in sorted(found, key=lambda pair: pair[0], reverse=True))
