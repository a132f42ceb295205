"""`suyuan recall show`, `drill-report`: how far a recall has come, and how well it worked."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import zone
from suyuan.trace.recall import report as reports
from suyuan.trace.recall.course import act_code
from suyuan.trace.recall.deadlines import Rule, Timing
from suyuan.trace.recall.lines import Line
from suyuan.trace.recall.progress import Holder, Progress, progress
from suyuan.trace.recall.recall_json import Name, progress_json
from suyuan.trace.recall.report import Report
from suyuan.trace.recall.results import NotAdding, closing, effectiveness, percent

from ..command import ACT, Run, command, follow, option
from ..files import staged
from ..terminal import columns, counted, plain, say, show_json
from . import acts
from .acts import ROMAN, namer, the_act

_MOST = 200
_HEAD = (
    "holder", "acknowledged", "item", "had", "recovered", "remaining", "sold", "destroyed",
    "sent on", "used, lost", "gap",
)  # fmt: skip
_TOTALS = {
    "unsaid": "said to be less since",
    "held": "with holders",
    "in_transit": "on its way",
    "remaining": "remaining",
    "recovered": "recovered",
    "destroyed": "destroyed",
    "sold": "sold",
    "used": "used",
    "lost": "lost",
    "outside": "sent outside",
    "weighed": "differences of weighing",
    "unaccounted": "not accounted for",
}


@command("show", json=True)
def show(run: Run, act: str = ACT) -> None:
    """How far the recall ACT has come: by holder and item, and in all."""
    follow(run.ledger)
    meant, now = the_act(run, act), run.now()
    with run.reading(patient=True) as reader:
        show_progress(run, progress(reader, meant, now), now, namer(reader))


def show_progress(run: Run, state: Progress, now: datetime, name: Name) -> None:
    """Progress as JSON, or as a table."""
    run.answer(
        progress_json(state, now, run.host, name),
        _text(state, now, run.host, name),
        f"as of {counted(state.as_of, 'link')}",
    )


def _text(state: Progress, now: datetime, host: str, name: Name) -> Iterator[str]:
    act, course, due = state.act, state.course, state.timing.deadlines
    kind = "DRILL of a recall" if act.drill else "recall"
    code = codes.shown(act_code(act.uri, host))
    level = ROMAN.get(act.level or 0, "?")
    yield f"{kind}, level {level}, {acts.state(act)}  {code}  {act.uri}"
    yield f"by {name(act.actor) or act.actor}: {course.reason or 'no reason that is open'}"
    plan = "" if course.planned is None else f", planned {_moment(course.planned)}"
    yield f"known {_moment(course.known)}, ordered {_moment(course.ordered)}{plan}"
    if due is not None:
        yield f"to start by {_moment(due.start_due)}: {state.timing.start}"
        mark = " (provisional)" if due.is_provisional else ""
        yield f"to finish by the end of {due.finish_day}{mark}: {state.timing.finish}"
        yield from _reports(state.timing, due.rule)
        yield f"by {due.rule.law.cited}"
        yield from (f"note: {note}" for note in due.notes)
    yield ""
    rows = list(_rows(state, now, name))
    yield from columns([_HEAD, *rows[:_MOST]], with_empty=True)
    if len(rows) > _MOST:
        yield f"and {len(rows) - _MOST:,} more lines: --json has them all"
    late = sorted({leaf for item in state.items for leaf in item.dated_before})
    if late:
        shown = ", ".join(map(str, late[:10])) + (", …" if len(late) > 10 else "")
        yield f"recorded since the recall and dated before it: links {shown}"
    for stranger in state.strangers:
        party = name(stranger.uri) or stranger.uri
        yield f"{party} answered and held none of it: it does not count"
    yield ""
    yield from _totals(state)
    if state.undecided:
        yield f"made from it and not decided yet: {counted(len(state.undecided), 'item')}"
        for item in state.undecided[:10]:
            maker = "" if item.maker is None else name(item.maker) or item.maker
            yield f"    {item.item}  {item.name or ''}  {maker}".rstrip()


def _reports(timing: Timing, rule: Rule) -> Iterator[str]:
    if timing.next_report is not None:
        yield f"next report to the authority by {timing.next_report}"
    if timing.closing_report is not None:
        yield f"report of its end to the authority by {timing.closing_report}"
    elif rule.closing_days is not None:
        yield f"report of its end within {rule.closing_days} days of it"


def _rows(state: Progress, now: datetime, name: Name) -> Iterator[tuple[str, ...]]:
    for holder in state.holders:
        party = name(holder.uri) or holder.uri
        if holder.is_reported:
            party = f"{party} (reported)"
        first = (party, _answer(state, holder, now))
        for line in holder.lines:
            yield (*first, _code(line.item, holder.uri), *_line(line))
            first = ("", "")
        for stock in holder.stocks:
            if stock.is_in_transit:
                much = "?" if stock.quantity is None else _amount(stock.quantity)
                code = _code(stock.item, stock.sender or holder.uri)
                yield (*first, code, f"on its way: {much}", *[""] * 7)
                first = ("", "")


def _code(item: str, holder: str) -> str:
    """The code that a holder's own labels of an item carry."""
    return codes.shown(codes.of_chain(item, holder))


def _answer(state: Progress, holder: Holder, now: datetime) -> str:
    answer = holder.acknowledged
    if answer is not None:
        return f"{_moment(answer.at)} ({state.timing.answered(answer.at, now)})"
    if holder.is_reported or not holder.is_asked or holder.uri == state.act.actor:
        return "-"
    if holder.notified is not None:
        return "no, told"
    return "no, being told" if holder.is_notified else "no"


def _line(line: Line) -> Sequence[str]:
    parts, unit = line.balance, line.unit or "1"
    if parts is None:
        return ("not known", *[""] * 7)
    sent = parts.sent + parts.returned
    micros = (
        parts.had, parts.recovered, parts.remaining, parts.sold, parts.destroyed, sent,
        parts.used + parts.lost, parts.missing,
    )  # fmt: skip
    return tuple(_number(micro, unit) for micro in micros)


def _totals(state: Progress) -> Iterator[str]:
    for unit, total in state.sums.items():
        parts = [
            f"{word} {_number(getattr(total, member), unit)}"
            for member, word in _TOTALS.items()
            if getattr(total, member)
        ]
        yield f"of {_number(total.produced, unit)} produced: {', '.join(parts) or 'nothing'}"
    results = effectiveness(state)
    for share in results.shares:
        traced, secured = percent(share.traced), percent(share.secured)
        yield f"traced {traced or '-'} %, secured of what was within reach {secured or '-'} %"
    yield (
        f"{results.acknowledged} of {results.holders} holders have acknowledged, "
        f"{results.answered} have reported"
    )
    result = closing(state)
    yield "the quantities add up" if result.adds_up else str(NotAdding(result))


def _number(micro: int, unit: str) -> str:
    return _amount(Quantity(micro, unit)) if micro else "0"


def _amount(quantity: Quantity) -> str:
    return quantity.text if quantity.unit == "1" else f"{quantity.text} {quantity.unit}"


def _moment(when: datetime | None) -> str:
    return "-" if when is None else f"{when.astimezone(zone()):%Y-%m-%d %H:%M}"


@command("drill-report", json=True)
def drill_report(
    run: Run,
    act: str = ACT,
    as_html: bool = option("--html", help="One page of HTML, to be printed."),
    out: Path | None = option("-o", "--out", help="Write it to this new file."),
) -> None:
    """The report on a drill or a recall (模拟召回报告): how long, how much was found."""
    if as_html and run.as_json:
        raise click.UsageError("--html and --json exclude each other")
    follow(run.ledger)
    meant, now = the_act(run, act), run.now()
    with run.reading(patient=True) as reader:
        checkpoint, stored = reader.checkpoint(), reader.link(meant.leaf)
        report = Report(
            progress(reader, meant, now),
            now,
            run.ledger.trust.origin,
            run.host,
            namer(reader),
            None if checkpoint is None else checkpoint.note,
            "" if stored is None else stored.hash,
        )
        if run.as_json:
            show_json(reports.as_json(report))
            return
        text = reports.html(report) if as_html else reports.text(report)
    if out is None:
        click.echo(text if as_html else "\n".join(map(plain, text.splitlines())))
        return
    with staged(out) as file:
        file.write(text.encode())
    say(f"{out} written")
