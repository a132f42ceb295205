"""A recall's progress for programs, on the command line and the API: one JSON object."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from suyuan.trace.admission.state import Act
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import Json, pick
from suyuan.trace.format.quantities import Quantity

from . import recall_forms as forms
from .accounts import Balance
from .course import Reached, Report, Scope, Stated, act_code, by_unit
from .deadlines import Timing
from .lines import Item, Line, Sum
from .progress import Holder, Progress
from .results import Closing, Share, closing, effectiveness, percent
from .status import ActStatus

Name = Callable[[str], str | None]
_ENDED = {"close": "closed", "withdraw": "withdrawn", "release": "released"}
_TIMES = {
    "known_to_order": "started",
    "order_to_first_answer": "first_answer",
    "order_to_all_acknowledged": "all_acknowledged",
    "order_to_last_report": "last_report",
    "order_to_close": "closed",
}


def act_members(act: Act, host: str, name: Name) -> Json:
    """The members of `ActJson` for an act."""
    return {
        **pick(act, "kind", "level", "drill", "ended"),
        "act": act.uri,
        "code": act_code(act.uri, host),
        "index": act.leaf,
        "by": act.actor,
        "by_name": name(act.actor),
        "state": "open" if act.ended is None else _ENDED[act.ending or ""],
    }


def act_json(act: Act, host: str, name: Name, count: int) -> Json:
    """An act in a list, which names so many items."""
    return forms.ListedJson.write(**act_members(act, host, name), count=count)


def status_json(status: ActStatus, host: str) -> Json:
    """An act that an item is under, or what it came from."""
    act = status.act
    return forms.StatusJson.write(
        status,
        act=act.uri,
        code=act_code(act.uri, host),
        **pick(act, "kind", "level"),
        by=act.actor,
        closed=status.is_closed,
        closed_at=status.ended,
        index=status.leaf,
    )


def progress_json(progress: Progress, now: datetime, host: str, name: Name) -> Json:
    """All of a recall's progress."""
    course = progress.course
    return forms.ProgressJson.write(
        progress,
        **act_members(progress.act, host, name),
        **pick(course, "reason", "known", "ordered", "planned", "ending_reason"),
        ending=_stated(course.ended),
        said_missing=_amounts(course.missing),
        deadlines=_timing(progress.timing),
        totals=[sum_json(total, unit) for unit, total in progress.sums.items()],
        effectiveness=_effectiveness(progress),
        closing=closing_json(closing(progress)),
        holders=[_holder(holder, progress, now, name) for holder in progress.holders],
        strangers=[
            {
                "party": stranger.uri,
                "name": name(stranger.uri),
                "note": "held none of it, by the ledger: its answers do not count",
                **_answers(stranger.acknowledged, stranger.reports),
            }
            for stranger in progress.strangers
        ],
        items=[_item(item, host) for item in progress.items],
    )


def scope_json(scope: Scope, host: str, name: Name) -> Json:
    """A scope: items, and how much of them is in whose hands."""
    return forms.ScopeJson.write(
        scope,
        count=len(scope.items),
        remaining=_quantities(scope.remaining()),
        holders=[
            forms.ScopeHolderJson.write(
                holder=uri or None,
                name=name(uri) if uri else None,
                is_reported=all(stock.is_reported for stock in stocks),
                items=len({stock.item for stock in stocks}),
                quantities=_quantities(by_unit(stocks)),
            )
            for uri, stocks in scope.holders().items()
        ],
        items=[_reached(reached, host) for reached in scope.items],
    )


def sum_json(total: Sum, unit: str) -> Json:
    """What items of one unit add up to."""
    return forms.TotalsJson.write(unit=unit, **_texts(total, Sum, unit))


def closing_json(closing: Closing) -> Json:
    """Whether quantities add up, and what is missing."""
    return forms.ClosingJson.write(
        closing, missing=closing.statement(), surplus=_amounts(closing.surplus)
    )


def _reached(reached: Reached, host: str) -> Json:
    lot = reached.lot
    return forms.ReachedJson.write(
        reached,
        code=codes.of_uri(reached.item, host),
        name=None if lot is None else lot.name,
        produced=None if lot is None else lot.produced,
        asked=reached.is_asked,
        recalled_by=reached.acts,
        remaining=[
            forms.ScopeStockJson.write(s, in_transit=s.is_in_transit) for s in reached.stocks
        ],
    )


def _timing(timing: Timing) -> Json | None:
    if (due := timing.deadlines) is None:
        return None
    return forms.DeadlinesJson.write(
        timing,
        rule=due.rule.name,
        source=due.rule.law.cited,
        **pick(due.rule.law, "since", "last"),
        **pick(due, "start_due", "finish_day", "finish_due"),
        notes=tuple(map(str, due.notes)),
        counted_from=due.rule.counted_from,
        provisional=due.is_provisional,
        next_report_day=timing.next_report,
        closing_report_day=timing.closing_report,
        closing_report_days=due.rule.closing_days,
    )


def _effectiveness(progress: Progress) -> Json:
    results = effectiveness(progress)
    return {
        "shares": [_share(share) for share in results.shares],
        **pick(results, "holders", "acknowledged"),
        "reported": results.answered,
        "seconds": {name: getattr(results, member) for name, member in _TIMES.items()},
    }


def _share(share: Share) -> Json:
    def text(micro: int) -> str:
        return Quantity(micro, share.unit).text

    return {
        "unit": share.unit,
        "produced": text(share.produced),
        "traced": text(share.traced_amount),
        "traced_percent": percent(share.traced),
        "reachable": text(share.reachable),
        "secured": text(share.secured_amount),
        "secured_percent": percent(share.secured),
    }


def _holder(holder: Holder, progress: Progress, now: datetime, name: Name) -> Json:
    at = None if holder.acknowledged is None else holder.acknowledged.at
    is_to_answer = holder.is_asked and not holder.is_reported
    answers = _answers(holder.acknowledged, holder.reports)
    return {
        "holder": holder.uri,
        "name": name(holder.uri),
        **pick(holder, "is_reported", "is_asked", "notified", "is_notified"),
        "acknowledged": answers["acknowledged"],
        "acknowledgement": progress.timing.answered(at, now) if is_to_answer else None,
        "on_the_way": [
            {
                "item": stock.item,
                "from": stock.sender,
                **(stock.quantity.to_dict() if stock.quantity else {"value": None, "unit": None}),
            }
            for stock in holder.stocks
            if stock.is_in_transit
        ],
        "lines": [_line(line) for line in holder.lines],
        "reports": answers["reports"],
    }


def _line(line: Line) -> Json:
    """One holder's part in one item; amounts are null where they are not known."""
    unit, parts = line.unit or "1", line.balance
    return {
        **pick(line, "item", "unit"),
        "since_recall": None if parts is None else Quantity(line.left, unit).text,
        **_texts(parts, Balance, unit),
        **pick(line, "has_answered", "unknown"),
    }


def _item(item: Item, host: str) -> Json:
    return {
        "item": item.item,
        "code": codes.of_uri(item.item, host),
        **pick(item, "name", "unit", "since"),
        "sum": None if item.sum is None else sum_json(item.sum, item.unit or "1"),
        **pick(item, "unknown", "dated_before"),
    }


def _answers(acknowledged: Stated | None, reports: Sequence[Report]) -> Json:
    return {
        "acknowledged": _stated(acknowledged),
        "reports": [
            {
                "index": report.stated.leaf,
                "at": report.stated.at,
                "quantities": [
                    {"item": item, "kind": kind, **amount.to_dict()}
                    for (item, kind), amount in report.amounts.items()
                ],
                "files": report.files,
            }
            for report in reports
        ],
    }


def _stated(stated: Stated | None) -> Json | None:
    if stated is None:
        return None
    return forms.StatedJson.write(stated, index=stated.leaf, by=stated.actor)


def _amounts(amounts: Sequence[tuple[str, Quantity]]) -> list[Json]:
    return [{"item": item, **amount.to_dict()} for item, amount in amounts]


def _quantities(micros: Mapping[str, int]) -> list[Quantity]:
    return [Quantity(micro, unit) for unit, micro in micros.items()]


def _texts(record: Sum | Balance | None, kind: type[Sum | Balance], unit: str) -> Json:
    return {
        member.name: None if record is None else Quantity(getattr(record, member.name), unit).text
        for member in fields(kind)
    }
