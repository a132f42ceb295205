"""What stands beside the links: rows about items on all cores, small tables, and what differs."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import pairwise

from sqlalchemy import Table, func, select

from suyuan.trace.admission.state import State
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store import schema as t
from suyuan.trace.store.engine import is_sqlite
from suyuan.trace.store.projections.follow_lineage import OF_ITEMS
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.rebuild.compare import Difference, Row, differences, fetched, stored_rows
from suyuan.trace.store.rebuild.rederive import touched_since

from . import derived, item_rows
from .audit_report import Report
from .audit_state import Prefix, Range
from .cores import Cores
from .earlier import is_standing, stand
from .given import BY_LEAF
from .item_rows import ItemRows, Items
from .links import Links

ITEMS = 500  # whose rows are in memory together
MANY = 50_000  # links since the last audit, beyond which everything is made anew
_FAR = 1 << 62  # beyond every number
_RUN = f"{item_rows.__name__}:run"


def doubled(live: Reader, table: Table, columns: str) -> list[Row]:
    """Rows that stand twice, where a table has lost its own rule against it: as of `columns`."""
    past_indexes = " NOT INDEXED" if is_sqlite(live.connection.engine) else ""
    more = ", max(code)" if table is t.subject else ""
    query = (
        f"SELECT {columns}{more} FROM {table.name}{past_indexes} "  # noqa: S608  our own names
        f"GROUP BY {columns} HAVING count(*) > 1"
    )
    return fetched(live.connection.exec_driver_sql(query))


class Beside:
    """The comparison of the rows beside the links with what these give, as of one moment."""

    def __init__(self, ledger: Ledger, live: Reader, cores: Cores, report: Report) -> None:
        self._ledger, self._live, self._cores = ledger, live, cores
        self._cursors = live.cursors()
        self._is_derived = True
        self.report = report

    def items(self, links: Links, prefix: Prefix | None) -> list[ItemRows]:
        """Compare the rows about items, and those that no part or run of items has."""
        end = max(links.met, self.report.size)
        wrong = links.joined()
        for table in BY_LEAF:
            leaf = table.c.leaf
            away = (leaf < 0) | (leaf >= end) | leaf.is_(None)
            wrong += differences(table, stored_rows(self._live, table, away), [])
        # What follows from rows at links cannot be compared where those are others.
        is_derived = self._is_derived = not (links.broken or links.is_unread or wrong)
        if wrong and not links.broken:
            self.report.undecided.append(
                "what follows from rows that are not so: audit again once they are made anew"
            )
        for table in (t.chain, *(OF_ITEMS if is_derived else ())):
            column = table.c.subject if table is t.chain else table.c.item
            wrong += differences(table, stored_rows(self._live, table, column.is_(None)), [])
        for uri, code in doubled(self._live, t.subject, "uri"):
            wrong += differences(t.subject, [(uri, code)], [])
        known = {} if prefix is None else self._still_known(prefix)
        cuts = self._cuts()
        asked = (
            (_RUN, Items(links.frame, *cut, known.get(cut), is_derived)) for cut in pairwise(cuts)
        )
        rows = []
        for one in self._cores.answers(asked):
            wrong += one.differences
            self.report.findings += one.findings
            rows.append(one)
        count = self._live.connection.execute(select(func.count()).select_from(t.code)).scalar()
        if is_derived and count != sum(one.codes for one in rows):
            asked = ((_RUN, Items(links.frame, *cut, of_codes=True)) for cut in pairwise(cuts))
            coded = [one for found in self._cores.answers(asked) for one in found.differences]
            wrong += [one for one in coded if one not in wrong]
        self._differ(wrong, links)
        return rows

    def _cuts(self) -> list[int]:
        """Numbers that part the subjects into runs: by the rows, not by numbers far apart."""
        cuts, column = [-_FAR], t.subject.c.id
        while True:
            query = select(column).where(column >= cuts[-1]).order_by(column).offset(ITEMS)
            following = self._live.connection.execute(query.limit(1)).scalar_one_or_none()
            if following is None or following <= cuts[-1]:
                return [*cuts, _FAR * 2 - 1]
            cuts.append(following)

    def _still_known(self, prefix: Prefix) -> dict[Range, bytes]:
        """Digests of the rows about items on which no link bears since they were made anew."""
        size = self.report.size
        if not size - MANY <= prefix.followed <= size:
            return {}
        numbers = sorted(touched_since(self._live, prefix.followed, size))
        return {
            part: digest
            for part, digest in prefix.ranges.items()
            if bisect_left(numbers, part[0]) == bisect_left(numbers, part[1])
        }

    def small(self, links: Links, rows: list[ItemRows]) -> None:
        """The small tables, and whether what followers derive can be compared at all."""
        stated = [(leaf, parse(entry)) for leaf, entry in links.known.given.statements]
        state = State(self._ledger.trust.genesis)
        for leaf, link in stated:
            if is_standing(link):
                state.adopt(leaf - 1, {})
                stand(link, state)
        wrong = list(derived.standing(self._live, state.take()))
        good = [(leaf, link) for leaf, link in stated if leaf not in links.broken]
        for one in derived.scoped(self._live, self._ledger, good):
            if isinstance(one, Finding):
                self.report.findings.append(one)
            else:
                wrong.append(one)
        for name in self._ledger.followers.names:
            if not 0 <= self._cursors.get(name, 0) <= self.report.size:
                reason = f"follower {name} is at {self._cursors[name]}, of {self.report.size} links"
                self.report.findings.append(Finding(str(Kind.PROJECTION), reason))
        if not links.broken:
            given = links.known.given
            given.findings += [row for one in rows for row in one.clashes]
            wrong += derived.followed(self._live, self._ledger, good, given, self._cursors)
            if self._is_derived:
                wrong += derived.of_events(self._live, given, self._cursors)
        self._differ(wrong, links)

    def _subjects(self, differing: Iterable[Difference]) -> Iterator[Difference]:
        """The subjects that rows should name, and are not there."""
        pairs = [(one.item, one.actor) for one in differing if one.stored is None]
        uris = {uri for pair in pairs for uri in pair if uri is not None}
        uris -= self._live.subject_numbers(uris).keys()
        rows = [(uri, codes.of_uri(uri, self._ledger.trust.host)) for uri in sorted(uris)]
        return differences(t.subject, [], rows)

    def _differ(self, differing: Iterable[Difference], links: Links) -> None:
        differing = list(differing)
        differing += self._subjects(differing)
        moved = {(one.item, one.actor) for one in links.differences if one.table == "link_item"}
        about = {item for item, _ in links.pairs}
        for one in differing:
            if one.derived is None and one.leaf in links.broken:
                continue
            if one.table == "chain" and (one.item, one.actor) in links.pairs | moved:
                continue
            if one.table == "subject" and one.item in about:
                continue
            if one.table in ("party", "registrar", "coder", "act", "scope") and links.broken:
                continue
            place = (one.item, one.actor, one.seq, one.leaf)
            self.report.findings.append(Finding(str(Kind.PROJECTION), one.reason, *place))
