"""The report on a drill or recall (模拟召回报告、召回报告): Chinese and English, text and HTML."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import Json
from suyuan.trace.format.messages import LANGUAGES
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import zone

from .course import act_code
from .deadlines import LEVELS, Outcome
from .progress import Holder, Progress
from .recall_json import Name, progress_json
from .results import closing, effectiveness, percent

_MOST = 200  # of a kind, on paper
_ROMAN = {1: "一级 I", 2: "二级 II", 3: "三级 III"}
_OUTCOMES = {
    Outcome.IN_TIME: "按时 in time",
    Outcome.LATE: "逾期 late",
    Outcome.OPEN: "进行中 open",
    Outcome.OVERDUE: "已逾期 overdue",
}
_PARTS = (
    ("produced", "生产/进入总量 produced"),
    ("unsaid", "召回后被改少 said to be less since"),
    ("held", "在经营者手中 with holders"),
    ("in_transit", "在途 on its way"),
    ("remaining", "尚存未封存 remaining"),
    ("recovered", "已追回 recovered"),
    ("destroyed", "已销毁 destroyed"),
    ("sold", "已售出 sold"),
    ("used", "已用于生产 used"),
    ("lost", "损耗 lost"),
    ("outside", "已发往账本外 sent outside"),
    ("weighed", "交接称量差 differences of weighing"),
    ("unaccounted", "尚未处置 not accounted for"),
)
_HEAD = (
    "持有者 holder",
    "其标签上的追溯码 code on its labels",
    "告知 told",
    "确认 acknowledged",
    "应处置 had",
    "已处置 settled",
    "差额 gap",
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is made from: progress at a moment, and where it can be verified."""

    progress: Progress
    now: datetime
    origin: str
    host: str
    name: Name
    checkpoint: str | None
    order: str


@dataclass(frozen=True, slots=True)
class Part:
    """A heading, and what stands below it: pairs, or a table whose first row is its head."""

    heading: str
    rows: tuple[Sequence[str], ...]
    is_table: bool = False


def title(report: Report) -> str:
    """What the report is."""
    if report.progress.act.drill:
        return "模拟召回报告 Mock recall report"
    return "召回报告 Recall report"


def as_json(report: Report) -> Json:
    """The report as JSON."""
    return {
        "title": title(report),
        "made": report.now.isoformat(),
        "ledger": report.origin,
        "order_hash": report.order,
        "checkpoint": report.checkpoint,
        **progress_json(report.progress, report.now, report.host, report.name),
    }


def parts(report: Report) -> list[Part]:
    """The report in order."""
    return [
        Part("概要 Summary", tuple(_summary(report))),
        Part("时限 Deadlines", tuple(_deadlines(report))),
        Part("用时 How long", tuple(_times(report))),
        Part("数量 How much was found", tuple(_quantities(report))),
        Part("持有者 Holders", (_HEAD, *_holders(report)), is_table=True),
        Part("未尽事项 What is open", tuple(_open(report))),
        Part("如何核验 How to verify", tuple(_proof(report))),
    ]


def _summary(report: Report) -> Iterator[tuple[str, str]]:
    progress, act = report.progress, report.progress.act
    course, level = progress.course, act.level or 0
    yield "编号 Act", f"{codes.shown(act_code(act.uri, report.host))}  {act.uri}"
    yield "级别 Level", f"{_ROMAN.get(level, '—')}: {LEVELS.get(level, '')}"
    yield "发起者 Ordered by", _party(report, act.actor)
    yield "原因 Reason", course.reason or "—"
    yield "批次数 Items", f"{len(progress.items):,}"
    lots = [f"{i.name or '—'} {_code(report, i.item)}" for i in progress.items[:_MOST]]
    yield "批次 Lots", "、".join(lots) or "—"
    states = {None: "进行中 in progress", "close": "已结案 closed", "withdraw": "已撤回 withdrawn"}
    yield "状态 State", states.get(act.ending) or f"{act.ending} ({act.ended})"
    if course.ending_reason:
        yield "说明 Remark", course.ending_reason


def _deadlines(report: Report) -> Iterator[tuple[str, str]]:
    timing = report.progress.timing
    if (due := timing.deadlines) is None:
        yield "—", "记录时间不明 the order is under no checkpoint yet"
        return
    yield "依据 Rule", f"{due.rule.name} · {due.rule.law.cited}"
    if timing.start is not None and timing.finish is not None:
        yield "启动 To start by", f"{_moment(due.start_due)} · {_OUTCOMES[timing.start]}"
        mark = "（暂定 provisional）" if due.is_provisional else ""
        yield "完成 To finish by", f"{due.finish_day} 24:00{mark} · {_OUTCOMES[timing.finish]}"
    if timing.next_report is not None:
        yield "下次进展报告 Next report by", timing.next_report.isoformat()
    if timing.closing_report is not None:
        yield "总结报告 Report of its end by", timing.closing_report.isoformat()
    for note in due.notes:
        yield "注 Note", " ".join(note.text(language) for language in LANGUAGES)


def _times(report: Report) -> Iterator[tuple[str, str]]:
    results, course = effectiveness(report.progress), report.progress.course
    yield "知悉 Known", _moment(course.known)
    if course.planned is not None:
        yield "召回计划 Planned", _moment(course.planned)
    yield "启动 Ordered", f"{_moment(course.ordered)} · {_length(results.started)}"
    yield "首个答复 First answer", _length(results.first_answer)
    yield "全部确认 All acknowledged", _length(results.all_acknowledged)
    yield "最后报告 Last report", _length(results.last_report)
    yield "结案 Closed", _length(results.closed)


def _quantities(report: Report) -> Iterator[tuple[str, str]]:
    results = effectiveness(report.progress)
    for share in results.shares:
        total = report.progress.sums[share.unit]
        for member, word in _PARTS:
            micro = getattr(total, member)
            if micro or member in ("produced", "recovered", "unaccounted"):
                yield word, _amount(micro, share.unit)
        yield "查清比例 Traced", f"{percent(share.traced) or '—'} %"
        yield "追回比例 Secured, of what was within reach", f"{percent(share.secured) or '—'} %"
    counts = f"{results.acknowledged}/{results.holders}, {results.answered}/{results.holders}"
    yield "确认、报告 Acknowledged, reported", counts


def _holders(report: Report) -> Iterator[tuple[str, ...]]:
    for holder in report.progress.holders:
        if not holder.is_asked:
            continue
        had, settled, gap = _sums(holder)
        acknowledged = holder.acknowledged
        yield (
            _party(report, holder.uri) + (" (据文件 reported)" if holder.is_reported else ""),
            ", ".join(codes.shown(codes.of_chain(line.item, holder.uri)) for line in holder.lines),
            _moment(holder.notified),
            "—" if acknowledged is None else _moment(acknowledged.at),
            had,
            settled,
            gap,
        )


def _sums(holder: Holder) -> tuple[str, str, str]:
    totals = holder.totals()
    if None in totals:
        return "不详 not known", "—", "—"
    known = [total for total in totals if total is not None]
    had = {total.unit: total.left for total in known}
    gap = {total.unit: total.missing for total in known}
    return _listed(had), _listed({unit: had[unit] - gap[unit] for unit in had}), _listed(gap)


def _open(report: Report) -> Iterator[tuple[str, str]]:
    progress = report.progress
    result = closing(progress)
    if result.adds_up:
        yield "数量 Quantities", "全部相符 they add up"
    for word, amounts in (("缺少 Missing", result.missing), ("多出 Surplus", result.surplus)):
        for item, quantity in amounts[:_MOST]:
            yield word, f"{_amount(quantity.micro, quantity.unit)} · {_code(report, item)}"
        yield from _more(word, len(amounts))
    for why in result.unknown[:_MOST]:
        yield "不详 Not known", why
    yield from _more("不详 Not known", len(result.unknown))
    word = "含召回品待定 Made from it, not decided"
    for undecided in progress.undecided[:_MOST]:
        yield word, f"{undecided.name or ''} {_code(report, undecided.item)}".strip()
    yield from _more(word, len(progress.undecided))
    for stranger in progress.strangers:
        yield "未持有者的答复 Answered, held none", _party(report, stranger.uri)


def _more(word: str, count: int) -> Iterator[tuple[str, str]]:
    if count > _MOST:
        yield word, f"另有 {count - _MOST:,} 项 more; --json"


def _proof(report: Report) -> Iterator[tuple[str, str]]:
    yield "账本 Ledger", report.origin
    yield "截至 As of", f"{report.progress.as_of} 条记录 records"
    yield "召回令 Order", f"no. {report.progress.act.leaf} · {report.order}"
    yield "制表时间 Made", _moment(report.now)
    if report.checkpoint is not None:
        yield "检查点 Checkpoint", " ".join(report.checkpoint.split("\n\n")[0].split("\n"))


def text(report: Report) -> str:
    """The report as plain text."""
    lines = [title(report), "=" * 40]
    for part in parts(report):
        lines += ["", part.heading, "-" * 40]
        for row in part.rows:
            lines.append(" | ".join(row) if part.is_table else f"{row[0]}: {row[1]}")
    return "\n".join(lines) + "\n"


def html(report: Report) -> str:
    """The report as one page of HTML, without anything from elsewhere."""
    name = escape(title(report))
    return (
        f'<!doctype html>\n<html lang="zh-CN">\n<meta charset="utf-8">\n'
        f"<title>{name}</title>\n<style>\n{_STYLE}</style>\n<body>\n<h1>{name}</h1>\n"
        + "\n".join(_table(part) for part in parts(report))
        + "\n<p class=signed>负责人签字 Signed: ____________________　日期 Date: ____________</p>"
        "\n</body>\n</html>\n"
    )


def _table(part: Part) -> str:
    rows = []
    for number, row in enumerate(part.rows):
        tags = ["th" if number == 0 else "td"] * len(row) if part.is_table else ["th", "td"]
        cells = (f"<{tag}>{escape(cell)}</{tag}>" for tag, cell in zip(tags, row, strict=True))
        rows.append(f"<tr>{''.join(cells)}</tr>")
    kind = "table" if part.is_table else 'table class="pairs"'
    return f"<h2>{escape(part.heading)}</h2>\n<{kind}>\n" + "\n".join(rows) + "\n</table>"


_STYLE = """\
body { font: 11pt/1.5 "Noto Sans CJK SC", sans-serif; max-width: 48em; margin: 2em auto;
  padding: 0 1em; color: #111; }
h1 { font-size: 1.6em; }
h2 { font-size: 1.15em; border-bottom: 1px solid #888; margin: 1.4em 0 .4em; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25em .6em .25em 0;
  overflow-wrap: anywhere; }
th { font-weight: 600; }
.pairs th { width: 15em; }
tr { break-inside: avoid; border-bottom: 1px solid #ddd; }
.signed { margin-top: 3em; }
@media print { body { margin: 0; } @page { size: A4; margin: 18mm; } }
"""


def _code(report: Report, item: str) -> str:
    return codes.shown(codes.of_uri(item, report.host))


def _party(report: Report, uri: str) -> str:
    return report.name(uri) or uri


def _amount(micro: int, unit: str) -> str:
    return f"{Quantity(micro, unit).text} {'件 pcs' if unit == '1' else unit}"


def _listed(by_unit: dict[str, int]) -> str:
    return ", ".join(_amount(micro, unit) for unit, micro in sorted(by_unit.items())) or "0"


def _moment(when: datetime | None) -> str:
    return "—" if when is None else f"{when.astimezone(zone()):%Y-%m-%d %H:%M}"


def _length(length: timedelta | None) -> str:
    if length is None:
        return "—"
    minutes = int(length.total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "天 d"), (hours, "小时 h"), (minutes, "分 min")]
    return " ".join(f"{n} {word}" for n, word in parts if n) or "不到 1 分 under 1 min"
