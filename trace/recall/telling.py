"""A recall's progress for programs: one JSON object, the same on the command line and the API.

Amounts are {value, unit}, decimal strings in kg, L, m or pieces (unit `1`), as statements
have them.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

from ..identifiers import codes
from ..quantities import Quantity
from ..state import Act
from .answers import Balance
from .closing import Closing, closing
from .course import Course, Report, Said, amount
from .effectiveness import Effectiveness, Share, effectiveness, percent
from .lines import Item, Line, Sum
from .progress import Holder, Progress
from .standing import Standing
from .timing import Timing

Json = dict[str, Any]
Name = Callable[[str], str | None]


def act_code(uri: str, host: str) -> str:
    """The trace code by which an act is called: the one in its own URI, else of the URI."""
    last = uri.removeprefix(f"https://{host}/act/")
    return last if codes.is_code(last) else codes.of_uri(uri, host)


def act_json(act: Act, host: str, name: Name) -> Json:
    """An act by itself."""
    return {
        "act": act.uri,
        "code": act_code(act.uri, host),
        "kind": act.kind,
        "level": act.level,
        "drill": act.drill,
        "index": act.leaf,
        "by": act.actor,
        "by_name": name(act.actor),
        "state": "open" if act.ended is None else _ENDED[act.ending or ""],
        "ended": act.ended,
    }


_ENDED = {"close": "closed", "withdraw": "withdrawn", "release": "released"}


def standing_json(one: Standing, host: str) -> Json:
    """An act that an item is under, or what it came from."""
    return {
        "act": one.act.uri,
        "code": act_code(one.act.uri, host),
        "kind": one.act.kind,
        "level": one.act.level,
        "by": one.act.actor,
        "covered": one.covered,
        "relation": one.relation.value,
        "since": _at(one.since),
        "reason": one.reason,
        "closed": one.is_closed,
        "closed_at": _at(one.ended),
        "index": one.leaf,
    }


def progress_json(found: Progress, now: datetime, host: str, name: Name) -> Json:
    """All of a recall's progress."""
    course = found.course
    return {
        **act_json(found.act, host, name),
        **_course(course),
        "deadlines": timing_json(found.timing),
        "size": found.size,
        "as_of": found.as_of,
        "totals": [sum_json(total, unit) for unit, total in found.sums.items()],
        "effectiveness": _effectiveness(effectiveness(found)),
        "closing": closing_json(closing(found)),
        "holders": [_holder(holder, found.timing, now, name) for holder in found.holders],
        "strangers": [
            {
                "party": one.uri,
                "name": name(one.uri),
                "note": "held none of it, by the ledger: its answers do not count",
                "acknowledged": _said(one.acknowledged),
                "reports": [_report(report) for report in one.reports],
            }
            for one in found.strangers
        ],
        "items": [_item(item, host) for item in found.items],
        "cleared": list(found.cleared),
        "undecided": [
            {"item": one.item, "name": one.name, "maker": one.maker} for one in found.undecided
        ],
    }


def _course(course: Course) -> Json:
    return {
        "reason": course.reason,
        "known": _at(course.known),
        "ordered": _at(course.ordered),
        "planned": _at(course.planned),
        "ending": _said(course.ended),
        "ending_reason": course.ending_reason,
        "said_missing": [{"item": item, **amount(found)} for item, found in course.missing],
    }


def timing_json(timing: Timing) -> Json | None:
    """Deadlines and what became of them; None where the order's time is not known."""
    due = timing.deadlines
    if due is None:
        return None
    return {
        "rule": due.rule.name,
        "source": due.rule.law.cited,
        "since": due.rule.law.since.isoformat(),
        "last": _day(due.rule.law.last),
        "start_due": _at(due.start_due),
        "start": timing.start,
        "finish_day": due.finish_day.isoformat(),
        "finish_due": _at(due.finish_due),
        "finish": timing.finish,
        "counted_from": due.rule.counted_from,
        "provisional": due.is_provisional,
        "next_report_day": _day(timing.next_report),
        "closing_report_day": _day(timing.closing_report),
        "closing_report_days": due.rule.closing_days,
        "answer_due": _at(timing.answer_due),
        "notes": list(due.notes),
    }


def sum_json(total: Sum, unit: str) -> Json:
    """What items of one unit add up to."""
    return {"unit": unit} | {
        member.name: _value(getattr(total, member.name), unit) for member in fields(Sum)
    }


def _effectiveness(found: Effectiveness) -> Json:
    return {
        "shares": [_share(share) for share in found.shares],
        "holders": found.holders,
        "acknowledged": found.acknowledged,
        "reported": found.answered,
        "seconds": {
            "known_to_order": _seconds(found.started),
            "order_to_first_answer": _seconds(found.first_answer),
            "order_to_all_acknowledged": _seconds(found.all_acknowledged),
            "order_to_last_report": _seconds(found.last_report),
            "order_to_close": _seconds(found.closed),
        },
    }


def _share(share: Share) -> Json:
    return {
        "unit": share.unit,
        "produced": _value(share.produced, share.unit),
        "traced": _value(share.traced_amount, share.unit),
        "traced_percent": percent(share.traced),
        "reachable": _value(share.reachable, share.unit),
        "secured": _value(share.secured_amount, share.unit),
        "secured_percent": percent(share.secured),
    }


def closing_json(found: Closing) -> Json:
    """Whether quantities add up, and what is missing."""
    return {
        "adds_up": found.adds_up,
        "missing": found.statement(),
        "surplus": [{"item": item, **amount(quantity)} for item, quantity in found.surplus],
        "unknown": list(found.unknown),
    }


def _holder(holder: Holder, timing: Timing, now: datetime, name: Name) -> Json:
    said = holder.acknowledged
    return {
        "holder": holder.uri,
        "name": name(holder.uri),
        "is_reported": holder.is_reported,
        "is_asked": holder.is_asked,
        "notified": _at(holder.notified),
        "is_notified": holder.is_notified,
        "acknowledged": _said(said),
        "acknowledgement": timing.answered(None if said is None else said.at, now)
        if holder.is_asked and not holder.is_reported
        else None,
        "on_the_way": [
            {"item": stock.item, "from": stock.sender, **_quantity(stock.quantity)}
            for stock in holder.stocks
            if stock.is_in_transit
        ],
        "lines": [line_json(line) for line in holder.lines],
        "reports": [_report(report) for report in holder.reports],
    }


def line_json(line: Line) -> Json:
    """One holder's part in one item; amounts are null where they are not known."""
    unit, parts = line.unit or "1", line.balance
    return {
        "item": line.item,
        "unit": line.unit,
        "since_recall": None if parts is None else _value(line.left, unit),
        **{
            member.name: None if parts is None else _value(getattr(parts, member.name), unit)
            for member in fields(Balance)
        },
        "has_answered": line.has_answered,
        "unknown": line.unknown,
    }


def _item(item: Item, host: str) -> Json:
    return {
        "item": item.item,
        "code": codes.of_uri(item.item, host),
        "name": item.name,
        "unit": item.unit,
        "since": item.since,
        "sum": None if item.sum is None else sum_json(item.sum, item.unit or "1"),
        "unknown": list(item.unknown),
        "dated_before": list(item.dated_before),
    }


def _report(report: Report) -> Json:
    return {
        "index": report.said.leaf,
        "at": _at(report.said.at),
        "quantities": [
            {"item": item, "kind": kind, **amount(found)}
            for (item, kind), found in report.amounts.items()
        ],
        "files": list(report.files),
    }


def _said(said: Said | None) -> Json | None:
    return None if said is None else {"index": said.leaf, "at": _at(said.at), "by": said.actor}


def _at(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat()


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds())


def _quantity(found: Quantity | None) -> Mapping[str, str | None]:
    return {"value": None, "unit": None} if found is None else amount(found)


def _value(micro: int, unit: str) -> str:
    return amount(Quantity(micro, unit))["value"]
