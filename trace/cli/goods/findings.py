"""`suyuan findings`: what cannot be true, what is missing, what is late."""

import click

from suyuan.trace.findings.rule import Severity
from suyuan.trace.findings.rule_list import CATALOGUE
from suyuan.trace.format.identifiers import divisions
from suyuan.trace.format.json_values import as_json
from suyuan.trace.format.messages import Language, msg
from suyuan.trace.format.vocabulary import SEVERITIES
from suyuan.trace.goods.identity.lookup import find_one
from suyuan.trace.goods.reporting import Query, Reported, page, read_key, worst, written

from ..command import Run, command, follow, if_given, option
from ..terminal import FINDINGS, plain


@command("findings", json=True)
def findings(
    run: Run,
    rule: str | None = option(type=click.Choice(sorted(CATALOGUE)), help="Of one rule."),
    severity: str | None = option(type=click.Choice([level.value for level in Severity])),
    item: str | None = option(help="About one item."),
    who: str | None = option("--party", help="Of one party's doing."),
    division: str | None = option(help="Of the parties registered in a division, and below it."),
    limit: int = option(type=click.IntRange(1, 100_000), default=1_000, help="At most."),
    after: str | None = option(help="Go on after this place, as the end of a list gives it."),
    lang: Language = option(default="en", help="The language of titles and reasons."),
) -> int:
    """What the ledger was told that cannot be true, lacks something, or came late.

    Exit code 1 where anything grave or serious is listed.
    """
    start = if_given(after, read_key)
    follow(run.ledger)
    query = Query(
        rule,
        if_given(severity, Severity),
        if_given(item, lambda text: _item(run, text)),
        if_given(who, run.party),
        if_given(division, divisions.read),
    )
    with run.reading() as reader:
        size = reader.cursors().get("lineage", 0)
        listed = page(reader, query, run.now(), most=limit, after=start)
    value = {
        "size": size,
        "findings": [as_json(entry.form()) for entry in listed.entries],
        "after": if_given(listed.after, written),
    }
    is_chinese = lang == "zh"
    describe, nothing = (_chinese, "没有发现") if is_chinese else (_english, "nothing found")
    notes = [f"截至 {size} 条链节" if is_chinese else f"as of {size} links"]
    if listed.after is not None:
        more = "还有更多" if is_chinese else "there is more"
        notes.insert(0, f"{more}: --after {plain(written(listed.after))}")
    lines = [line for entry in listed.entries for line in describe(entry)]
    run.answer(value, lines or [nothing], *notes)
    is_bad = worst(listed.entries) in (Severity.GRAVE, Severity.SERIOUS)
    return FINDINGS if is_bad else 0


def _item(run: Run, text: str) -> str:
    with run.reading() as reader:
        return find_one(reader, run.ledger.trust, run.home, text).item


def _chinese(entry: Reported) -> list[str]:
    finding = entry.finding
    leaves = "、".join(map(str, finding.evidence))
    severity = msg(SEVERITIES[entry.severity]).text("zh")
    return [
        f"{severity}  {finding.rule}：{entry.heading.title.text('zh')}",
        f"      {finding.subject}  行为主体：{finding.actor or '不详'}",
        f"      {finding.message.text('zh')}",
        f"      链节 {leaves}；{entry.heading.basis.text('zh')}",
    ]


def _english(entry: Reported) -> list[str]:
    finding, heading = entry.finding, entry.heading
    chinese = heading.title.text("zh")
    leaves = ", ".join(map(str, finding.evidence))
    return [
        f"{entry.severity.value.upper():<8} {finding.rule}: {heading.title}  {chinese}",
        f"         {finding.subject}  by {finding.actor or 'nobody known'}",
        f"         {finding.message}",
        f"         links {leaves}; {heading.basis}",
    ]
