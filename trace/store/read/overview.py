"""What there is in a division, counted: parties, lots, findings, and what acts cover of it.

Each count reads the index of those parties and no more than MOST rows; `is_over` says that there
are more.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select

from suyuan.keys.validity import Party, significant
from suyuan.trace.findings.rule import ItemFinding

from .. import schema as t
from ..append.link_rows import party_of
from ..schema_columns import ALL, LEVELS, MEASURES
from ..selecting import entry_payload, paged
from .lineage_reader import finding_of, item_finding_of, key_of
from .reader import Reader
from .search import Span, within
from .slip_lines import within_divisions

MOST = 200_000
FINDINGS = 2_000  # rows of `finding`, which have no actor: their links are read
_BLOCK = 500
_FEW = 1_000  # parties


@dataclass(slots=True)
class Counts:
    """How many of each kind there are; `is_over` where they were not counted to the end."""

    of: dict[str | None, int] = field(default_factory=dict)
    is_over: bool = False

    @property
    def total(self) -> int:
        """The total, as far as it was counted."""
        return sum(self.of.values())

    @property
    def ordered(self) -> list[tuple[str | None, int]]:
        """Each kind with its count, the most first."""
        return sorted(self.of.items(), key=lambda pair: (-pair[1], pair[0] is None, pair[0]))

    def add(self, kind: str | None, many: int = 1) -> None:
        """Add a count to a kind."""
        self.of[kind] = self.of.get(kind, 0) + many


@dataclass(eq=False)
class Overview:
    """Counts over one reader, of the parties that `covers` is true of, in these spans.

    With `is_exact` the spans alone decide, and `covers` is not asked for every row.
    """

    _reader: Reader
    _spans: Sequence[Span]
    _covers: Callable[[Party], bool]
    is_exact: bool
    _known: dict[str | None, bool] = field(default_factory=lambda: {None: False})

    def parties(self) -> tuple[int, Counts]:
        """How many parties are admitted now, and by role: one of several counts in each."""
        c = t.party.c
        names = [c.roles] if self.is_exact else [c.division, c.roles, c.places]
        query = select(*names, func.count().label("many")).where(
            within(self._spans), c.gone.is_(None)
        )
        roles, total = Counts(), 0
        for row in self._reader.connection.execute(query.group_by(*names)):
            if self.is_exact or self._covers(_like(row)):
                total += row.many
                for role in json.loads(row.roles):
                    roles.add(role, row.many)
        return total, roles

    def lots(self) -> Counts:
        """Lots that were coded here, or brought in by their buyers, by the catalogue's category.

        Of divisions what is summed of each; of single places what is summed of their coders.
        """
        if not self.is_exact:
            return self._counted(
                t.coder_coverage.c.category, t.coder_coverage, t.coder_coverage.c.coder,
                many=t.coder_coverage.c.lots,
            )  # fmt: skip
        counts = Counts()
        for low, _high in self._spans:
            for row in covered(self._reader, "" if low == "0" else low):
                if row.category != ALL:
                    counts.add(row.category, row.counts["lots"])
        return counts

    def findings(self) -> Counts:
        """How many findings these parties' doing has, by rule."""
        counts = self._counted(t.doubt.c.rule, t.doubt, t.doubt.c.actor)
        findings, is_over = self._findings()
        for finding in findings:
            counts.add(finding.rule)
        counts.is_over = counts.is_over or is_over
        return counts

    def covered(self, act: int) -> int:
        """How many items of an act's scope these parties have now."""
        return len({item for item, _holder in self.holders(act)})

    def holders(self, act: int) -> list[tuple[str, str]]:
        """The items of an act's scope that these parties have now, each with who has it."""
        holder = t.subject.alias()
        query = (
            select(t.scope.c.item, holder.c.uri.label("holder"), t.party)
            .join(t.subject, t.subject.c.uri == t.scope.c.item)
            .join(t.holding, t.holding.c.item == t.subject.c.id)
            .join(holder, holder.c.uri == t.holding.c.holder)
            .join(t.party, t.party.c.subject == holder.c.id)
            .where(t.scope.c.act == act, t.scope.c.cleared.is_(None), within(self._spans))
            .where(or_(t.holding.c.quantity.is_(None), t.holding.c.quantity != 0))
            .limit(MOST)
        )
        rows = self._reader.connection.execute(query)
        return [(row.item, row.holder) for row in rows if self._covers(party_of(row.holder, row))]

    def _counted(self, kind: Any, table: Any, actor: Any, many: Any = None) -> Counts:
        columns = [kind.label("kind"), (literal(1) if many is None else many).label("many")]
        if not self.is_exact:
            columns += [t.party.c.division, t.party.c.roles, t.party.c.places]
        part = (
            select(*columns)
            .select_from(t.party)
            .join(t.subject, t.subject.c.id == t.party.c.subject)
            .join(table, actor == (t.subject.c.uri if many is None else t.subject.c.id))
            .where(within(self._spans))
            .limit(MOST + 1)
            .subquery()
        )
        counts, read = Counts(), 0
        names = [part.c[column.key] for column in columns if column.key != "many"]
        query = select(
            *names, func.sum(part.c.many).label("many"), func.count().label("read")
        ).group_by(*names)
        for row in self._reader.connection.execute(query):
            read += row.read
            if self.is_exact or self._covers(_like(row)):
                counts.add(row.kind, int(row.many))
        counts.is_over = read > MOST
        return counts

    def _findings(self) -> tuple[list[ItemFinding], bool]:
        """The newest findings in these parties' links, and whether there are older ones."""
        query = select(t.finding).order_by(t.finding.c.leaf.desc()).limit(FINDINGS + 1)
        rows = self._reader.connection.execute(query).all()
        actors: dict[int, str] = {}
        links, leaves = select(t.link.c.leaf, t.link.c.entry), {row.leaf for row in rows[:FINDINGS]}
        for row in self._reader.among(links, t.link.c.leaf, sorted(leaves)):
            actors[row.leaf] = _actor(row.entry)
        findings = [
            finding_of(row, actors[row.leaf])
            for row in rows[:FINDINGS]
            if self._is_theirs(actors.get(row.leaf))
        ]
        return findings, len(rows) > FINDINGS

    def _is_theirs(self, actor: str | None) -> bool:
        if actor not in self._known:
            party = None if actor is None else self._reader.party(actor)
            self._known[actor] = party is not None and self._covers(party)
        return self._known[actor]


def silent(
    reader: Reader, spans: Sequence[Span], role: str, before: int, most: int
) -> list[tuple[str, int]]:
    """Parties of a role that have records, all older than a moment, and when the newest was.

    Those who fell silent last come first; both moments in microseconds UTC, as their events say.
    """
    of_party = t.record.c.actor == t.party.c.subject
    last = select(func.max(t.record.c.time)).where(of_party).scalar_subquery()
    query = (
        select(t.subject.c.uri, last.label("last"))
        .join(t.subject, t.subject.c.id == t.party.c.subject)
        .where(within(spans), t.party.c.gone.is_(None), t.party.c.roles.contains(f'"{role}"'))
        .where(last < before)
        .order_by(last.desc(), t.party.c.subject)
        .limit(most)
    )
    return [(row.uri, row.last) for row in reader.connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Covered:
    """What is summed of a division, or of a coder by its URI: of a month and a category."""

    of: str
    month: int
    category: str
    counts: Mapping[str, int]


def covered(reader: Reader, division: str, months: tuple[int, int] | None = None) -> list[Covered]:
    """The sums of a division with all below it, of each month in a span, ends included."""
    c = t.coverage.c
    query = select(t.coverage).where(c.division == division)
    if months is not None:
        query = query.where(c.month.between(*months))
    rows = reader.connection.execute(query.order_by(c.month, c.category)).mappings()
    return [_covered({**row}, "division") for row in rows]


def covered_below(reader: Reader, division: str, month: int, category: str) -> list[Covered]:
    """The sums of the divisions of the next level, in a month."""
    c, level = t.coverage.c, next((n for n in LEVELS if n > len(division)), 0)
    query = select(t.coverage).where(
        c.level == level, c.month == month, c.category == category,
        c.division.between(division or "0", division.ljust(level, "9")),
    )  # fmt: skip
    rows = reader.connection.execute(query.order_by(c.division)).mappings() if level else ()
    return [_covered({**row}, "division") for row in rows]


def covered_coders(
    reader: Reader, division: str, month: int, category: str, *, after: int, most: int
) -> tuple[list[Covered], int | None]:
    """Those of a division itself, not of one below, and after which number the next page begins."""
    c = t.coder_coverage.c
    names = [func.sum(c[name]).label(name) for name in MEASURES]
    query = (
        select(c.coder, t.subject.c.uri, *names)
        .join(t.subject, t.subject.c.id == c.coder)
        .where(c.division == division, c.month == month, c.coder > after)
    )
    if category != ALL:
        query = query.where(c.category == category)
    query = query.group_by(c.coder, t.subject.c.uri).order_by(c.coder).limit(most + 1)
    rows = reader.connection.execute(query).all()
    found = [
        Covered(
            row.uri, month, category, {"coders": 1} | {n: int(getattr(row, n)) for n in MEASURES}
        )
        for row in rows[:most]
    ]
    return found, rows[most - 1].coder if len(rows) > most else None


def covered_of(reader: Reader, coder: str, months: tuple[int, int]) -> list[Covered]:
    """The sums of one coder, by month and category, wherever it was registered."""
    number, c = reader.subject(coder), t.coder_coverage.c
    query = select(t.coder_coverage).where(c.coder == number, c.month.between(*months))
    rows = reader.connection.execute(query.order_by(c.month, c.category)).mappings()
    return [_covered({**row, "coders": 1}, "division") for row in rows]


def _covered(row: Mapping[str, Any], of: str) -> Covered:
    counts = {name: int(row[name]) for name in ("coders", *MEASURES)}
    return Covered(row[of], row["month"], row["category"], counts)


def _actor(entry: bytes) -> str:
    try:
        return str(entry_payload(entry)["actor"])
    except (ValueError, TypeError, KeyError):  # of a link that was changed: the audit names it
        return ""


def _like(row: Any) -> Party:
    """A party of which no more is known than what a remit asks."""
    roles, places = tuple(json.loads(row.roles)), tuple(json.loads(row.places))
    return Party("", 0, 0, None, None, roles, row.division, places, (), None)


Key = tuple[int, str, str]  # leaf, rule, subject


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings, of items' stories and of links; each field narrows them where it is given.

    Of these rules; about this item; of this party's doing, or of the parties registered in these
    divisions; behind a key, in the order asked for; that one of these `leaves` completes.
    """

    rules: Collection[str] | None = None
    item: str | None = None
    party: str | None = None
    divisions: Sequence[str] = ()
    after: Key | None = None
    leaves: Collection[int] | None = None
    newest_first: bool = False


def reported(reader: Reader, wanted: Wanted) -> Iterator[ItemFinding]:
    """The findings of items' stories and of links, in order of leaf, rule and subject.

    A finding counts as the doing of its link's actor, with that link as evidence.
    """
    parts = of_stories(reader, wanted), of_links(reader, wanted)
    findings = merge(*parts, key=key_of, reverse=wanted.newest_first)
    return (f for f in findings if wanted.leaves is None or f.leaf in wanted.leaves)


def of_stories(reader: Reader, wanted: Wanted) -> Iterator[ItemFinding]:
    """Those of items' stories."""
    c = t.doubt.c
    query = select(t.doubt)
    if wanted.item is not None:
        number = reader.subject(wanted.item)
        query = query.where(c.item == (-1 if number is None else number))
    if wanted.party is not None:
        query = query.where(c.actor == wanted.party)
    if wanted.divisions:
        query = query.where(_by_those_of(reader, wanted.divisions))
    for row in _paged(reader, query, c, wanted):
        yield item_finding_of(row)


def _by_those_of(reader: Reader, divisions: Sequence[str]) -> ColumnElement[bool]:
    """Whether a finding is the doing of these divisions' parties.

    Findings of a few parties are found by whose doing they are. Where there are many parties, the
    newest findings are looked at, each for whose doing it is, until there are enough.
    """
    actor, here = t.doubt.c.actor, within_divisions(divisions)
    few = select(t.party.c.subject).where(here).limit(_FEW + 1)
    numbers = reader.connection.execute(few).scalars().all()
    if len(numbers) <= _FEW:
        return actor.in_(sorted(reader.uris(numbers).values()))
    party = select(t.subject.c.uri).join(t.party).where(here, t.subject.c.uri == actor)
    return party.scalar_subquery().is_not(None)


def of_links(reader: Reader, wanted: Wanted) -> Iterator[ItemFinding]:
    """Those of single links, each of which is read."""
    c = t.finding.c
    query = select(t.finding)
    if wanted.item is not None:
        query = query.where(c.subject == wanted.item)
    is_in: dict[str | None, bool] = {}
    for row in _paged(reader, query, c, wanted):
        place = reader.at(row.leaf)
        actor = None if place is None else place[1]
        if wanted.party not in (None, actor):
            continue
        if actor not in is_in:
            is_in[actor] = not wanted.divisions or _is_in(reader, actor, wanted.divisions)
        if is_in[actor]:
            yield finding_of(row, actor)


def _paged(reader: Reader, query: Select[Any], c: Any, wanted: Wanted) -> Iterator[Any]:
    if wanted.rules is not None:
        query = query.where(c.rule.in_(sorted(wanted.rules)))
    if wanted.leaves is not None and len(wanted.leaves) <= _BLOCK:
        # Strangers' links are not even read, where there are few to look for.
        query = query.where(c.leaf.in_(sorted(wanted.leaves)))
    keys = {"leaf": c.leaf, "rule": c.rule, "subject": c.subject}
    newest = wanted.newest_first
    return paged(reader.connection, query, keys, wanted.after, _BLOCK, descending=newest)


def _is_in(reader: Reader, party: str | None, divisions: Sequence[str]) -> bool:
    known = None if party is None else reader.party(party)
    return known is not None and any(known.division.startswith(significant(d)) for d in divisions)
