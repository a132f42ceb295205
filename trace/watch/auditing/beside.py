"""What stands beside the links: rows about items on all cores, small tables, and what differs."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import pairwise

from suyuan.trace.admission.state import State
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store import schema as t
from suyuan.trace.store.projections.follow_lineage import OF_ITEMS
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.rebuild import questions
from suyuan.trace.store.rebuild.compare import Difference, differences
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
_RUN = f"{item_rows.__name__}:run"


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
            wrong += questions.beyond_all(self._live, table, end)
        # What follows from rows at links cannot be compared where those are others.
        is_derived = self._is_derived = not (links.broken or links.is_unread or wrong)
        if wrong and not links.broken:
            self.report.undecided.append(
                "what follows from rows that are not so: audit again once they are made anew"
            )
        for table in (t.subject, t.chain, *(OF_ITEMS if is_derived else ())):
            wrong += questions.without_item(self._live, table)
        for uri, code in questions.doubled(self._live, t.subject, "uri"):
            wrong += differences(t.subject, [(uri, code)], [])
        known = {} if prefix is None else self._still_known(prefix)
        cuts = questions.runs(self._live, ITEMS)
        tasks = (
            (_RUN, Items(links.frame, *cut, known.get(cut), is_derived)) for cut in pairwise(cuts)
        )
        rows = []
        for one in self._cores.answers(tasks):
            wrong += one.differences
            self.report.findings += one.findings
            rows.append(one)
        if is_derived and questions.count(self._live, t.code) != sum(one.codes for one in rows):
            tasks = ((_RUN, Items(links.frame, *cut, of_codes=True)) for cut in pairwise(cuts))
            coded = [one for found in self._cores.answers(tasks) for one in found.differences]
            wrong += [one for one in coded if one not in wrong]
        self._differ(wrong, links)
        return rows

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
