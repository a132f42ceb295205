"""Questions about holds and recalls: the acts, their lists, and what lies in their scope."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import false, func, or_, select, text

from suyuan.trace.admission import scopes
from suyuan.trace.admission.state import Act
from suyuan.trace.format.link import Link, readable
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import ACTS
from suyuan.trace.format.vocabulary import biz_steps

from .. import schema as t
from ..append.scoping import Attachment, list_of
from ..append.source import act_of, acts
from ..selecting import paged, walked
from .reader import Reader

_BLOCK = 50
_MOVING = ", ".join(f"'{step}'" for step in biz_steps("sends", "receives", "sells", "counts"))
_HAD = f"""
SELECT DISTINCT scope.act, scope.item FROM act
JOIN scope ON scope.act = act.leaf AND scope.cleared IS NULL
JOIN subject ON subject.uri = scope.item
JOIN chain ON chain.subject = subject.id AND chain.actor = :party
JOIN link_item ON link_item.chain = chain.id
JOIN event ON event.leaf = link_item.leaf
LEFT JOIN voided ON voided.leaf = event.leaf
WHERE (act.ended IS NULL OR act.ending = 'close')
AND NOT event.received AND NOT event.is_error AND voided.leaf IS NULL
AND (event.type <> 'ObjectEvent' OR event.action <> 'OBSERVE'
OR event.step IN ({_MOVING}))
ORDER BY scope.act, scope.item
"""  # noqa: S608
# Forward from a scope by what was used and made, past nothing that the act is cleared of.
_MADE = """
WITH RECURSIVE reach(item) AS (
    SELECT subject.id FROM scope JOIN subject ON subject.uri = scope.item
    WHERE scope.act = :act AND scope.cleared IS NULL
    UNION
    SELECT made.item FROM reach JOIN used ON used.item = reach.item
    JOIN made ON made.making = used.making JOIN subject ON subject.id = made.item
    LEFT JOIN scope ON scope.item = subject.uri AND scope.act = :act
    AND scope.cleared IS NOT NULL WHERE scope.item IS NULL
)
SELECT subject.uri, lot.name, maker.uri AS maker
FROM reach JOIN subject ON subject.id = reach.item
LEFT JOIN lot ON lot.item = reach.item
LEFT JOIN chain ON chain.subject = reach.item AND EXISTS (
    SELECT 1 FROM link_item WHERE link_item.chain = chain.id AND link_item.leaf = lot.leaf
)
LEFT JOIN subject maker ON maker.id = chain.actor
WHERE NOT EXISTS (
    SELECT 1 FROM scope JOIN act ON act.leaf = scope.act
    JOIN act asked ON asked.leaf = :act AND asked.drill = act.drill
    WHERE scope.item = subject.uri AND (scope.act = :act OR (act.kind = 'recall'
    AND scope.cleared IS NULL AND (act.ended IS NULL OR act.ending = 'close')))
) ORDER BY subject.uri
"""


@dataclass(frozen=True, slots=True)
class Undecided:
    """An item that contains a recalled one: its maker or the authority extends or clears."""

    item: str
    name: str | None
    maker: str | None


@dataclass(frozen=True, slots=True)
class Covered:
    """An item in the scope of an act since `leaf`; `cleared` where it was taken out of it."""

    item: str
    act: Act
    leaf: int
    cleared: int | None


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """An item in an act's scope."""

    item: str
    leaf: int
    cleared: int | None


class ActBook:
    """The acts of one ledger over a reader; right at once, as appending itself writes them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def all(self, kind: str | None = None) -> list[Act]:
        """All holds and recalls, the newest first; all acts of one kind where it is given."""
        query = acts().where(t.act.c.kind.in_(ACTS if kind is None else (kind,)))
        query = query.order_by(t.act.c.leaf.desc())
        return [act_of(row) for row in self._reader.connection.execute(query)]

    def in_force(self) -> list[Act]:
        """Holds and recalls that still say something of their items, closed ones and drills too."""
        ended = or_(t.act.c.ended.is_(None), t.act.c.ending == "close")
        query = acts().where(t.act.c.kind.in_(ACTS), ended).order_by(t.act.c.leaf.desc())
        return [act_of(row) for row in self._reader.connection.execute(query)]

    def open_recalls(self, stop: int | None = None) -> Iterator[Act]:
        """Recalls that have not ended, those before leaf `stop`; the newest first, by an index."""
        query = acts().where(t.act.c.kind == "recall", t.act.c.ended.is_(None))
        after = None if stop is None else (stop,)
        for row in paged(
            self._reader.connection, query, {"leaf": t.act.c.leaf}, after, _BLOCK, descending=True
        ):
            yield act_of(row)

    def covering(self, items: Collection[str]) -> list[Covered]:
        """Every act whose scope names one of these items, also where it was cleared."""
        rows = list(self._reader.among(select(t.scope), t.scope.c.item, sorted(set(items))))
        leaves = sorted({row.act for row in rows})
        known = {row.leaf: act_of(row) for row in self._reader.among(acts(), t.act.c.leaf, leaves)}
        return [
            Covered(row.item, known[row.act], row.leaf, row.cleared)
            for row in sorted(rows, key=lambda row: (row.act, row.item))
            if row.act in known
        ]

    def count(self, act: int) -> int:
        """How many items are in an act's scope and not cleared."""
        query = select(func.count()).where(t.scope.c.act == act, t.scope.c.cleared.is_(None))
        return int(self._reader.connection.execute(query.select_from(t.scope)).scalar_one())

    def counts(self) -> dict[int, int]:
        """How many items are in each act's scope and not cleared, by the act's leaf."""
        query = select(t.scope.c.act, func.count().label("n")).where(t.scope.c.cleared.is_(None))
        rows = self._reader.connection.execute(query.group_by(t.scope.c.act))
        return {row.act: row.n for row in rows}

    def scope(self, act: int, *, most: int | None = None) -> list[ScopeRow]:
        """The items in an act's scope by URI, cleared ones included; so many at most."""
        c = t.scope.c
        query = select(c.item, c.leaf, c.cleared).where(c.act == act).order_by(c.item).limit(most)
        return [ScopeRow(*row) for row in self._reader.connection.execute(query)]

    def touched(self, items: Collection[str], since: int) -> set[str]:
        """The items, of these, that a link from index `since` on is about."""
        numbers = self._reader.subject_numbers(set(items))
        uris = {number: uri for uri, number in numbers.items()}
        query = (
            select(t.chain.c.subject)
            .join(t.link_item, t.link_item.c.chain == t.chain.c.id)
            .where(t.link_item.c.leaf >= since)
            .distinct()
        )
        rows = self._reader.among(query, t.chain.c.subject, sorted(uris))
        return {uris[row.subject] for row in rows}

    def had_by(self, party: str) -> list[tuple[int, str]]:
        """What a party has moved of what is in scope: act's leaf and item, of acts in force.

        Moved is what its own events that count took in, made, sent, sold or took away: it has
        had it, whatever it has now. What it only sampled or tested is none.
        """
        number = self._reader.subject(party)
        rows = self._reader.connection.execute(text(_HAD), {"party": number})
        return [(row.act, row.item) for row in rows]

    def inside(self, containers: Collection[str]) -> set[str]:
        """The items that are in these containers now, and in those inside them."""
        c = t.containment.c
        query = select(c.item).where(c.left.is_(None))
        start = self._reader.subject_numbers(set(containers)).values()
        inside = walked(
            start, lambda ids: {row.item for row in self._reader.among(query, c.container, ids)}
        )
        return set(self._reader.uris(inside).values())

    def undecided(self, act: int) -> list[Undecided]:
        """What was made from an act's scope and is neither recalled itself nor cleared; by URI.

        Recalled by this act or another: its maker recalls it by its own. Nothing is looked for
        behind what is cleared.
        """
        return [
            Undecided(*row) for row in self._reader.connection.execute(text(_MADE), {"act": act})
        ]

    def times(self, leaves: Sequence[int]) -> dict[int, int]:
        """When these links were recorded, in microseconds UTC, as `LogReader.recorded` says."""
        recorded = {leaf: self._reader.recorded(leaf) for leaf in sorted(set(leaves))}
        return {leaf: at.time for leaf, at in recorded.items() if at is not None}

    def entries(self, uri: str) -> Iterator[tuple[int, bytes]]:
        """The links about an act's URI, of all actors, in the order of the log."""
        entries = [
            (stored.index, stored.entry)
            for head in self._reader.chains(uri)
            for _, stored in self._reader.chain_links(uri, head.actor)
            if stored is not None
        ]
        yield from sorted(entries)


def act_lists(reader: Reader, uri: str) -> list[tuple[int, Link]]:
    """The statements on the act under a URI that name a list, by index, in the order of the log."""
    entries = ((index, readable(entry)) for index, entry in ActBook(reader).entries(uri))
    return [(index, link) for index, link in entries if link and scopes.has_list(link)]


def list_content(
    reader: Reader, act: int, index: int, statement: Object, attachment: Attachment
) -> bytes | None:
    """The list that a statement on the act of leaf `act` names; None where it is lost."""
    items = list_of(reader.connection, statement, act, index, attachment)
    return None if items is None else scopes.render(items)


def begun(reader: Reader, uris: Collection[str]) -> dict[str, Act]:
    """The acts, cases and draws that were begun under these URIs."""
    numbers = reader.subject_numbers(set(uris)).values()
    rows = reader.among(acts(), t.act.c.subject, sorted(numbers))
    return {act.uri: act for act in map(act_of, rows)}


def cases(
    reader: Reader,
    kind: str,
    *,
    office: str | None = None,
    about: str | None = None,
    is_open: bool = True,
    before: int | None = None,
) -> Iterator[Act]:
    """Cases, or draws, the newest first: of an office, about a party; those before a leaf."""
    c = t.act.c
    query = acts().where(c.kind == kind)
    if office is not None:
        query = query.where(c.office == office)
    if about is not None:
        query = query.where(c.about == about)
    if is_open:
        query = query.where(c.ended.is_(None))
    after = None if before is None else (before,)
    for row in paged(reader.connection, query, {"leaf": c.leaf}, after, _BLOCK, descending=True):
        yield act_of(row)


def recorded_cases(
    reader: Reader, kind: str, *, about: str | None = None, sort: str | None = None,
    spans: Sequence[tuple[str, str]] = (),
) -> Iterator[tuple[Act, set[str]]]:  # fmt: skip
    """Cases, the newest first, each with all who recorded something in it.

    About a party, or of one kind about the parties of `spans` of divisions. Whose records count is
    the caller's to judge before it stops: what others record costs these rows and no more.
    """
    c, by, named = t.act.c, t.subject.alias("recorder"), t.subject.alias("named")
    query = (
        acts().join(t.chain, t.chain.c.subject == c.subject).join(by, t.chain.c.actor == by.c.id)
    )
    query = query.add_columns(by.c.id.label("by"), by.c.uri.label("by_uri"))
    if about is not None:
        query = query.where(c.about == about)
    else:  # act by act from the newest on, not by its kind, which sorts all there are
        divisions = [t.party.c.division.between(low, high) for low, high in spans]
        among = select(named.c.id).join(t.party, t.party.c.subject == named.c.id)
        query = query.where(
            c.sort == sort, among.where(named.c.uri == c.about, or_(false(), *divisions)).exists()
        )
    keys = {"leaf": c.leaf, "by": by.c.id}
    rows = paged(reader.connection, query, keys, None, _BLOCK, descending=True)
    for _leaf, of_case in groupby((row for row in rows if row.kind == kind), lambda row: row.leaf):
        first, *others = of_case
        yield act_of(first), {first.by_uri, *(row.by_uri for row in others)}


def cases_among(reader: Reader, kind: str, leaves: range, *, is_ended: bool) -> list[Act]:
    """Cases that were opened, or that ended, at one of these leaves, in their order."""
    leaf = t.act.c.ended if is_ended else t.act.c.leaf
    within = t.act.c.kind == kind, leaf >= leaves.start, leaf < leaves.stop
    return [act_of(row) for row in reader.connection.execute(acts().where(*within).order_by(leaf))]


def open_case_counts(
    reader: Reader, kind: str, offices: Collection[str]
) -> list[tuple[str | None, str | None, int]]:
    """How many cases of these offices are open, by office and kind, by an index."""
    c = t.act.c
    query = select(c.office, c.sort, func.count().label("many")).where(
        c.kind == kind, c.ended.is_(None)
    )
    rows = reader.among(query.group_by(c.office, c.sort), c.office, sorted(offices))
    return [(row.office, row.sort, row.many) for row in rows]


def begun_case_counts(
    reader: Reader, kind: str, start: int, stop: int
) -> list[tuple[str | None, str | None, int]]:
    """The same of all that were opened from one leaf on and before another, closed ones too.

    Read are the acts of that time, whosever they are.
    """
    c = t.act.c
    query = select(c.office, c.sort, func.count().label("many")).where(
        c.leaf >= start, c.leaf < stop, c.kind == kind
    )
    rows = reader.connection.execute(query.group_by(c.office, c.sort))
    return [(row.office, row.sort, row.many) for row in rows]
