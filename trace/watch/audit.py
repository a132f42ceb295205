"""The audit of a whole ledger: every entry, chain, rule, projection and checkpoint.

All links are decided again by the rules that accepted them, in parts on all cores; what the store
keeps beside them is made anew and compared; the tree is built anew and must have the root that each
checkpoint signs. Whatever is not as it should be is named.
"""

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise

from sqlalchemy import Table, func, select

from suyuan.trace.admission.state import State
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log.checkpoint import Checkpoint, open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge
from suyuan.trace.store import schema as t
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.engine import is_sqlite
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.projections.follow_lineage import OF_ITEMS
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.rebuild.compare import Difference, differences, stored_rows
from suyuan.trace.store.rebuild.rederive import coded_by, named, touched_since
from suyuan.trace.store.selecting import CHUNK, chunks, paged

from .auditing import derived, items, session
from .auditing.audit_progress import Phase, Watch, nobody
from .auditing.audit_report import Report, add_notices, look_at_files, look_beside
from .auditing.audited_prefix import Prefix, Range
from .auditing.cores import Cores
from .auditing.derived import Given
from .auditing.earlier import is_standing, stand
from .auditing.items import ItemRows, Items
from .auditing.links import Links, OthersNow, Progress, Save
from .auditing.part import BY_LEAF, unreadable
from .auditing.schemas import SchemaLook
from .auditing.session import Frame
from .log_audit import cosigned_problems, tile_problems

SMALL = 3_000  # links up to which starting processes takes longer than the work
MANY = 50_000  # links since the last audit, beyond which everything is made anew
_ITEMS = 500  # whose rows are in memory together
_KEEP = 16  # parts after which what is known is kept
_NAMED = 20
_FAR = 1 << 62  # beyond every number
_RUN_ITEMS = f"{items.__name__}:run"


def audit(
    ledger: Ledger,
    *,
    kept: str | None = None,
    progress: Progress | None = None,
    prefix: Prefix | None = None,
    save: Save | None = None,
    watch: Watch = nobody,
    indexes: bool = False,
) -> Report:
    """Audit a whole ledger on all cores, its schema and alarms too, and name all that is wrong.

    `kept` is a checkpoint's note kept elsewhere, which must be in its past; `prefix` what an
    earlier audit knew, `save` is given what this one knows; with `indexes` the database compares
    them with their tables too. Raises LogError where `kept` is no checkpoint of this log,
    StoreError where the database cannot be read, CannotDecide where rows were derived by other
    rules than this program's: the last two only of a schema in which nothing is wrong.
    """
    schema = SchemaLook(ledger.database)
    try:
        outdated = ledger.followers.outdated()
        if outdated:
            raise CannotDecide(
                "%s: derived by the rules of another version of this program, so that "
                "they cannot be compared: run `suyuan upgrade` and audit again",
                ", ".join(outdated),
            )
        with ledger.reading() as reader:
            reader.size()  # without which there is no ledger
        with suppress(Exception):  # what a changed database makes of it, is found
            ledger.followers.catch_up()
        report = audit_rows(
            ledger, kept=kept, progress=progress, prefix=prefix, save=save, watch=watch
        )
    except (StoreError, CannotDecide) as error:
        if not schema.findings:
            raise
        report = Report(0)
        reason = f"beyond the schema nothing could be looked at: {error}"
        report.findings.append(Finding(str(Kind.SCHEMA), reason))
    if indexes:
        schema.look_into_indexes()
    schema.end()
    report.findings += [*schema.findings, *_alarms(ledger)]
    report.notices += schema.notices
    report.undecided += schema.undecided
    return report


def _alarms(ledger: Ledger) -> Iterator[Finding]:
    """Findings for the alarms that no operator has resolved."""
    if not ledger.database.seals.is_here:
        return  # which is reported, and nobody knows which alarms these are
    try:
        unresolved = WitnessBook(ledger.database.engine).alarms(unresolved=True)
    except Exception as error:  # noqa: BLE001  what a changed database makes of reading it
        reason = f"alarms cannot be read: {type(error).__name__}"
        yield Finding(str(Kind.ALARM), reason)
        return
    for alarm in unresolved:
        reason = f"alarm {alarm.id} ({alarm.kind}) is not resolved: {alarm.reason}"
        yield Finding(str(Kind.ALARM), reason)


def audit_rows(
    ledger: Ledger,
    *,
    kept: str | None = None,
    progress: Progress | None = None,
    signatures: Iterable[int] | None = None,
    prefix: Prefix | None = None,
    save: Save | None = None,
    watch: Watch = nobody,
) -> Report:
    """Audit a ledger but for its schema and alarms, rows that follow from the links as they stand.

    `signatures` restricts the costly check of signatures to links at these indexes and to
    statements; everything else is checked for every link. Raises LogError where `kept` is no
    checkpoint of this log, StoreError where the database cannot be read.
    """
    with ledger.reading(patient=True) as live:
        report = Report(0)
        try:
            report.size = live.size()
            run = _Audit(ledger, live, report, watch)
            run.all(kept, progress, signatures, prefix, save)
        except (StoreError, LogError):
            raise
        except Exception as error:  # noqa: BLE001  what a changed database makes of reading it
            report.findings.append(unreadable(error))
        finally:
            session.end()
        return report


class _Audit:
    """An audit as of one moment: what the links give, and what stands beside them."""

    def __init__(self, ledger: Ledger, live: Reader, report: Report, watch: Watch) -> None:
        self._ledger, self._live, self._watch = ledger, live, watch
        self.report = report
        self._cores = Cores(1 if report.size < SMALL else os.cpu_count() or 1)
        self._cursors = live.cursors()
        self._whole = Prefix.new()  # what is known and good of whole parts, to be kept

    def all(
        self,
        note: str | None,
        progress: Progress | None,
        signatures: Iterable[int] | None,
        prefix: Prefix | None,
        save: Save | None,
    ) -> None:
        old = None if note is None else open_checkpoint(note, self._ledger.trust.log)
        for stray in self._live.strays():
            self._find(Kind.PROJECTION, "a link at an index below 0", index=stray)
        sizes = {size for size, _, _ in self._live.cosigned()} | ({old.size} if old else set())
        try:
            key = prefix.key if prefix is not None else Prefix.new().key if save else None
            frame, others = self._frame(key, signatures), ""
            try:
                links = self._decided(frame, sizes, progress, prefix, save)
            except OthersNow as error:
                self._watch(Phase.AGAIN, len(self.report.findings))
                prefix, others = None, str(error)
                links = self._decided(frame, sizes, progress, prefix, save)
            self.report.findings += links.findings
            self._of_log(links, old)
            self._watch(Phase.PROJECTIONS, len(self.report.findings))
            rows = self._beside(links, prefix)
        finally:
            self._cores.close()
        self._small(links, rows)
        if others and not self.report.findings:  # nothing that was seen goes unsaid
            self._find(Kind.PROJECTION, others)
        if save is not None and self.report.is_good:
            self._whole.ranges = {(one.start, one.stop): one.digest for one in rows}
            self._whole.followed = self.report.size
            save(self._whole)
        self._watch(Phase.FINDINGS, len(self.report.findings))
        look_at_files(self._ledger, links.known.files.values(), self.report)
        look_beside(self._live, self._ledger.home, self.report)
        add_notices(self._live, self._ledger.trust, self.report)

    def _frame(self, key: bytes | None, signatures: Iterable[int] | None) -> Frame:
        trust = self._ledger.trust
        return Frame(
            url=self._ledger.database.url,
            genesis=trust.genesis,
            log=str(trust.log),
            key=key,
            cursors=self._cursors,
            signatures=None if signatures is None else frozenset(signatures),
            is_closer=bool(self._doubled(t.chain, "subject, actor")),
        )

    # The links.

    def _decided(
        self,
        frame: Frame,
        sizes: set[int],
        progress: Progress | None,
        prefix: Prefix | None,
        save: Save | None,
    ) -> Links:
        """The links, all decided; twice where that could be from what is not so."""
        highest = self._live.connection.execute(select(func.max(t.link.c.leaf))).scalar_one()
        met = 0 if highest is None else max(0, highest + 1)
        self._whole = Prefix(frame.key or b"") if prefix is None else prefix.copy()
        links = Links(self._live, frame, met, self.report.size, self._whole.copy())
        before: Links | None = None
        while True:
            self._watch(Phase.LINKS, len(self.report.findings))
            whole = before is None
            for count, part in enumerate(links.decide(self._cores, frozenset(sizes), before), 1):
                wrong = len(self.report.findings) + len(links.findings) + len(links.differences)
                whole &= not wrong and part.stop <= min(self._cursors.values(), default=0)
                if whole and links.is_whole(part) and part.start == self._whole.size:
                    self._whole.add(part)
                    if save is not None and not count % _KEEP:
                        save(self._whole)
                self._watch(Phase.LINKS, wrong)
                if progress is not None:
                    progress(min(part.stop, self.report.size), self.report.size)
            if save is not None and whole:
                save(self._whole)
            closer = links.closer()
            if closer is None:
                return links
            self._watch(Phase.AGAIN, len(self.report.findings) + len(links.findings))
            before, links = links, closer

    # The log.

    def _of_log(self, links: Links, old: Checkpoint | None) -> None:
        report, trust, met = self.report, self._ledger.trust, links.met
        self._watch(Phase.LOG, len(report.findings))
        report.checkpoints, report.newest = links.checkpoints, links.newest
        report.root = links.edge.root()
        if old is not None:
            self._compare(old, links)
        beyond = self._checkpoints(max(met, report.size))
        newest = report.newest
        if links.is_unread:
            return
        if met and (newest is None or newest.size != met) and not beyond:
            self._find(Kind.CHECKPOINT, f"no checkpoint covers the {met} links")
        if links.is_lost or links.broken:
            return
        for fault in (
            *links.faults[:_NAMED],
            *(() if links.faults else tile_problems(self._live, links.known.tiles)),
            *cosigned_problems(self._live, trust, links.roots),
        ):
            self._find(Kind.PROJECTION, fault)
        state, last = self._live.log_state(), self._live.last_standing()
        if state.standing != last:
            self._find(
                Kind.PROJECTION,
                f"log_state: standing is {state.standing}, the last statement gives {last}",
            )
        stored = (state.size, bytes(state.root), bytes(state.edge), state.committed)
        if stored != (met, report.root, links.edge.encode(), links.committed):
            self._find(Kind.PROJECTION, "log_state: size, root, edge or time is not the tree's")

    def _compare(self, old: Checkpoint, links: Links) -> None:
        """A checkpoint kept elsewhere, with the tree of its size."""
        size = self.report.size
        roots = links.roots.get(old.size, () if old.size else (Edge().root(),))
        if old.size > size:
            self._find(
                Kind.LOG,
                f"the kept checkpoint is of {old.size} links and the ledger has only {size}: the "
                "newest were removed",
            )
        elif roots and old.root not in roots:
            # Whoever rewrites with the log's key has signed checkpoints of his own all along.
            self._find(
                Kind.LOG,
                f"the kept checkpoint signs another tree of {old.size} links: this ledger was "
                "rewritten, or is a fork",
            )

    def _checkpoints(self, size: int) -> bool:
        """Checkpoints that no part has; whether one is beyond the links."""
        column = t.checkpoint.c.size
        odd = select(column).where((column <= 0) | column.is_(None)).limit(_NAMED)
        for one in self._live.connection.execute(odd).scalars():
            self._find(Kind.CHECKPOINT, f"a checkpoint of size {one} is out of order")
        query = select(func.min(column)).where(column > size)
        beyond = self._live.connection.execute(query).scalar_one()
        if beyond is not None:
            reason = f"a checkpoint of size {beyond} is there, the links up to it are not"
            self._find(Kind.MISSING, reason)
        return beyond is not None

    # What stands beside the links.

    def _beside(self, links: Links, prefix: Prefix | None) -> list[ItemRows]:
        """Compare the rows about items, and those that no part or run of items has."""
        end = max(links.met, self.report.size)
        wrong = links.joined()
        for table in BY_LEAF:
            leaf = table.c.leaf
            away = (leaf < 0) | (leaf >= end) | leaf.is_(None)
            wrong += differences(table, stored_rows(self._live, table, away), [])
        # What follows from rows at links cannot be compared where those are others.
        is_derived = not (links.broken or links.is_unread or wrong)
        if wrong and not links.broken:
            self.report.undecided.append(
                "what follows from rows that are not so: audit again once they are made anew"
            )
        for table in (t.chain, *(OF_ITEMS if is_derived else ())):
            column = table.c.subject if table is t.chain else table.c.item
            wrong += differences(table, stored_rows(self._live, table, column.is_(None)), [])
        for uri, code in self._doubled(t.subject, "uri"):
            wrong += differences(t.subject, [(uri, code)], [])
        known = {} if prefix is None else self._still_known(prefix)
        asked = (
            (_RUN_ITEMS, Items(links.frame, start, stop, known.get((start, stop)), is_derived))
            for start, stop in pairwise(self._cuts())
        )
        rows = []
        for one in self._cores.answers(asked):
            wrong += one.differences
            self.report.findings += one.findings
            rows.append(one)
        if is_derived and not any(one.table == "code" for one in wrong):
            wrong += self._codes(sum(one.codes for one in rows))
        self._differ(wrong, links)
        return rows

    def _cuts(self) -> list[int]:
        """Numbers that part the subjects into runs: by the rows, not by numbers far apart."""
        cuts, column = [-_FAR], t.subject.c.id
        while True:
            query = select(column).where(column >= cuts[-1]).order_by(column).offset(_ITEMS)
            following = self._live.connection.execute(query.limit(1)).scalar_one_or_none()
            if following is None or following <= cuts[-1]:
                return [*cuts, _FAR * 2 - 1]
            cuts.append(following)

    def _doubled(self, table: Table, columns: str) -> list[tuple[object, ...]]:
        """Rows that stand twice, where a table has lost its own rule against it."""
        past_indexes = " NOT INDEXED" if is_sqlite(self._ledger.database.engine) else ""
        more = ", max(code)" if table is t.subject else ""
        query = (
            f"SELECT {columns}{more} FROM {table.name}{past_indexes} "  # noqa: S608  our own names
            f"GROUP BY {columns} HAVING count(*) > 1"
        )
        return [tuple(row) for row in self._live.connection.exec_driver_sql(query)]

    def _codes(self, count: int) -> Iterator[Difference]:
        """The rows of `code` that no chain gives, where there are more than chains give."""
        table = t.code
        query = select(func.count()).select_from(table)
        if self._live.connection.execute(query).scalar_one() == count:
            return
        host = self._ledger.trust.host
        every = paged(self._live.connection, select(table), {"code": table.c.code}, None, CHUNK)
        for part in chunks(tuple(row) for row in every):
            extra = coded_by(self._live, host, part)
            yield from differences(table, named(self._live, table, extra), [])

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

    def _small(self, links: Links, rows: list[ItemRows]) -> None:
        """The small tables, and whether what followers derive can be compared at all."""
        stated = [(leaf, parse(entry)) for leaf, entry in links.known.statements]
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
                self._find(Kind.PROJECTION, reason)
        if not links.broken:
            clashes = [row for one in rows for row in one.clashes]
            known = links.known
            given = Given(good, known.reports, known.documents, [*known.unclear, *clashes])
            wrong += derived.followed(self._live, self._ledger, given, self._cursors)
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

    def _find(self, rule: str, reason: str, *, index: int | None = None) -> None:
        self.report.findings.append(Finding(str(rule), reason, index=index))
