"""`suyuan recall show`, `drill-report`: how far a recall has come, and how well it worked."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click
from rich.cells import cell_len

from ..identifiers import codes
from ..quantities import Quantity
from ..recall import report as reports
from ..recall.course import act_code
from ..recall.deadlines import Rule, Timing
from ..recall.lines import Line
from ..recall.progress import Holder, Progress, progress
from ..recall.recall_json import Name, progress_json
from ..recall.report import Report
from ..recall.results import NotAdding, closing, effectiveness, percent
from ..times import zone
from .acting import ROMAN, namer, the_act
from .common import counted, follow, home_option, json_option, opened, plain, say, show_json, staged

_MOST = 200
_HEAD = (
    "holder", "acknowledged", "item", "had", "recovered", "remaining", "sold", "destroyed",
    "sent on", "used, lost", "gap",
)  # fmt: skip


@click.command()
@click.argument("act")
@json_option
@home_option
def show(*, act: str, as_json: bool, home: Path | None) -> None:
    """How far the recall ACT has come: by holder and item, and in all."""
    with opened(home) as ledger:
        follow(ledger)
        found, now = the_act(ledger, act, "recall"), ledger.now()
        with ledger.reading(patient=True) as reader:
            state = progress(reader, found, now)
            show_progress(state, now, ledger.trust.host, namer(reader), as_json=as_json)


def show_progress(found: Progress, now: datetime, host: str, name: Name, *, as_json: bool) -> None:
    """Progress as JSON, or as a table."""
    if as_json:
        show_json(progress_json(found, now, host, name))
        return
    for text in _text(found, now, host, name):
        click.echo(plain(text))
    say(f"as of {counted(found.as_of, 'link')}")


def _text(found: Progress, now: datetime, host: str, name: Name) -> Iterator[str]:
    act, course, due = found.act, found.course, found.timing.deadlines
    what = "DRILL of a recall" if act.drill else "recall"
    state = "in force" if act.ended is None else f"{act.ending} at index {act.ended}"
    code = codes.shown(act_code(act.uri, host))
    yield f"{what}, level {ROMAN.get(act.level or 0, '?')}, {state}  {code}  {act.uri}"
    yield f"by {name(act.actor) or act.actor}: {course.reason or 'no reason that is open'}"
    plan = "" if course.planned is None else f", planned {_moment(course.planned)}"
    yield f"known {_moment(course.known)}, ordered {_moment(course.ordered)}{plan}"
    if due is not None:
        yield f"to start by {_moment(due.start_due)}: {found.timing.start}"
        mark = " (provisional)" if due.is_provisional else ""
        yield f"to finish by the end of {due.finish_day}{mark}: {found.timing.finish}"
        yield from _reports(found.timing, due.rule)
        yield f"by {due.rule.law.cited}"
        yield from (f"note: {note}" for note in due.notes)
    yield ""
    rows = list(_rows(found, now, name))
    yield from _columns([_HEAD, *rows[:_MOST]])
    if len(rows) > _MOST:
        yield f"and {len(rows) - _MOST:,} more lines: --json has them all"
    late = sorted({leaf for one in found.items for leaf in one.dated_before})
    if late:
        shown = ", ".join(map(str, late[:10])) + (", …" if len(late) > 10 else "")
        yield f"recorded since the recall and dated before it: links {shown}"
    for one in found.strangers:
        yield f"{name(one.uri) or one.uri} answered and held none of it: it does not count"
    yield ""
    yield from _totals(found)
    if found.undecided:
        yield f"made from it and not decided yet: {counted(len(found.undecided), 'item')}"
        for made in found.undecided[:10]:
            maker = None if made.maker is None else name(made.maker) or made.maker
            yield f"    {made.item}  {made.name or ''}  {maker or ''}".rstrip()


def _reports(timing: Timing, rule: Rule) -> Iterator[str]:
    if timing.next_report is not None:
        yield f"next report to the authority by {timing.next_report}"
    if timing.closing_report is not None:
        yield f"report of its end to the authority by {timing.closing_report}"
    elif rule.closing_days is not None:
        yield f"report of its end within {rule.closing_days} days of it"


def _rows(found: Progress, now: datetime, name: Name) -> Iterator[tuple[str, ...]]:
    for holder in found.holders:
        who = name(holder.uri) or holder.uri
        if holder.is_reported:
            who = f"{who} (reported)"
        first = (who, _answer(found, holder, now))
        for line in holder.lines:
            yield (*first, *_line(line))
            first = ("", "")
        for stock in holder.stocks:
            if stock.is_in_transit:
                much = "?" if stock.quantity is None else _amount(stock.quantity)
                yield (*first, codes_of(stock.item), f"on its way: {much}", *[""] * 7)
                first = ("", "")


def codes_of(item: str) -> str:
    """The last part of an item's URI: what tells one from the other."""
    last = item.rsplit("/", 1)[-1]
    return codes.shown(last) if codes.is_code(last) else last


def _answer(found: Progress, holder: Holder, now: datetime) -> str:
    said = holder.acknowledged
    if said is not None:
        kept = found.timing.answered(said.at, now)
        return f"{_moment(said.at)} ({kept})"
    if holder.is_reported or not holder.is_asked or holder.uri == found.act.actor:
        return "-"
    told = "told" if holder.notified is not None else "being told" if holder.is_notified else ""
    return ", ".join(part for part in ("no", told) if part)


def _line(line: Line) -> Sequence[str]:
    parts, unit = line.balance, line.unit or "1"
    if parts is None:
        return (codes_of(line.item), "not known", *[""] * 7)
    sent = parts.sent + parts.returned
    micros = (
        parts.had, parts.recovered, parts.remaining, parts.sold, parts.destroyed, sent,
        parts.used + parts.lost, parts.missing,
    )  # fmt: skip
    return (codes_of(line.item), *(_number(micro, unit) for micro in micros))


def _totals(found: Progress) -> Iterator[str]:
    for unit, total in found.sums.items():
        parts = [
            f"{word} {_number(getattr(total, member), unit)}"
            for member, word in (
                ("unsaid", "said to be less since"), ("recovered", "recovered"),
                ("destroyed", "destroyed"), ("remaining", "remaining"),
                ("sold", "sold"), ("used", "used"), ("lost", "lost"),
                ("outside", "sent outside"), ("weighed", "differences of weighing"),
                ("unaccounted", "not accounted for"),
            )
            if getattr(total, member)
        ]  # fmt: skip
        yield f"of {_number(total.produced, unit)} produced: {', '.join(parts) or 'nothing'}"
    results = effectiveness(found)
    for share in results.shares:
        traced, secured = percent(share.traced), percent(share.secured)
        yield f"traced {traced or '-'} %, secured of what was within reach {secured or '-'} %"
    yield (
        f"{results.acknowledged} of {results.holders} holders have acknowledged, "
        f"{results.answered} have reported"
    )
    result = closing(found)
    yield "the quantities add up" if result.adds_up else str(NotAdding(result))


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(cell_len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        cells = (c + " " * (w - cell_len(c)) for c, w in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _number(micro: int, unit: str) -> str:
    return _amount(Quantity(micro, unit)) if micro else "0"


def _amount(quantity: Quantity) -> str:
    return quantity.text if quantity.unit == "1" else f"{quantity.text} {quantity.unit}"


def _moment(when: datetime | None) -> str:
    return "-" if when is None else f"{when.astimezone(zone()):%Y-%m-%d %H:%M}"


@click.command(name="drill-report")
@click.argument("act")
@click.option("--html", "as_html", is_flag=True, help="One page of HTML, to be printed.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this new file.",
)  # fmt: skip
@json_option
@home_option
def drill_report(
    *, act: str, as_html: bool, out: Path | None, as_json: bool, home: Path | None
) -> None:
    """The report on a drill or a recall (模拟召回报告): how long, how much was found."""
    if as_html and as_json:
        raise click.UsageError("--html and --json exclude each other")
    with opened(home) as ledger:
        follow(ledger)
        found, now = the_act(ledger, act, "recall"), ledger.now()
        with ledger.reading(patient=True) as reader:
            name = namer(reader)
            state = progress(reader, found, now)
            checkpoint = reader.checkpoint()
            stored = reader.link(found.leaf)
            made = Report(
                state,
                now,
                ledger.trust.origin,
                ledger.trust.host,
                name,
                None if checkpoint is None else checkpoint.note,
                "" if stored is None else stored.hash,
            )
            if as_json:
                show_json(reports.as_json(made))
                return
            text = reports.html(made) if as_html else reports.text(made)
        if out is None:
            click.echo(text if as_html else "\n".join(map(plain, text.splitlines())))
            return
        with staged(out) as file:
            file.write(text.encode())
        say(f"{out} written")
