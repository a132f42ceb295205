"""`suyuan findings`: what cannot be true, what is missing, what is late."""

from collections.abc import Iterator

import click

from suyuan.trace.findings.rule import Severity
from suyuan.trace.findings.rule_list import CATALOGUE
from suyuan.trace.format.identifiers import divisions
from suyuan.trace.format.json_values import as_json
from suyuan.trace.format.messages import msg, row
from suyuan.trace.format.vocabulary import SEVERITIES
from suyuan.trace.goods.identity.lookup import find_one
from suyuan.trace.goods.reporting import Query, Reported, page, read_key, worst, written

from ..command import Run, as_of, command, follow, if_given, option
from ..names import Lots, Name, namer, party_words
from ..terminal import FINDINGS, Text


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
        name = namer(reader)
        subjects = {entry.finding.subject for entry in listed.entries}
        lots = Lots(reader, run.host, filter(reader.subject, subjects))
        lines = [line for entry in listed.entries for line in _lines(entry, lots, name)]
    value = {
        "size": size,
        "findings": [as_json(entry.form()) for entry in listed.entries],
        "after": if_given(listed.after, written),
    }
    notes: list[Text] = [as_of(size)]
    if listed.after is not None:
        notes.insert(0, msg("there is more: --after %s", written(listed.after)))
    run.answer(value, lines or [msg("nothing found")], *notes)
    is_bad = worst(listed.entries) in (Severity.GRAVE, Severity.SERIOUS)
    return FINDINGS if is_bad else 0


def _item(run: Run, text: str) -> str:
    with run.reading() as reader:
        return find_one(reader, run.ledger.trust, run.home, text).item


def _lines(entry: Reported, lots: Lots, name: Name) -> Iterator[Text]:
    finding, heading = entry.finding, entry.heading
    subject, actor = finding.subject, finding.actor
    about = lots.words(subject) if subject in lots else party_words(name(subject), subject)
    by = msg("unknown") if actor is None else party_words(name(actor), actor)
    indexes = ", ".join(map(str, finding.evidence))
    yield row(msg(SEVERITIES[entry.severity]), finding.rule, heading.title)
    yield row(" " * 4, about, msg("by %s", by))
    yield row(" " * 4, finding.message)
    yield row(" " * 4, msg("records %s", indexes), heading.basis)
