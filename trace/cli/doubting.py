"""`suyuan findings`: what cannot be true, what is missing, what is late."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import click

from ..errors import LedgerError
from ..identifiers import parties
from ..ledger import Ledger
from ..messages import Language
from ..plausibility.catalogue import CATALOGUE
from ..plausibility.rule import Severity
from ..reporting import Page, Query, Reported, page, read_key, worst, written
from ..resolve import resolve
from ..statements import is_division
from .common import follow, home_option, json_option, opened, plain, say, show_json

FOUND = 1
_CHINESE: Mapping[Severity, str] = {
    Severity.GRAVE: "严重",
    Severity.SERIOUS: "较重",
    Severity.MINOR: "轻微",
}


@click.command()
@click.option("--rule", type=click.Choice(sorted(CATALOGUE)), help="Of one rule.")
@click.option("--severity", type=click.Choice([one.value for one in Severity]))
@click.option("--item", help="About one item.")
@click.option("--party", "who", help="Of one party's doing.")
@click.option("--division", help="Of the parties registered in a division, and below it.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=1_000, show_default=True, help="At most."
)
@click.option("--after", help="Go on after this place, as the end of a list gives it.")
@click.option("--lang", type=click.Choice(get_args(Language)), default="en", show_default=True,
              help="The language of titles and reasons.")  # fmt: skip
@json_option
@home_option
def findings(
    *,
    rule: str | None,
    severity: str | None,
    item: str | None,
    who: str | None,
    division: str | None,
    limit: int,
    after: str | None,
    lang: Language,
    as_json: bool,
    home: Path | None,
) -> int:
    """What the ledger was told that cannot be true, lacks something, or came late.

    Exit code 1 where anything grave or serious is listed.
    """
    if division is not None and not is_division(division):
        raise LedgerError(f"--division {division[:40]!r} has not 2, 4, 6, 9 or 12 digits")
    start = None if after is None else read_key(after)
    with opened(home) as ledger:
        follow(ledger)
        asked = Query(
            rule,
            None if severity is None else Severity(severity),
            _item(ledger, item),
            None if who is None else parties.read(who, ledger.trust.host),
            division,
        )
        with ledger.reading() as reader:
            size = reader.cursors().get("lineage", 0)
            found = page(reader, asked, ledger.now(), most=limit, after=start)
    if as_json:
        show_json(
            {
                "size": size,
                "findings": [one.to_dict() for one in found.entries],
                "after": None if found.after is None else written(found.after),
            }
        )
    else:
        _show(found, size, lang)
    is_bad = worst(found.entries) in (Severity.GRAVE, Severity.SERIOUS)
    return FOUND if is_bad else 0


def _item(ledger: Ledger, text: str | None) -> str | None:
    if text is None:
        return None
    with ledger.reading() as reader:
        return resolve(reader, ledger.trust, text).item


def _show(found: Page, size: int, lang: Language) -> None:
    is_chinese = lang == "zh"
    lines = _chinese if is_chinese else _english
    for one in found.entries:
        for line in lines(one):
            click.echo(plain(line))
    if not found.entries:
        click.echo("没有发现" if is_chinese else "nothing found")
    if found.after is not None:
        more = "还有更多" if is_chinese else "there is more"
        say(f"{more}: --after {plain(written(found.after))}")
    say(f"截至 {size} 条链节" if is_chinese else f"as of {size} links")


def _chinese(one: Reported) -> list[str]:
    doubt = one.doubt
    leaves = "、".join(map(str, doubt.evidence))
    return [
        f"{_CHINESE[one.severity]}  {doubt.rule}：{one.heading.title.text('zh')}",
        f"      {doubt.subject}  行为主体：{doubt.actor or '不详'}",
        f"      {doubt.message.text('zh')}",
        f"      链节 {leaves}；{one.heading.basis}",
    ]


def _english(one: Reported) -> list[str]:
    doubt, said = one.doubt, one.heading
    leaves = ", ".join(map(str, doubt.evidence))
    return [
        f"{one.severity.value.upper():<8} {doubt.rule}: {said.title}  {said.title.text('zh')}",
        f"         {doubt.subject}  by {doubt.actor or 'nobody known'}",
        f"         {doubt.message}",
        f"         links {leaves}; {said.basis}",
    ]


COMMANDS = (findings,)
