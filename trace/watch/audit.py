"""The audit of a whole ledger: every entry, chain, rule, projection and checkpoint.

All links are decided again by the rules that accepted them, in parts on all cores; what the store
keeps beside them is made anew and compared; the tree is built anew and must have the root that each
checkpoint signs. Whatever is not as it should be is named.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress

from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log.checkpoint import Checkpoint, open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge
from suyuan.trace.store import schema as t
from suyuan.trace.store.append.workers import WorkerDied
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.rebuild import questions

from .auditing import session
from .auditing.audit_progress import Phase, Watch, nobody
from .auditing.audit_report import Report, add_notices, look_at_files, look_beside
from .auditing.audit_state import Prefix
from .auditing.beside import Beside
from .auditing.cores import Cores
from .auditing.links import Links, OthersNow, Progress, Save
from .auditing.schemas import SchemaLook
from .auditing.session import Frame, unreadable
from .log_audit import cosigned_problems, tile_problems

SMALL = 3_000  # links up to which starting processes takes longer than the work
_KEEP = 16  # parts after which what is known is kept
_NAMED = 20


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
        with suppress(ValueError, TypeError), ledger.reading() as reader:
            reader.size()  # without which there is no ledger; what is no number is found
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
        except WorkerDied as error:
            reason = f"not all of it: a process of the audit ended before it answered ({error})"
            report.undecided.append(reason)
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
            beside = Beside(self._ledger, self._live, self._cores, self.report)
            rows = beside.items(links, prefix)
        finally:
            self._cores.close()
        if links.is_unread:
            self.report.undecided.append("the small tables: not all links could be read")
        else:
            beside.small(links, rows)
        if others and not self.report.findings:  # nothing that was seen goes unsaid
            self._find(Kind.PROJECTION, others)
        if save is not None and self.report.is_good:
            self._whole.ranges = {(one.start, one.stop): one.digest for one in rows}
            self._whole.followed = self.report.size
            save(self._whole)
        self._watch(Phase.FINDINGS, len(self.report.findings))
        look_at_files(self._ledger, links.known.given.files.values(), self.report)
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
            is_closer=any(
                questions.doubled(self._live, table, columns)
                for table, columns in ((t.chain, "subject, actor"), (t.link_item, "chain, seq"))
            ),
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
        highest = questions.highest(self._live)
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
        for one in questions.odd_sizes(self._live, _NAMED):
            self._find(Kind.CHECKPOINT, f"a checkpoint of size {one} is out of order")
        beyond = questions.checkpoint_beyond(self._live, size)
        if beyond is not None:
            reason = f"a checkpoint of size {beyond} is there, the links up to it are not"
            self._find(Kind.MISSING, reason)
        return beyond is not None

    def _find(self, rule: str, reason: str, *, index: int | None = None) -> None:
        self.report.findings.append(Finding(str(rule), reason, index=index))
