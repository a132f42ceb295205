"""`suyuan recall show`, `drill-report`: how far a recall has come, and how well it worked."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.messages import Message, msg, msg_in, row
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.recall import report as reports
from suyuan.trace.recall.course import act_code
from suyuan.trace.recall.deadlines import Rule, Timing
from suyuan.trace.recall.lines import Line
from suyuan.trace.recall.progress import Holder, Progress, progress
from suyuan.trace.recall.recall_json import Name, progress_json
from suyuan.trace.recall.report import Report
from suyuan.trace.recall.results import NotAdding, closing, effectiveness, percent

from ..command import ACT, Run, as_of, command, follow, option
from ..files import staged
from ..names import act_words, much, namer, party_words
from ..terminal import Cell, Text, columns, local_time, say, show_json
from ..terminal import show as show_lines
from . import acts
from .acts import the_act

_MOST = 200
_HEAD = (
    msg("holder"), msg_in("recall", "acknowledged"), msg("item"), msg_in("recall", "had"),
    msg_in("recall", "recovered"), msg_in("recall", "remaining"), msg_in("recall", "sold"),
    msg_in("recall", "destroyed"), msg("sent on"), msg("used, lost"), msg("gap"),
)  # fmt: skip
_TOTALS = {
    "unsaid": msg("said to be less since %(much)s"),
    "held": msg("with holders %(much)s"),
    "in_transit": msg("on its way %(much)s"),
    "remaining": msg("remaining %(much)s"),
    "recovered": msg("recovered %(much)s"),
    "destroyed": msg("destroyed %(much)s"),
    "sold": msg("sold %(much)s"),
    "used": msg("used %(much)s"),
    "lost": msg("lost %(much)s"),
    "outside": msg("sent outside %(much)s"),
    "weighed": msg("differences of weighing %(much)s"),
    "unaccounted": msg("not accounted for %(much)s"),
}
_OUTCOMES = {
    "open": msg_in("deadline", "open"),
    "in time": msg("in time"),
    "late": msg_in("deadline", "late"),
    "overdue": msg_in("deadline", "overdue"),
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
        as_of(state.as_of),
    )


def _text(state: Progress, now: datetime, host: str, name: Name) -> Iterator[Text]:
    act, course, due = state.act, state.course, state.timing.deadlines
    code = codes.shown(act_code(act.uri, host))
    yield row(act_words(act), acts.state(act), code, act.uri)
    by = party_words(name(act.actor), act.actor)
    yield msg("by %s: %s", by, course.reason or msg("no reason that is open"))
    yield row(
        msg("known %s", _moment(course.known)),
        msg("ordered %s", _moment(course.ordered)),
        None if course.planned is None else msg("planned %s", _moment(course.planned)),
        gap=", ",
    )
    if due is not None:
        start, finish = _outcome(state.timing.start), _outcome(state.timing.finish)
        yield msg("to start by %s: %s", _moment(due.start_due), start)
        if due.is_provisional:
            day = due.finish_day
            yield msg("to finish by the end of %s (provisional): %s", day, finish)
        else:
            yield msg("to finish by the end of %s: %s", due.finish_day, finish)
        yield from _reports(state.timing, due.rule)
        yield msg("by %s", due.rule.law.cited)
        yield from (msg("note: %s", note) for note in due.notes)
    yield ""
    rows = list(_rows(state, now, name))
    yield from columns([_HEAD, *rows[:_MOST]], with_empty=True)
    if len(rows) > _MOST:
        yield msg("and %s more: --json has them all", len(rows) - _MOST)
    late = sorted({leaf for item in state.items for leaf in item.dated_before})
    if late:
        shown = ", ".join(map(str, late[:10])) + (", …" if len(late) > 10 else "")
        yield msg("recorded since the recall and dated before it: records %s", shown)
    for stranger in state.strangers:
        who = party_words(name(stranger.uri), stranger.uri)
        yield msg("%s answered and held none of it: it does not count", who)
    yield ""
    yield from _totals(state)
    if state.undecided:
        count = acts.items(len(state.undecided))
        yield msg("made from it and not decided yet: %s", count)
        for item in state.undecided[:10]:
            maker = None if item.maker is None else party_words(name(item.maker), item.maker)
            yield row("  ", item.name, item.item, maker)


def _outcome(outcome: str | None) -> Text:
    return _OUTCOMES.get(str(outcome), str(outcome))


def _reports(timing: Timing, rule: Rule) -> Iterator[Text]:
    if timing.next_report is not None:
        yield msg("next report to the authority by %s", timing.next_report)
    if timing.closing_report is not None:
        yield msg("report of its end to the authority by %s", timing.closing_report)
    elif rule.closing_days is not None:
        yield msg("report of its end within %s days of it", rule.closing_days)


def _rows(state: Progress, now: datetime, name: Name) -> Iterator[tuple[Cell, ...]]:
    for holder in state.holders:
        party: Text = name(holder.uri) or holder.uri
        if holder.is_reported:
            party = msg("%s (reported)", party)
        first: tuple[Text, Text] = (party, _answer(state, holder, now))
        for line in holder.lines:
            yield (*first, _code(line.item, holder.uri), *_line(line))
            first = ("", "")
        for stock in holder.stocks:
            if stock.is_in_transit:
                code = _code(stock.item, stock.sender or holder.uri)
                yield (*first, code, msg("on its way: %s", much(stock.quantity)), *[""] * 7)
                first = ("", "")


def _code(item: str, holder: str) -> str:
    """The code that a holder's own labels of an item carry."""
    return codes.shown(codes.of_chain(item, holder))


def _answer(state: Progress, holder: Holder, now: datetime) -> Text:
    answer = holder.acknowledged
    if answer is not None:
        outcome = _outcome(state.timing.answered(answer.at, now))
        return msg("%s (%s)", _moment(answer.at), outcome)
    if holder.is_reported or not holder.is_asked or holder.uri == state.act.actor:
        return "-"
    if holder.notified is not None:
        return msg("no, notified")
    return msg("no, being notified") if holder.is_notified else msg_in("recall", "no")


def _line(line: Line) -> Sequence[Text]:
    parts, unit = line.balance, line.unit or "1"
    if parts is None:
        return (msg("not known"), *[""] * 7)
    sent = parts.sent + parts.returned
    micros = (
        parts.had, parts.recovered, parts.remaining, parts.sold, parts.destroyed, sent,
        parts.used + parts.lost, parts.missing,
    )  # fmt: skip
    return tuple(_number(micro, unit) for micro in micros)


def _totals(state: Progress) -> Iterator[Text]:
    for unit, total in state.sums.items():
        parts = [
            Message(text.msgid, {"much": _number(getattr(total, member), unit)})
            for member, text in _TOTALS.items()
            if getattr(total, member)
        ]
        produced = _number(total.produced, unit)
        yield msg("of %s produced: %s", produced, parts or msg("nothing"))
    results = effectiveness(state)
    for share in results.shares:
        traced, secured = percent(share.traced) or "-", percent(share.secured) or "-"
        yield msg("traced %s %%, secured of what was within reach %s %%", traced, secured)
    yield msg(
        "%s of %s holders have acknowledged, %s have reported",
        results.acknowledged,
        results.holders,
        results.answered,
    )
    result = closing(state)
    yield msg("the quantities add up") if result.adds_up else NotAdding(result).message


def _number(micro: int, unit: str) -> Text:
    return much(Quantity(micro, unit)) if micro else "0"


def _moment(when: datetime | None) -> Text:
    return "-" if when is None else local_time(when)


@command("drill-report", json=True)
def drill_report(
    run: Run,
    act: str = ACT,
    as_html: bool = option("--html", help="One page of HTML, to be printed."),
    out: Path | None = option("-o", "--out", help="Write it to this new file."),
) -> None:
    """The report on a drill or a recall (模拟召回报告): how long, how much was found."""
    if as_html and run.as_json:
        raise LedgerError("--html and --json exclude each other")
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
    if out is None and as_html:
        click.echo(text)
        return
    if out is None:
        show_lines(text.splitlines())
        return
    with staged(out) as file:
        file.write(text.encode())
    say("%s written", out)
