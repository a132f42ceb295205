"""A party's feed as JSON: what concerns it, an entry each, with no more than it may see itself.

An entry names the link, by index and hash, and what it is about; the rest is where it always is:
arrivals, recalls, findings, the item's history.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from suyuan.trace.admission.chain import step
from suyuan.trace.findings.rule import Severity
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.json_values import Form, Instant, Json, described, instant
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import text_in
from suyuan.trace.format.vocabulary import step_named
from suyuan.trace.goods.identity.lot_names import LotName, lot_names
from suyuan.trace.store.beside.feed_rows import Concern, FeedRow, Kind
from suyuan.trace.store.read.reader import Reader

MOST_ITEMS = 100  # by name; of more it is said how many


class FeedItemJson(Form):
    """An item of an entry, as its party calls it."""

    item: str
    code: str = described("On the party's own labels, where it has a record of it; else the lot's")
    name: str | None


class EntryJson(Form):
    """What concerns a party."""

    id: str = described("The same for the same entry, whatever its cursor")
    cursor: str = described("To go on behind it: `after` of the next request")
    kind: Literal["arrival", "undone", "answer", "act", "registration", "finding"] = described(
        "Sent to one; taken back by its sender; an answer to what one sent or recalled; a hold or "
        "recall of what one has or had; a statement about oneself; a finding of one's own records"
    )
    noticed: Instant
    index: int = described("The link's index in the log")
    hash: str | None
    by: str | None = described("Whose link it is")
    by_name: str | None
    what: str | None = described("The step of an event; type and op of a statement")
    items: list[FeedItemJson] = described(f"At most {MOST_ITEMS}; see `count`")
    count: int = described("Of how many items")
    act: str | None = described("The hold's or recall's URI")
    rule: str | None = described("Of a finding: the rule, which docs/plausibility.md explains")
    severity: Severity | None
    title: str | None = described("What the rule says, in the language asked for")


class FeedJson(Form):
    """Entries in the order in which they were noticed."""

    party: str
    entries: list[EntryJson]
    cursor: str | None = described("`after` of the next request; null as long as there is none")
    is_more: bool = described("There are more: ask again at once")
    size: int = described("How many links were looked at so far")


def entries_json(reader: Reader, host: str, concerns: Iterable[Concern]) -> dict[str, Json]:
    """What is said of concerns, by key, without their numbers; of one party or of several."""
    by_party: dict[str, list[Concern]] = {}
    for concern in concerns:
        by_party.setdefault(concern.party, []).append(concern)
    entries: dict[str, Json] = {}
    for party, own in by_party.items():
        links = {one.leaf: reader.parsed(one.leaf) for one in own}
        items = {one.key: _items(reader, one, links[one.leaf]) for one in own}
        named = {item for listed in items.values() for item in listed[:MOST_ITEMS]}
        names = lot_names(reader, host, named, party)
        entries |= {o.key: _entry(reader, o, links[o.leaf], items[o.key], names) for o in own}
    return entries


def written(row: FeedRow, entry: Json) -> Json:
    """An entry with its place in the feed."""
    return entry | {"cursor": row.cursor, "noticed": f"{instant(row.at):%Y-%m-%dT%H:%M:%SZ}"}


def rows_json(reader: Reader, host: str, rows: Sequence[FeedRow]) -> list[Json]:
    """The entries of rows of feeds, in their order."""
    entries = entries_json(reader, host, (row.concern for row in rows))
    return [written(row, entries[row.key]) for row in rows]


def _items(reader: Reader, concern: Concern, link: Link | None) -> list[str]:
    """The items that an entry names: those of the party's own hand-over, where it is an answer."""
    if concern.kind is Kind.FINDING:
        return [concern.about.partition(" ")[2]]
    if link is None or link.event is None:
        return []
    items = {ref.item for ref in link.items}
    if concern.kind is Kind.ANSWER:
        sent = (reader.parsed(ref.index) for ref in link.after if ref.ledger is None)
        own = [one for one in sent if one is not None and one.actor == concern.party]
        items &= {ref.item for one in own for ref in one.items}
    return sorted(items)


def _entry(
    reader: Reader,
    concern: Concern,
    link: Link | None,
    items: Sequence[str],
    names: dict[str, LotName],
) -> Json:
    rule = None
    if concern.kind is Kind.FINDING:
        rule = heading(concern.about.partition(" ")[0])
    is_act = concern.kind is not Kind.FINDING and concern.about
    return EntryJson.write(
        id=concern.key,
        cursor="",
        kind=concern.kind.value,
        noticed=None,
        index=concern.leaf,
        hash=None if link is None else link.hash,
        by=None if link is None else link.actor,
        by_name=None if link is None else reader.name(link.actor),
        what=None if link is None else _what(link),
        items=[
            FeedItemJson.build(names[item], code=names[item].own or names[item].number)
            for item in items[:MOST_ITEMS]
        ],
        count=len(items),
        act=concern.about if is_act else None,
        rule=None if rule is None else rule.name,
        severity=None if rule is None else rule.severity,
        title=None if rule is None else str(rule.title),
    )


def _what(link: Link) -> str | None:
    if (statement := link.statement) is not None:
        return ".".join(filter(None, (str(statement["type"]), statement.get("op"))))
    bare = step(link) or ""
    known = step_named(bare, text_in(link.event or {}, "disposition") or "")
    return bare[:200] or None if known is None else known.name
